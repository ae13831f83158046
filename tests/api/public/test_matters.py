"""What the public can report is data, which administrators of the whole city change."""

from __future__ import annotations

from spatial.events.public import put_matters
from tests.api.public.reports import one_waits_for_the_other, sent
from tests.api.town_hall import CITY_ADMINISTRATOR, Hall


def test_administrators_of_the_whole_city_say_what_can_be_reported(hall: Hall) -> None:
    chief, viewer = hall.person("words", **CITY_ADMINISTRATOR), hall.person("viewer")
    before = viewer.get("/api/public-matters").json()["matters"]
    one = {"key": "lamp", "theme": "facility", "title": "灯", "title_en": "Lamp", "category": "01037"}
    assert viewer.put("/api/public-matters", json={"matters": [one]}).status_code == 403
    assert hall.client().get("/api/public-matters").status_code == 401
    wrong = chief.put("/api/public-matters", json={"matters": [{**one, "category": "99999"}]})
    assert (wrong.status_code, wrong.json()["errors"][0]["where"]) == (400, "matters.0.category")
    twice = chief.put("/api/public-matters", json={"matters": [one, one]})
    assert (twice.status_code, twice.json()["errors"][0]["where"]) == (400, "matters.1.key")
    assert viewer.get("/api/public-matters").json()["matters"] == before
    try:
        assert chief.put("/api/public-matters", json={"matters": [one]}).status_code == 200
        (shown,) = hall.client().get("/api/public/start").json()["matters"]
        assert (shown["key"], shown["title"]) == ("lamp", "灯")
        assert hall.client().post("/api/public/reports", json=sent(hall)).status_code == 422
        assert hall.client().post("/api/public/reports", json=sent(hall, matter="lamp")).status_code == 201
    finally:
        chief.put("/api/public-matters", json={"matters": before}).raise_for_status()


def test_two_lists_at_once_do_not_mix(hall: Hall) -> None:
    chief = hall.person("lists", **CITY_ADMINISTRATOR)
    before = chief.get("/api/public-matters").json()["matters"]
    one = {**before[0], "title": "one"}
    others = [{**before[0], "title": "other"}, before[1]]
    try:
        one_waits_for_the_other(
            hall, lambda each: put_matters(each, [one]), lambda each: put_matters(each, others)
        )
        assert chief.get("/api/public-matters").json()["matters"] == others
    finally:
        chief.put("/api/public-matters", json={"matters": before}).raise_for_status()
