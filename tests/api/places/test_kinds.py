"""Kinds of places: defined with their own fields, used, retired; by whom."""

from __future__ import annotations

import psycopg
import pytest

from spatial.database import Database, session
from spatial.rights.reader import Reader
from tests.api.places.town import Json, place_in, wrong
from tests.api.planning import Office
from tests.spatial.rights.town import GRIDS, STREETS


def test_a_kind_is_defined_used_retired_and_taken_back(office: Office) -> None:
    chief = office["chief"]
    sent = {
        "key": "karaoke", "title": "歌厅", "title_en": "Karaoke", "colour": "#aa00aa",
        "every_days": [3, 7, 15, 30],
        "extras": {
            "type": "object",
            "properties": {"rooms": {"type": "integer", "minimum": 1}},
            "additionalProperties": False,
        },
        "checklist": {"type": "object", "properties": {"exit_free": {"type": "boolean"}}},
    }  # fmt: skip
    answer = chief.ask("POST", "/api/place-kinds", json=sent)
    assert answer.status_code == 201, answer.text
    assert (answer.headers["location"], answer.headers["etag"]) == ("/api/place-kinds/karaoke", '"1"')
    assert chief.ask("POST", "/api/place-kinds", json=sent).status_code == 409
    kind = chief.ask(
        "PATCH", "/api/place-kinds/karaoke", json={"raise_after": 1}, headers={"If-Match": '"1"'}
    )
    assert (kind.json()["raise_after"], kind.json()["title"]) == (1, "歌厅")
    stale = chief.ask("PATCH", "/api/place-kinds/karaoke", json={"title": "x"}, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    made = chief.post("/api/places", place_in(GRIDS[0], kind="karaoke", attributes={"rooms": 8}))
    retired = chief.ask("DELETE", "/api/place-kinds/karaoke").json()
    assert retired["retired_at"]
    assert wrong(chief.ask("POST", "/api/places", json=place_in(GRIDS[0], kind="karaoke"))) == {"kind"}
    changed = chief.ask("PATCH", f"/api/places/{made['id']}", json={"name": "大歌厅"})
    assert changed.json()["name"] == "大歌厅"
    back = chief.ask("PATCH", "/api/place-kinds/karaoke", json={"retired": False}).json()
    assert back["retired_at"] is None
    assert chief.ask("DELETE", f"/api/places/{made['id']}").status_code == 204
    assert chief.ask("DELETE", "/api/place-kinds/karaoke").status_code == 204
    assert chief.ask("GET", "/api/place-kinds/karaoke").status_code == 404


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"key": "Big"}, "key"), ({"colour": "red"}, "colour"), ({"every_days": [1, 2, 3]}, "every_days"),
        ({"every_days": [0, 1, 2, 3]}, "every_days.0"), ({"extras": {"$ref": "http://x"}}, "extras.$ref"),
        ({"checklist": {"type": "array"}}, "checklist.type"),
        ({"event_category": "nothing"}, "event_category"),
        ({"made_up": 1}, "made_up"),
    ],
)  # fmt: skip
def test_a_wrong_kind_is_refused_by_its_field(office: Office, change: Json, where: str) -> None:
    sent = {"key": "good", "title": "t", **change}
    assert where in {
        each.removeprefix("body.")
        for each in wrong(office["chief"].ask("POST", "/api/place-kinds", json=sent))
    }


def test_kinds_are_the_whole_citys_and_no_street_changes_them(office: Office) -> None:
    assert len(office["viewer"].get("/api/place-kinds")["kinds"]) > 25
    for name in ("street 1", "viewer", "analyst", "field"):
        assert (
            office[name].ask("POST", "/api/place-kinds", json={"key": "k", "title": "t"}).status_code == 403
        )
        assert office[name].ask("PATCH", "/api/place-kinds/school", json={"title": "t"}).status_code == 403
        assert office[name].ask("DELETE", "/api/place-kinds/shop").status_code == 403


def test_whoever_administers_a_part_of_the_city_changes_no_kind(office: Office, town_url: str) -> None:
    part = office["part"]
    assert part.ask("POST", "/api/place-kinds", json={"key": "k", "title": "t"}).status_code == 403
    assert part.ask("PATCH", "/api/place-kinds/school", json={"title": "t"}).status_code == 403
    assert part.ask("DELETE", "/api/place-kinds/school").status_code == 403
    # PostgreSQL says so too.
    reader = Reader(None, "d", "d", "district_administrator", reach="area", area=STREETS[0])
    database = Database(office.app_url, pool_size=1)
    database.open()
    try:
        with session(database, reader) as connection:
            changed = connection.execute("UPDATE place_kind SET title = 'x'").rowcount
            assert (changed, connection.execute("DELETE FROM place_kind").rowcount) == (0, 0)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("INSERT INTO place_kind (key, title) VALUES ('k', 't')")
    finally:
        database.close()
