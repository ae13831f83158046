"""Grids edited through the OGC door, as QGIS does: they land in a draft of whoever edits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.api.planning import Office, corner, open_office
from tests.spatial.rights.town import COMMUNITIES, GRIDS, build

ITEMS = "/ogc/collections/grids/items"


@pytest.fixture
def office(
    make_city: Callable[..., Any], as_app: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Office]:
    with make_city(build) as url, open_office(url, as_app(url), tmp_path_factory.mktemp("home")) as opened:
        yield opened


def feature(office: Office, code: str, who: str = "deputy") -> dict[str, Any]:
    return office[who].get(f"{ITEMS}/{code}")


def test_qgis_finds_that_administrators_may_edit_and_others_may_not(office: Office) -> None:
    for who, methods in (("deputy", "GET, HEAD, POST, OPTIONS"), ("viewer", "GET, HEAD, OPTIONS")):
        assert office[who].ask("OPTIONS", ITEMS).headers["allow"] == methods
    assert "PUT, PATCH, DELETE" in office["street 1"].ask("OPTIONS", f"{ITEMS}/{GRIDS[0]}").headers["allow"]
    refused = office["viewer"].ask("PUT", f"{ITEMS}/{GRIDS[0]}", json=feature(office, GRIDS[0]))
    assert refused.status_code == 403


def test_edits_land_in_one_draft_of_the_user_and_not_in_the_published_grids(office: Office) -> None:
    before = [feature(office, code) for code in GRIDS]
    sent = feature(office, GRIDS[0])
    # The corners that others share stay; the border between the two moves.
    sent["geometry"] = {
        "type": "Polygon",
        "coordinates": [
            [corner(0, 0), corner(1, 0), corner(1, 1), corner(0.5, 1.3), corner(0, 1), corner(0, 0)]
        ],
    }
    sent["properties"]["name"] = "改名"
    kept = office["deputy"].ask("PUT", f"{ITEMS}/{GRIDS[0]}", json=sent)
    assert kept.status_code == 200, kept.text
    body = kept.json()
    assert body["plan"].startswith("TZ")
    assert body["review"].endswith(f"/api/plans/{body['id']}")
    assert [feature(office, code) for code in GRIDS] == before, "nothing is published"
    plan = office["deputy"].get(f"/api/plans/{body['id']}")
    assert (plan["title"], plan["origin"], plan["status"]) == ("QGIS deputy", "qgis", "draft")
    units = office["deputy"].units(body["id"])
    assert units[GRIDS[0]]["name"] == "改名"
    assert units[GRIDS[0]]["area_m2"] + units[GRIDS[1]]["area_m2"] == pytest.approx(2 * 949_400, rel=1e-2)
    assert units[GRIDS[0]]["area_m2"] > units[GRIDS[1]]["area_m2"]
    second = office["deputy"].ask("PATCH", f"{ITEMS}/{GRIDS[2]}", json={"properties": {"name": "又一个"}})
    assert second.json()["id"] == body["id"], "one draft for each user and coverage"
    other = office["chief"].ask("PATCH", f"{ITEMS}/{GRIDS[2]}", json={"properties": {"name": "别人的"}})
    assert other.json()["id"] != body["id"]
    office.publish(body["id"])
    assert feature(office, GRIDS[2])["properties"]["name"] == "又一个"
    fresh = office["deputy"].ask("PATCH", f"{ITEMS}/{GRIDS[2]}", json={"properties": {"name": "第三个"}})
    assert fresh.json()["id"] not in (body["id"], other.json()["id"]), "a published plan takes no more"


def test_what_a_unit_leaves_goes_to_the_neighbour(office: Office) -> None:
    shrunk = {
        "type": "Polygon",
        "coordinates": [[corner(0, 0), corner(1, 0), corner(1, 0.6), corner(0, 0.6), corner(0, 0)]],
    }
    kept = office["deputy"].ask("PATCH", f"{ITEMS}/{GRIDS[0]}", json={"geometry": shrunk}).json()
    units = office["deputy"].units(kept["id"])
    assert units[GRIDS[0]]["area_m2"] == pytest.approx(0.6 * 949_450, rel=1e-3)
    assert units[GRIDS[1]]["area_m2"] == pytest.approx(1.4 * 949_450, rel=1e-3)


def test_units_are_drawn_and_retired(office: Office) -> None:
    ring = [corner(0.2, 0.2), corner(0.6, 0.2), corner(0.6, 0.6), corner(0.2, 0.6), corner(0.2, 0.2)]
    new = {
        "type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "properties": {"name": "新画"},
    }
    made = office["deputy"].ask("POST", ITEMS, json=new)
    assert made.status_code == 201, made.text
    assert made.headers["location"]
    units = office["deputy"].units(made.json()["id"])
    assert units["新画"]["proposed_code"] == f"{COMMUNITIES[0]}003"
    gone = office["deputy"].ask("DELETE", f"{ITEMS}/{GRIDS[3]}")
    assert gone.status_code == 200, gone.text
    assert GRIDS[3] not in office["deputy"].units(made.json()["id"])
    assert office["deputy"].ask("DELETE", f"{ITEMS}/nothing").status_code == 404
    nameless = {**new, "properties": {}}
    assert office["deputy"].ask("POST", ITEMS, json=nameless).status_code == 400
    bow = {
        **new,
        "geometry": {"type": "Polygon", "coordinates": [[ring[0], ring[2], ring[1], ring[3], ring[0]]]},
    }
    assert office["deputy"].ask("POST", ITEMS, json=bow).status_code == 400


def test_a_street_edits_its_own_alone(office: Office) -> None:
    own = office["street 1"].ask("PATCH", f"{ITEMS}/{GRIDS[0]}", json={"properties": {"name": "甲"}})
    assert own.status_code == 200, own.text
    foreign = office["street 1"].ask("PATCH", f"{ITEMS}/{GRIDS[5]}", json={"properties": {"name": "甲"}})
    nothing = office["street 1"].ask("PATCH", f"{ITEMS}/999", json={"properties": {"name": "甲"}})
    words = foreign.text.replace(GRIDS[5], "?"), nothing.text.replace("999", "?")
    assert (foreign.status_code, words[0]) == (nothing.status_code, words[1])
