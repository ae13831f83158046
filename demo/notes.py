"""What the map says of the demo city: its name, what is shown of it, and whose data it is made of."""

from __future__ import annotations

from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb

from spatial.database import query

NOTES: dict[str, Any] = {
    "name": "海淀区(城区部分，演示)",
    "name_en": "Haidian, urban part (demo)",
    "extent_note": "仅显示海淀区城区的 28 个街道多边形，约为法定区域面积的一半；"
    "标“生成”的内容为演示数据，并非真实。",
    "extent_note_en": "Shows 28 street polygons of urban Haidian, about half of the legal district; what is"
    " marked generated is made up for the demo.",
    "sources": [
        {"title": "© OpenStreetMap contributors", "licence": "ODbL 1.0"},
        {"title": "HSAR (G. Dong, R. Harris and others): township polygons", "licence": "GPL (>= 2)"},
        {"title": "National Bureau of Statistics, division codes 2023 (china-division)", "licence": "WTFPL"},
    ],
}


def write_notes(connection: Connection[Any]) -> None:
    """Write the notes in place of any others."""
    connection.execute(query("demo", "write_notes"), {"notes": Jsonb(NOTES)})
