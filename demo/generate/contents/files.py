"""Writing the tables of the contents: GeoParquet in EPSG:4326, or plain Parquet without geometry."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np


def write(out_dir: Path, name: str, columns: Mapping[str, Any], geometry: tuple[str, ...] = ("geom",)) -> int:
    """Write `<out_dir>/<name>.parquet` and return its number of rows.

    columns: one array per column, in degrees for those named in `geometry` (none for a plain table).
    """
    import geopandas
    import pandas

    out_dir.mkdir(parents=True, exist_ok=True)
    path = out_dir / f"{name}.parquet"
    if not geometry:
        pandas.DataFrame(columns).to_parquet(path, index=False)
        return len(next(iter(columns.values())))
    shaped = {n: geopandas.GeoSeries(v, crs=4326) if n in geometry else v for n, v in columns.items()}
    table = geopandas.GeoDataFrame(shaped, geometry=geometry[0], crs=4326)
    table.to_parquet(path, index=False)
    return len(table)


def texts(values: Any) -> list[str | None]:
    """Turn a column into text or None (never NaN)."""
    return [value if isinstance(value, str) else None for value in values]


def json_of(**values: Any) -> str:
    """Write free attributes as JSON text, keys sorted so that the file is the same every time."""
    import json

    return json.dumps(values, ensure_ascii=False, sort_keys=True, default=_plain)


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else str(value)
