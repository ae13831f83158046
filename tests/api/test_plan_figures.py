"""Impact, points and the quarrel map through HTTP, for those who see the city and those who see a street."""

from __future__ import annotations

import io

import pyarrow as pa
import pytest

from tests.api.planning import Office, corner
from tests.spatial.rights.town import GRIDS, middle

WHOLE = "116.29,39.89,116.33,39.95"


def split_first(office: Office, who: str = "street 1") -> int:
    """Split the first grid of street 1 in halves, west and east."""
    plan = office[who].draft()
    unit = office[who].units(plan)[GRIDS[0]]["id"]
    line = [corner(0.5, -0.2), corner(0.5, 1.2)]
    office[who].do(plan, "split", unit=unit, line=line, names=["西半", "东半"])
    return plan


def test_impact_of_a_split(office: Office) -> None:
    plan = split_first(office)
    found = office["street 1"].get(f"/api/plans/{plan}/impact")
    kinds = {each["name"]: each["kind"] for each in found["units"]}
    assert sorted(kinds.values()) == ["changed", "new"]
    changed = next(each for each in found["units"] if each["kind"] == "changed")
    new = next(each for each in found["units"] if each["kind"] == "new")
    was, now, come = changed["before"], changed["after"], new["after"]
    assert was["area_m2"] == pytest.approx(now["area_m2"] + come["area_m2"], rel=1e-6)
    assert was["figures"]["people"] == pytest.approx(400)
    assert now["figures"]["people"] == pytest.approx(200)
    for kind in ("events_open", "events_year", "places", "components"):
        assert was["figures"][kind] == 1
        assert now["figures"][kind] + come["figures"][kind] == 1
    assert 0.5 < was["reock"] < 0.7
    (moved,) = found["moved"]
    assert (moved["giver"], moved["taker"]) == (changed["id"], new["id"])
    assert {held["rule"] for held in changed["limits"]} >= {"households", "contiguous", "area_m2"}
    assert found["patrol_plans"] == []


def test_patrol_plans_that_a_new_border_runs_through_are_named(office: Office) -> None:
    across = {"type": "LineString", "coordinates": [corner(0.2, 0.5), corner(0.8, 0.5)]}
    beside = {"type": "LineString", "coordinates": [corner(0.6, 0.2), corner(0.6, 0.8)]}
    clock = {"valid_from": "2026-01-01", "starts": "08:00", "ends": "12:00", "kind": "lines"}
    made = [
        office["chief"].post("/api/patrol-plans", {
            **clock, "name": name, "unit_code": GRIDS[0], "targets": [{"geometry": line}],
        })["id"]
        for name, line in (("across", across), ("beside", beside))
    ]  # fmt: skip
    plan = split_first(office)
    found = office["chief"].get(f"/api/plans/{plan}/impact")["patrol_plans"]
    assert [(each["id"], each["targets"]) for each in found] == [(made[0], 1)]


def test_the_quarrels_of_a_line_through_an_event(office: Office) -> None:
    """The event of the grid is reported in its middle, and there the line runs."""
    plan = split_first(office)
    found = office["chief"].get(f"/api/plans/{plan}/impact")["quarrels"]
    assert found["a_year_before"] < 0.01
    assert found["a_year_after"] > 1
    worst = max(found["after"]["features"], key=lambda each: each["properties"]["a_year"])
    assert all(abs(lon - middle(GRIDS[0])[0]) < 1e-6 for lon, _ in worst["geometry"]["coordinates"])


def test_a_plan_that_changes_nothing_has_no_impact(office: Office) -> None:
    plan = office["street 1"].draft()
    found = office["street 1"].get(f"/api/plans/{plan}/impact")
    assert (found["units"], found["moved"]) == ([], [])


def test_points_add_up_to_what_is_there(office: Office) -> None:
    found = office["chief"].get("/api/plans/points", params={"bbox": WHOLE})
    sums = dict.fromkeys(found["kinds"], 0.0)
    for kind, weight in zip(found["kind"], found["weight"], strict=True):
        sums[found["kinds"][kind]] += weight
    assert sums["people"] == pytest.approx(32 * 100)
    assert sums["households"] == pytest.approx(32 * 40)
    assert sums["places"] == sums["components"] == sums["events_open"] == 8
    assert len(found["lon"]) == len(found["lat"]) == len(found["kind"])


def test_points_of_a_street_are_those_of_its_rows(office: Office) -> None:
    found = office["street 1"].get("/api/plans/points", params={"bbox": WHOLE})
    kinds = [found["kinds"][kind] for kind in found["kind"]]
    assert kinds.count("places") == 4
    east = [lon for lon, kind in zip(found["lon"], kinds, strict=True) if kind == "places"]
    assert max(east) < middle(GRIDS[4])[0]


def test_points_as_arrow(office: Office) -> None:
    plain = office["chief"].get("/api/plans/points", params={"bbox": WHOLE})
    answer = office["chief"].ask("GET", "/api/plans/points", params={"bbox": WHOLE, "f": "arrow"})
    table = pa.ipc.open_stream(io.BytesIO(answer.content)).read_all()
    assert table.num_rows == len(plain["lon"])
    assert table.schema.metadata[b"kinds"].decode().split(",") == plain["kinds"]
    assert table["weight"].to_pylist() == plain["weight"]


@pytest.mark.parametrize(
    "bbox", ["1,2,3", "116,39,117,40", "a,b,c,d", "117,39,116,40"], ids=["short", "large", "text", "turned"]
)
@pytest.mark.parametrize("path", ["/api/plans/points", "/api/grids/quarrels"])
def test_boxes_that_are_none_are_refused(office: Office, path: str, bbox: str) -> None:
    answer = office["chief"].ask("GET", path, params={"bbox": bbox})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["where"] == "bbox"


def test_the_quarrel_map_of_the_city(office: Office) -> None:
    found = office["chief"].get("/api/grids/quarrels", params={"bbox": WHOLE})
    arcs = found["features"]
    assert len(arcs) > 8
    for arc in arcs:
        figures = arc["properties"]
        assert figures["a_year"] == pytest.approx((figures["of_left"] or 0) + (figures["of_right"] or 0))
        assert figures["length_m"] > 0
    assert {each["source"] for each in found["accuracies"]} >= {"app", "hotline", "camera"}


def test_a_street_sees_its_own_borders_and_not_what_lies_beyond(office: Office) -> None:
    own = office["street 1"].get("/api/grids/quarrels", params={"bbox": WHOLE})["features"]
    everything = office["chief"].get("/api/grids/quarrels", params={"bbox": WHOLE})["features"]
    assert 0 < len(own) < len(everything)
    units = office["street 1"].units(office["street 1"].draft())
    mine = {each["id"] for each in units.values()}
    for arc in own:
        sides = {arc["properties"]["left"], arc["properties"]["right"]} - {None}
        assert sides
        assert sides <= mine


def test_no_such_coverage(office: Office) -> None:
    for path in ("/api/plans/points", "/api/grids/quarrels"):
        answer = office["chief"].ask("GET", path, params={"bbox": WHOLE, "coverage": "none"})
        assert answer.status_code == 404
