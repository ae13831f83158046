"""Files for plans that are wrong, hostile or of somebody else: refused in words, and nothing changes."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
import shapely

from api.plan_import_jobs import waiting_files
from tests.api.plan_files import as_they_are, box, brought, geojson, send, square, work_off
from tests.api.planning import Json, Office, good
from tests.spatial.rights.town import GRIDS


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"datum": "mars"}, "datum"),
        ({"snap_m": "wide"}, "snap_m"),
        ({"snap_m": "-1"}, "snap_m"),
        ({"gap_width_m": "nan"}, "gap_width_m"),
        ({"overlap": "coin"}, "overlap"),
        ({"whole": "perhaps"}, "whole"),
        ({"colour": "red"}, "colour"),
        ({"wait": "31"}, "wait"),
    ],
)
def test_a_bad_field_is_named_before_anything_is_done(
    office: Office, home: Path, fields: Json, where: str
) -> None:
    who = office["deputy"]
    plan = who.draft()
    answer = send(who, plan, as_they_are(), **fields)
    assert answer.status_code == 400, answer.text
    assert {error["where"] for error in answer.json()["errors"]} == {where}
    assert who.get(f"/api/plans/{plan}/imports")["imports"] == []
    assert list(waiting_files(home).iterdir()) == []


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"layer": "none"}, "layer"),
        ({"crs": "EPSG:999999"}, "crs"),
        ({"code": "wgbm"}, "code"),
        ({"parent": "above"}, "parent"),
        ({"encoding": "klingon"}, "encoding"),
    ],
)
def test_what_only_the_file_shows_to_be_wrong_is_named_as_well(
    office: Office, home: Path, fields: Json, where: str
) -> None:
    file = as_they_are()
    if where == "encoding":
        file = b"code,wkt\n1,POINT (1 1)\n"
    found = brought(office, home, "deputy", office["deputy"].draft(), file, **fields)
    assert found["state"] == "refused"
    assert where in {problem["where"] for problem in found["problems"]}, found["problems"]


HOSTILE: dict[str, bytes] = {
    "nothing": b"{}",
    "no features": geojson([]),
    "points": geojson([(shapely.Point(116.3, 39.9), {"code": "1"})]),
    "no geometry": geojson([(None, {"code": "1"})]),
    "half a file": as_they_are()[:300],
    "a bomb of brackets": b'{"type": "FeatureCollection", "features": ' + b"[" * 100_000,
    "a zip of nothing": b"PK\x05\x06" + bytes(18),
    "not a number": b'{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},'
    b'"geometry":{"type":"Polygon","coordinates":[[[1e400,1],[2,2],[3,1],[1e400,1]]]}}]}',
    "another city": geojson([(shapely.box(-71.4, 41.8, -71.3, 41.9), {"name": "Providence"})]),
    "the same code twice": geojson([(square(0), {"code": "a"}), (square(1), {"code": "a"})]),
    "a program": b"MZ" + bytes(range(256)) * 10,
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_files_are_refused_in_words_and_change_nothing(office: Office, home: Path, what: str) -> None:
    who = office["deputy"]
    plan = who.draft()
    found = brought(office, home, "deputy", plan, HOSTILE[what])
    assert found["state"] == "refused", found
    assert all(problem["where"] and problem["reason"] for problem in found["problems"])
    assert found["step"] is None
    assert who.get(f"/api/plans/{plan}")["head"] == 0
    assert list(waiting_files(home).iterdir()) == []


def test_an_empty_body_and_two_files_are_refused_at_the_door(office: Office) -> None:
    who = office["deputy"]
    plan = who.draft()
    assert send(who, plan, b"").json()["errors"][0]["where"] == "body"
    two = [("file", ("a", b"1")), ("file", ("b", b"2"))]
    answer = who.ask("POST", f"/api/plans/{plan}/imports", files=two)
    assert answer.status_code == 400
    twice = who.ask(
        "POST", f"/api/plans/{plan}/imports?whole=true", files={"file": ("a", b"1")}, data={"whole": "false"}
    )
    assert twice.json()["errors"][0]["where"] == "whole"


def test_names_of_strangers_are_text(office: Office, home: Path) -> None:
    """A formula for a spreadsheet, a script, a NUL: nothing of it does anything."""
    name = "=cmd|' /C calc'!A0<script>"
    file = geojson([(box(0.2, 0.2, 0.8, 0.8), {"name": name, "code": "x\u0000y"})])
    plan = office["deputy"].draft()
    found = brought(office, home, "deputy", plan, file)
    assert found["report"]["units"], found
    table = office["deputy"].ask("GET", f"/api/plans/{plan}/imports/{found['id']}?f=csv")
    row, *_ = csv.DictReader(io.StringIO(table.content.decode("utf-8-sig")))
    assert row["name"].startswith("'=")


def test_a_street_brings_in_what_lies_in_its_area(office: Office, home: Path) -> None:
    """A border that reaches over the area's by a little is cut at it; units above stay as they are."""
    who = office["street 1"]
    plan = who.draft()
    file = geojson([(box(0, 0, 1.001, 0.7), {"code": GRIDS[0]}), (box(0, 0.7, 1.001, 2), {"code": GRIDS[1]})])
    found = brought(office, home, "street 1", plan, file)
    assert found["state"] == "done", found["problems"]
    assert {moved["kind"] for moved in found["report"]["moved"]} == {"left_parent"}
    assert sum(row["lost_m2"] for row in found["report"]["units"]) > 1000
    assert set(who.units(plan)) >= set(GRIDS[:4])


@pytest.mark.parametrize(
    ("file", "fields", "reason"),
    [
        ([(square(4), {"name": "theirs"})], {}, "lies outside your area by 100%"),
        ([(box(0.4, 0, 1.6, 1), {"name": "half"})], {}, "lies outside your area by 50%"),
        ([(square(0), {"code": GRIDS[6]})], {}, "is not one of your area"),
        ([(square(0), {"code": "999999999999999"})], {}, "is not one of your area"),
        ([(square(at), {"code": GRIDS[at]}) for at in range(4)], {"whole": "true"}, "district administrator"),
        (
            [(square(0), {"code": GRIDS[0]}), (square(5), {"name": "x"})],
            {"nest": "false"},
            "lies outside your area",
        ),
    ],
)
def test_a_street_brings_in_nothing_beyond_its_area(
    office: Office, home: Path, file: list[Any], fields: Json, reason: str
) -> None:
    who = office["street 1"]
    plan = who.draft()
    if "50%" in reason:
        file = [(box(0.4, 0, 1.61, 1), facts) for _, facts in file]
    found = brought(office, home, "street 1", plan, geojson(file), **fields)
    assert found["state"] == "refused"
    assert any(reason in problem["reason"] for problem in found["problems"]), found["problems"]
    assert who.get(f"/api/plans/{plan}")["head"] == 0


def test_whose_rights_have_gone_meanwhile_brings_in_nothing(office: Office, home: Path) -> None:
    who = office["colleague 1"]
    plan = who.draft()
    sent = good(send(who, plan, as_they_are()))
    office.rows("UPDATE account SET disabled = true WHERE username = 'colleague 1' RETURNING 1")
    work_off(office, home)
    office.rows("UPDATE account SET disabled = false WHERE username = 'colleague 1' RETURNING 1")
    seen = office["chief"].get(f"/api/plans/{plan}/imports/{sent['id']}")
    assert (seen["state"], seen["problems"][0]["where"]) == ("refused", "plan")


def test_what_others_brought_in_is_not_for_a_street(office: Office, home: Path) -> None:
    plan = office["chief"].draft(unit_code=GRIDS[0][:9])
    found = brought(office, home, "chief", plan, as_they_are())
    assert office["street 1"].get(f"/api/plans/{plan}/imports")["imports"] == []
    for who in ("street 1", "street 2", "viewer"):
        assert office[who].ask("GET", f"/api/plans/{plan}/imports/{found['id']}").status_code == 404
    for who in ("street 2", "viewer"):
        assert send(office[who], plan, as_they_are()).status_code == 404
    assert send(office["street 1"], plan, as_they_are()).status_code == 403
