"""Files that are brought into plans through HTTP: mended, reported, and undone in one step."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from api.plan_import_jobs import waiting_files
from tests.api.plan_files import as_they_are, box, brought, geojson, square
from tests.api.planning import Office
from tests.spatial.rights.town import COMMUNITIES, GRIDS


def test_a_file_becomes_one_step_of_the_plan_with_a_report(office: Office, home: Path) -> None:
    """Two grids whose border was drawn anew with a gap of a metre, and a third that is new."""
    who, plan = office["deputy"], office["deputy"].draft()
    gap = 1e-5 / 0.01
    file = geojson(
        [
            (box(0, 0, 1, 0.8), {"code": GRIDS[0], "name": "renamed"}),
            (box(0, 0.8 + gap, 1, 1.5), {"code": GRIDS[1]}),
            (box(0, 1.5, 1, 2), {"name": "new"}),
            (None, {"name": "nowhere"}),
        ]
    )
    found = brought(office, home, "deputy", plan, file)
    assert (found["state"], found["problems"], found["step"], found["progress"]) == ("done", [], 1, 1)
    summary = found["summary"]
    assert [summary[key] for key in ("features", "units", "new", "kept", "left_out", "lost")] == [
        4,
        3,
        1,
        2,
        1,
        0,
    ]
    (moved,) = found["report"]["moved"]
    assert (moved["kind"], moved["claimed_by"]) == ("gap_closed", [])
    rows = {row["unit"]: row for row in found["report"]["units"]}
    assert rows["new"]["parent"] == COMMUNITIES[0] and rows["new"]["was_m2"] is None
    assert rows[GRIDS[0]]["was_m2"] > rows[GRIDS[0]]["area_after_m2"]
    assert found["report"]["left_out"] == [{"feature": 4, "reason": "has no area"}]
    units = who.units(plan)
    assert units[GRIDS[0]]["name"] == "renamed" and len(units) == 16
    assert list(waiting_files(home).iterdir()) == []
    (step,) = who.get(f"/api/plans/{plan}/steps")["steps"]
    assert step["op"] == "replace"
    who.post(f"/api/plans/{plan}/undo")
    assert len(who.units(plan)) == 15
    assert who.get(f"/api/plans/{plan}/imports")["imports"][0]["state"] == "done"


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_a_wrong_datum_shows_in_the_report_and_the_right_one_is_named(
    office: Office, home: Path, datum: str
) -> None:
    found = brought(office, home, "deputy", office["deputy"].draft(), as_they_are(datum), datum="wgs84")
    shift = found["report"]["shift"]
    assert (shift["by"], shift["places"], shift["suggested"]) == ("units", 8, datum)
    assert shift["distance_m"] > 300 and shift["datums"][datum] < 1
    assert found["summary"]["datum_suggested"] == datum
    assert all(row["shift_m"] is None or row["shift_m"] > 200 for row in found["report"]["units"])
    right = brought(office, home, "deputy", office["deputy"].draft(), as_they_are(datum), datum=datum)
    assert right["report"]["shift"]["suggested"] is None
    assert right["report"]["shift"]["distance_m"] < 1


def test_a_wrong_datum_shows_without_codes_too(office: Office, home: Path) -> None:
    found = brought(office, home, "deputy", office["deputy"].draft(), as_they_are("gcj02", codes=False))
    shift = found["report"]["shift"]
    assert (shift["by"], shift["suggested"]) == ("borders", "gcj02")
    assert shift["distance_m"] > 30


def test_the_report_comes_as_a_table_in_which_nothing_is_missing(office: Office, home: Path) -> None:
    who = office["deputy"]
    plan = who.draft()
    file = geojson(
        [
            (box(0, 0, 1, 2), {"code": GRIDS[0]}),
            (None, {"name": "nowhere"}),
            (box(1, 0, 2, 0.5), {"name": "n"}),
        ]
    )
    found = brought(office, home, "deputy", plan, file)
    path = f"/api/plans/{plan}/imports/{found['id']}"
    for answer in (who.ask("GET", path, headers={"Accept": "text/csv"}), who.ask("GET", path + "?f=csv")):
        assert answer.headers["content-type"].startswith("text/csv")
        rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
        what = {(row["what"], row["code"] or row["unit"]) for row in rows}
        assert what == {
            ("kept", GRIDS[0]), ("left_out", "feature 2"), ("new", "n"), ("changed", GRIDS[4]),
            ("retired", GRIDS[1]),
        }  # fmt: skip
    changed = next(row for row in rows if row["what"] == "changed")
    assert float(changed["area_after_m2"]) == pytest.approx(float(changed["was_m2"]) / 2, rel=1e-3)


def test_a_body_with_fields_in_the_address_does_as_well_and_can_be_waited_for(office: Office) -> None:
    who = office["deputy"]
    plan = who.draft()
    path = f"/api/plans/{plan}/imports?filename=grids.geojson&whole=true&nest=false&wait=0.1"
    answer = who.ask("POST", path, content=as_they_are(), headers={"Content-Type": "application/geo+json"})
    assert answer.status_code == 202
    sent = answer.json()
    assert (sent["filename"], sent["state"], sent["report"]) == ("grids.geojson", "waiting", None)
    assert sent["options"]["whole"] is True and sent["options"]["nest"] is False
    assert answer.headers["location"] == f"/api/plans/{plan}/imports/{sent['id']}"
    who.ask("DELETE", answer.headers["location"])


def test_the_whole_takes_the_place_of_all(office: Office, home: Path) -> None:
    """Units above follow the file where they are not to be kept; units that it does not have end."""
    who = office["deputy"]
    plan = who.draft()
    file = geojson(
        [
            (box(0, 0, 1, 2.5), {"code": GRIDS[0], "parent": COMMUNITIES[0]}),
            (box(0, 2.5, 1, 4), {"code": GRIDS[2], "parent": COMMUNITIES[1]}),
            *((square(at), {"code": GRIDS[at]}) for at in range(4, 8)),
        ]
    )
    found = brought(office, home, "deputy", plan, file, whole="true", nest="false")
    assert found["state"] == "done", found["problems"]
    assert {row["code"] for row in found["report"]["retired"]} == {GRIDS[1], GRIDS[3]}
    units = who.units(plan)
    assert set(GRIDS) & set(units) == {GRIDS[0], GRIDS[2], *GRIDS[4:]}
    parents = {unit["id"]: unit["code"] for unit in units.values()}
    assert parents[units[GRIDS[0]]["parent"]] == COMMUNITIES[0]
    area = found["report"]["units"][0]
    assert area["area_after_m2"] == pytest.approx(2.5 * area["was_m2"], rel=1e-3)


def test_what_a_file_leaves_uncovered_keeps_the_plan_from_going_on(office: Office, home: Path) -> None:
    """A whole coverage that lies half a kilometre off leaves ground of the city to nobody."""
    who = office["deputy"]
    plan = who.draft()
    found = brought(office, home, "deputy", plan, as_they_are("gcj02"), whole="true")
    assert found["state"] == "done" and len(found["report"]["gaps"]) > 0
    issues = who.get(f"/api/plans/{plan}/problems")["issues"]
    (given_up,) = [issue for issue in issues if issue["rule"] == "given_up"]
    assert given_up["blocks"] and given_up["measure"] > 3e6


def test_codes_that_new_units_cannot_have_are_left_out_and_told(office: Office, home: Path) -> None:
    """A system of somebody's own, and a code that was given before: they get others at publication."""
    office.rows("INSERT INTO issued_code (profile, code, unit_id) SELECT 'grids', %s, id FROM unit LIMIT 1"
                " RETURNING 1", f"{COMMUNITIES[3]}009")  # fmt: skip
    who = office["street 2"]
    plan = who.draft()
    file = geojson(
        [
            (box(1, 2, 2, 2.3), {"code": "WG-7"}),
            (box(1, 2.3, 2, 2.6), {"code": f"{COMMUNITIES[3]}009", "name": "again"}),
            (box(1, 2.6, 2, 3), {"code": f"{COMMUNITIES[3]}017", "name": "free"}),
        ]
    )
    found = brought(office, home, "street 2", plan, file)
    assert found["state"] == "done", found["problems"]
    reasons = {row["unit"]: row["reason"] for row in found["report"]["codes"]}
    assert set(reasons) == {"WG-7", f"{COMMUNITIES[3]}009"} and found["summary"]["codes"] == 2
    units = {unit["name"]: unit for unit in who.units(plan).values()}
    assert (units["WG-7"]["code"], units["again"]["code"]) == (None, None)
    assert units["free"]["code"] == f"{COMMUNITIES[3]}017"
    table = who.ask("GET", f"/api/plans/{plan}/imports/{found['id']}?f=csv").content.decode("utf-8-sig")
    notes = {row["code"]: row["note"] for row in csv.DictReader(io.StringIO(table))}
    assert notes["WG-7"].startswith("its code 'WG-7' is not")
    assert notes[f"{COMMUNITIES[3]}017"] == ""


def test_areas_of_the_report_are_those_of_the_plan(office: Office, home: Path) -> None:
    """What keeps its shape keeps its area to the square decimetre, on the ellipsoid as everywhere else."""
    names = geojson((square(at), {"code": code, "name": f"n{at}"}) for at, code in enumerate(GRIDS))
    found = brought(office, home, "deputy", office["deputy"].draft(), names)
    for row in found["report"]["units"]:
        assert row["area_before_m2"] == pytest.approx(row["was_m2"], abs=0.01)
        assert row["area_after_m2"] == pytest.approx(row["was_m2"], abs=0.01)
        assert row["shift_m"] < 0.001


def test_what_is_brought_in_is_published_like_any_step(office: Office, home: Path) -> None:
    plan = office["deputy"].draft()
    file = geojson([(box(1, 0, 2, 0.5), {"name": "south"}), (box(1, 0.5, 2, 1), {"code": GRIDS[4]})])
    assert brought(office, home, "deputy", plan, file)["state"] == "done"
    office.publish(plan)
    codes = {
        code for (code,) in office.rows("SELECT code FROM unit_version WHERE upper_inf(sys) AND level = 4")
    }
    assert codes == {*GRIDS, f"{COMMUNITIES[2]}003"}
