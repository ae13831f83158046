"""The town of the public: places of public kinds stand in it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest

from tests.api.town_hall import Hall
from tests.spatial.rights.town import GRIDS, middle


@pytest.fixture(scope="package")
def hall(make_hall: Callable[[], AbstractContextManager[Hall]]) -> Iterator[Hall]:
    """A town of this folder's own: places of public kinds stand in it."""
    with make_hall() as opened:
        for kind, grid, attributes in (
            ("toilet", 0, {"opening_hours": "24/7", "wheelchair": "yes", "inspector": "张三 13800000000"}),
            ("toilet", 1, {"opening_hours": "off"}),
            ("park", 2, {"opening_hours": "by appointment", "fee": "no"}),
            ("community_centre", 3, {"opening_hours": "Mo-Su 00:00-24:00; PH off"}),
        ):
            lon, lat = middle(GRIDS[grid])
            opened.ask(
                "INSERT INTO place (kind, name, risk_level, geom, unit_code, source, attributes, risk_reason)"
                " VALUES (%s, %s, 1, ST_SetSRID(ST_MakePoint(%s, %s), 4326), %s, 'test', %s, 'secret')",
                kind, f"{kind} {grid}", lon, lat, GRIDS[grid], json.dumps(attributes),
            )  # fmt: skip
        # By the clock of the city: its day is another one than that of the database for eight hours.
        opened.ask(
            "INSERT INTO working_day SELECT (now() AT TIME ZONE 'Asia/Shanghai')::date + n, false, 'test'"
            " FROM generate_series(0, 1) AS n ON CONFLICT DO NOTHING"
        )
        yield opened
