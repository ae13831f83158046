"""Who may change what through the OGC door, and what the others are told."""

from __future__ import annotations

from tests.api.ogc.workshop import (
    ANALYST,
    CHIEF,
    COMPONENTS,
    PLACES,
    STREET,
    VIEWER,
    WATER,
    Workshop,
    made,
    place,
)
from tests.spatial.rights.town import GRIDS, middle


def test_methods_are_offered_by_rights(workshop: Workshop) -> None:
    offered = {
        who: (workshop.ask("OPTIONS", PLACES, who=who).headers["allow"],
              workshop.ask("OPTIONS", f"{PLACES}/1", who=who).headers["allow"])
        for who in (CHIEF, STREET, ANALYST, VIEWER)
    }  # fmt: skip
    may_edit = ("GET, HEAD, POST, OPTIONS", "GET, HEAD, PUT, PATCH, OPTIONS")
    assert offered[STREET] == offered[ANALYST] == may_edit
    assert offered[VIEWER] == ("GET, HEAD, OPTIONS", "GET, HEAD, OPTIONS")
    assert "DELETE" in offered[CHIEF][1]


def test_who_may_not_write_is_refused_and_nothing_changes(workshop: Workshop) -> None:
    address, _ = made(workshop)
    before = workshop.digest()
    asked = [
        ("POST", PLACES, place()),
        ("PUT", address, place()),
        ("PATCH", address, {}),
        ("DELETE", address, None),
    ]
    for method, path, body in asked:
        assert workshop.ask(method, path, body, who=VIEWER).status_code == 403
        nothing = f"{PLACES}/99999999" if method != "POST" else path
        assert workshop.ask(method, nothing, body, who=VIEWER).status_code == 403
    assert workshop.ask("DELETE", address, who=ANALYST).status_code == 403
    assert workshop.digest() == before


def test_a_street_creates_and_changes_in_its_own_area_only(workshop: Workshop) -> None:
    own, foreign = middle(GRIDS[0]), middle(GRIDS[7])
    answer = workshop.ask("POST", PLACES, place(at=foreign), who=STREET)
    assert (answer.status_code, answer.json()["detail"]) == (
        403,
        "geometry: lies outside the area that you may change",
    )
    answer = workshop.ask("POST", PLACES, place(at=(120.0, 30.0)), who=STREET)
    assert answer.status_code == 403
    mine = workshop.ask("POST", PLACES, place(at=own), who=STREET)
    assert (mine.status_code, mine.json()["properties"]["unit_code"]) == (201, GRIDS[0])
    address = mine.headers["location"].split("/ogc/")[1]
    away = {"geometry": {"type": "Point", "coordinates": list(foreign)}}
    assert workshop.ask("PATCH", address, away, who=STREET).status_code == 403
    assert workshop.ask("PATCH", address, {"properties": {"name": "ours"}}, who=STREET).status_code == 200
    theirs, _ = made(workshop, place(at=foreign))
    for method, body in (
        ("PUT", place(at=own)),
        ("PATCH", {"properties": {"name": "stolen"}}),
        ("PATCH", away),
    ):
        refused = workshop.ask(method, theirs, body, who=STREET)
        nothing = workshop.ask(method, f"{PLACES}/99999999", body, who=STREET)
        assert refused.status_code == nothing.status_code == 404
        assert refused.text.replace(theirs.rpartition("/")[2], "") == nothing.text.replace("99999999", "")


def test_a_department_owns_the_components_that_it_creates(workshop: Workshop) -> None:
    component = {**place(), "properties": {"class_code": "01001", "name": "manhole", "state": "intact"}}
    answer = workshop.ask("POST", COMPONENTS, component, who=WATER)
    assert answer.status_code == 201
    owner = workshop.run(
        "SELECT o.code FROM component AS c JOIN organisation AS o ON o.id = c.organisation_id"
        " WHERE c.id = %s",
        int(answer.json()["id"]),
    )
    assert owner == [("water",)]
    key = answer.json()["id"]
    assert (
        workshop.ask(
            "PATCH", f"{COMPONENTS}/{key}", {"properties": {"state": "damaged"}}, who=WATER
        ).status_code
        == 200
    )
