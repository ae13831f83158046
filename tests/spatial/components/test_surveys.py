"""Surveys: every row of a file is new, changed, unchanged or rejected with a reason; nothing else happens."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import numpy as np
import pytest
import shapely

from spatial.components.surveys.report_csv import report_csv
from spatial.errors import Forbidden, InvalidInput
from tests.spatial.components.bureau import Bureau, code, reasons, row, spot, write_csv
from tests.spatial.rights.town import DISTRICT, GRIDS, STREETS

LAMP, LID = "01037", "01001"


def test_every_row_has_a_verdict(bureau: Bureau) -> None:
    rows = [
        row(0, 小类="路灯", 状态="完好", 权属单位="城管委"),
        row(1, 小类=LAMP, 状态="破损"),
        row(2, GLBJBSM=code(2), 状态="damaged", 养护单位="水务队"),
        row(3, GLBJBSM=code(3)),
        row(4, 1e-4, GLBJBSM=code(4)),
    ]
    path = write_csv(bureau.folder, rows)
    before = bureau.ask("SELECT md5(string_agg(c::text, '' ORDER BY id)) FROM component AS c")
    dry = bureau.do(path, dry_run=True)
    counts = {"new": 2, "changed": 2, "unchanged": 1, "missing": 0, "rejected": 0}
    assert dry["counts"] == counts and dry["dry_run"] and dry["state"] == "done"
    assert bureau.ask("SELECT md5(string_agg(c::text, '' ORDER BY id)) FROM component AS c") == before
    done = bureau.do(path)
    assert done["counts"] == counts
    new = [each for each in done["rows"] if each["verdict"] == "new"]
    assert [each["code"] for each in new] == [code(2, LAMP), code(1, LAMP)], "numbered from north to south"
    found = bureau.ask(
        "SELECT code, state, owner, unit_code, source FROM component WHERE class_code = %s ORDER BY 1", LAMP
    )
    assert found == [
        (code(1, LAMP), "damaged", None, GRIDS[1], "survey"),
        (code(2, LAMP), "intact", "城管委", GRIDS[0], "survey"),
    ]
    changed = {each["code"]: each["detail"] for each in done["rows"] if each["verdict"] == "changed"}
    assert changed[code(2)] == {"state": ["intact", "damaged"], "upkeep": ["", "水务队"]}
    assert list(changed[code(4)]) == ["position"]
    again = bureau.do(path)
    assert again["counts"] == {**counts, "new": 0, "changed": 0, "unchanged": 5}, "found by class and place"


def test_what_is_wrong_is_rejected_with_row_and_reason(bureau: Bureau) -> None:
    rows = [
        row(0, 编码=code(500, LAMP), 小类="", 状态="", 初始日期="", 权属单位代码=""),
        row(0, 编码="", 小类="飞碟"),
        row(0, 编码=code(1, LAMP, "110101")),
        row(0, 编码=code(1, "99999")),
        row(0, 编码=code(1, LAMP), 小类=LID),
        row(0, 编码=code(500, LAMP)),
        row(0, 小类=LAMP, 状态="睡着"),
        row(0, 小类=LAMP, 初始日期="2026-02-30"),
        row(0, 小类=LAMP, 权属单位代码="12"),
        {"lon": "0", "lat": "91", "小类": LAMP},
        {"lon": "", "lat": "", "小类": LAMP},
        row(0),
        row(0, 编码="=cmd|' /C calc'!A0"),
    ]
    done = bureau.do(write_csv(bureau.folder, rows))
    told = reasons(done)
    wanted = {
        2: "is no class", 3: "county 110101", 4: "no profile", 5: "is of class 01037", 6: "an earlier row",
        7: "state", 8: "installed_on", 9: "18 digits", 10: "geometry", 11: "geometry",
        12: "class: is missing", 13: "no profile",
    }  # fmt: skip
    assert set(told) == set(wanted), told
    assert all(part in told[number] for number, part in wanted.items()), told
    assert done["counts"]["new"] == 1 and done["counts"]["rejected"] == len(wanted)


def test_no_cell_of_the_report_becomes_a_formula(bureau: Bureau) -> None:
    rows = [
        row(0, 小类='=HYPERLINK("http://evil")'),
        row(2, 编码=code(2), 小类="", 名称="@SUM(1+1)", 备注="-1+1|cmd"),
    ]
    done = bureau.do(write_csv(bureau.folder, rows), columns={"class": "小类"})
    text = b"".join(report_csv(done["rows"])).decode("utf-8-sig")
    cells = [cell for line in csv.reader(io.StringIO(text)) for cell in line]
    assert "'@SUM(1+1)" in cells and "'-1+1|cmd" in cells
    assert not [cell for cell in cells if cell[:1] in ("=", "+", "-", "@")]


def area(*grids: int) -> dict[str, Any]:
    boxes = [shapely.box(*(np.array(spot(grid)) - 0.004), *(np.array(spot(grid)) + 0.004)) for grid in grids]
    return json.loads(shapely.to_geojson(shapely.union_all(boxes)))


def test_what_stands_in_the_area_and_was_not_found_is_missing(bureau: Bureau) -> None:
    path = write_csv(bureau.folder, [row(0, 编码=code(0))])
    told = bureau.do(path, area=area(0, 1, 2))
    assert told["counts"]["missing"] == 2
    assert [each["code"] for each in told["rows"]] == [code(1), code(2)]
    assert bureau.ask("SELECT count(*) FROM component WHERE state = 'missing'") == [(0,)], "only told"
    assert bureau.do(path, area=area(0, 1, 2), classes=["路灯"])["counts"]["missing"] == 0
    bureau.do(path, area=area(0, 1), missing="mark")
    assert bureau.ask("SELECT code FROM component WHERE state = 'missing'") == [(code(1),)]
    bureau.do(path, area=area(0, 2), missing="retire")
    gone = bureau.ask("SELECT code, reason FROM component_retired WHERE code NOT LIKE 'gone%%'")
    assert gone == [(code(2), "not found in survey 普查.csv")]
    with pytest.raises(InvalidInput, match="area"):
        bureau.do(path, area={"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]})


def test_a_survey_reaches_no_further_than_who_sent_it(bureau: Bureau) -> None:
    path = write_csv(
        bureau.folder,
        [row(0, 编码=code(0), 状态="damaged"), row(7, 编码=code(7), 状态="damaged"), row(6, 小类=LAMP)],
    )
    done = bureau.do(path, "administrator of street 1", area=area(*range(8)))
    assert set(reasons(done)) == {2, 3} and done["counts"]["changed"] == 1
    assert done["counts"]["missing"] == 3, "of its own street"
    assert bureau.ask("SELECT code FROM component WHERE state = 'damaged'") == [(code(0),)]
    # A code that is taken by somebody whom the sender does not see.
    foreign = write_csv(bureau.folder, [row(0, 编码=code(7))])
    assert "another component" in reasons(bureau.do(foreign, "administrator of street 1"))[1]
    with pytest.raises(Forbidden):
        bureau.do(path, "viewer of the city")
    outside = STREETS[1]
    assert bureau.ask(
        "SELECT count(*) FROM component WHERE unit_code ^@ %s AND class_code = %s", outside, LAMP
    ) == [(0,)]


def test_a_typo_makes_no_component_missing(bureau: Bureau) -> None:
    wrong_class, lid = f"{DISTRICT}99999000001", {"小类": LID}
    rows = [
        row(0, 编码=code(0), 状态="睡着"),
        row(1, 编码=wrong_class, **lid),
        row(2, 编码="", 小类="飞碟"),
        row(3, 编码=code(3), 小类=LID, 初始日期="2026-02-30"),
    ]
    path = write_csv(bureau.folder, rows)
    done = bureau.do(path, area=area(0, 1, 2, 3), classes=[LID], missing="retire")
    assert set(reasons(done)) == {1, 2, 3, 4} and done["counts"]["missing"] == 0
    found = {each["row"]: each for each in done["rows"] if each["verdict"] == "rejected"}
    ids = dict(bureau.ask("SELECT code, id FROM component"))
    assert {number: each["component_id"] for number, each in found.items()} == {
        n + 1: ids[code(n)] for n in range(4)
    }
    assert found[1]["code"] == code(0) and found[1]["class_code"] == LID
    assert bureau.ask("SELECT count(*) FROM component_retired WHERE code NOT LIKE 'gone%%'") == [(0,)]


def test_nothing_is_missing_for_good_while_rows_cannot_be_read(bureau: Bureau) -> None:
    nowhere = {"lon": "", "lat": "", "编码": "", "小类": LID}
    for strange in (row(0, 5e-4, 编码="", 小类="飞碟"), nowhere):
        path = write_csv(bureau.folder, [row(1, 编码=code(1)), strange])
        for missing in ("mark", "retire"):
            with pytest.raises(InvalidInput, match="missing"):
                bureau.do(path, area=area(0, 1), missing=missing)
        assert bureau.do(path, area=area(0, 1))["counts"]["missing"] == 1, "told, and nothing else"
    outside = write_csv(bureau.folder, [row(1, 编码=code(1)), row(7, 5e-4, 编码="", 小类="飞碟")])
    bureau.do(outside, area=area(0, 1), missing="mark")
    assert bureau.ask("SELECT code FROM component WHERE state = 'missing'") == [(code(0),)]


def test_two_rows_near_each_other_find_one_component_each(bureau: Bureau) -> None:
    metre = 1 / 111_000
    bureau.do(write_csv(bureau.folder, [row(5, 小类=LAMP), row(5, north=1.5 * metre, 小类=LAMP)]))
    # Both rows are nearest to the southern one, of which one is nearer.
    rows = [row(5, north=-0.2 * metre, 小类=LAMP), row(5, north=0.6 * metre, 小类=LAMP)]
    done = bureau.do(write_csv(bureau.folder, rows), area=area(5), classes=[LAMP])
    counts = {"new": 0, "changed": 2, "unchanged": 0, "missing": 0, "rejected": 0}
    assert done["counts"] == counts
