"""A survey as a spreadsheet: what offices really send."""

from __future__ import annotations

import numpy as np
from pyogrio.raw import write

from tests.spatial.components.bureau import LAMP, Bureau, spot


def test_a_spreadsheet_is_surveyed_like_any_table(bureau: Bureau) -> None:
    path = bureau.folder / "普查.xlsx"
    places = [spot(), spot(1)]
    columns = {
        "部件名称": np.array(["路灯", "井盖"], object),
        "class": np.array(["路灯", "没有这种"], object),
        "经度": np.array([lon for lon, _ in places]),
        "纬度": np.array([lat for _, lat in places]),
        "installed_on": np.array(["2025-05-01", "2025-05-02"], "datetime64[D]"),
    }
    write(path, None, list(columns.values()), np.array(list(columns)), driver="XLSX", layer="Sheet1")
    done = bureau.do(path, crs=None, datum="wgs84")
    assert (done["counts"]["new"], done["counts"]["rejected"]) == (1, 1)
    (found,) = bureau.ask(
        "SELECT class_code, name, installed_on::text FROM component WHERE source = 'survey'"
    )
    assert found == (LAMP, "路灯", "2025-05-01")
