"""Who sees whose track, and that nobody else can tell that there is one; what is declared, and why."""

from __future__ import annotations

import pytest
from openapi_spec_validator import validate

from spatial.database import connect
from tests.api.ogc.moving_features.conftest import CHIEF, COLLEAGUE, ITEMS, Lane
from tests.api.ogc.moving_features.test_sequence import LINES
from tests.spatial.rights.people import STAFF

WATCHERS = ("district_administrator", "street_administrator", "commander")
FIELD_WORKER = "field worker of grid 8, roads"
CONF = "http://www.opengis.net/spec/ogcapi-movingfeatures-1/1.0/conf"


def below(mover: int) -> list[str]:
    """Name all that there is of a mover."""
    first = LINES[0].time_us[0]
    return [
        f"{mover}", f"{mover}/tgsequence", f"{mover}/tgsequence/{first}/distance",
        f"{mover}/tgsequence/{first}/velocity", f"{mover}/tgsequence/{first}/acceleration",
        f"{mover}/tproperties", f"{mover}/tproperties/speed",
    ]  # fmt: skip


def those_seen(lane: Lane, who: str) -> set[int]:
    """Work out by the policies of `fix` alone, asked as the owner, whose tracks somebody sees."""
    role, reach, area, organisation, _ = STAFF[who]
    with connect(lane.url) as owner:
        rows = owner.execute(
            "SELECT m.id, w.unit_code, o.code FROM mover AS m JOIN worker AS w ON w.id = m.worker_id"
            " LEFT JOIN organisation AS o ON o.id = w.organisation_id"
        ).fetchall()
    if role not in WATCHERS:
        return {lane.other} if who == FIELD_WORKER else set()
    return {
        mover for mover, unit, code in rows
        if reach == "city" or (code is not None and code == organisation)
        or (reach == "area" and unit is not None and unit.startswith(area or "-"))
    }  # fmt: skip


@pytest.mark.parametrize("who", STAFF)
def test_everybody_sees_the_tracks_that_they_may_and_no_others(lane: Lane, who: str) -> None:
    mine = those_seen(lane, who)
    listed = {each["id"] for each in lane.get("/ogc/collections", who)["collections"]}
    assert ("movers" in listed) == bool(mine)
    if mine:
        found = {int(each["id"]) for each in lane.get(ITEMS, who, limit="1000")["features"]}
        people = {each for each in found if each in those_seen(lane, CHIEF)}
        assert people == mine
        timed = lane.get(ITEMS, who, limit="1000", datetime="2026-09-21")["features"]
        assert {int(each["id"]) for each in timed} == mine & {lane.walker, lane.other}
    else:
        nothing = lane.ask("/ogc/collections/nothing/items", who)
        answer = lane.ask(ITEMS, who)
        assert (answer.status_code, answer.text.replace("movers", "nothing")) == (404, nothing.text)
        assert lane.ask("/ogc/collections/movers", who).status_code == 404
    for mover in (lane.walker, lane.other):
        for path in below(mover):
            answer, nobody = lane.ask(path, who), lane.ask(path.replace(str(mover), "999999999", 1), who)
            if mover in mine:
                assert answer.status_code == 200 or "/tgsequence/" in path
            else:
                assert (answer.status_code, answer.text) == (nobody.status_code, nobody.text)
                assert answer.status_code == 404


def test_a_colleague_is_seen_and_where_they_went_is_not(lane: Lane) -> None:
    """Who responds knows where the others of the street are; the tracks of the past are for watchers."""
    (own,) = lane.get(ITEMS, COLLEAGUE, limit="1000")["features"]
    assert int(own["id"]) not in (lane.walker, lane.other)
    assert lane.ask(f"/api/movers/{lane.walker}", COLLEAGUE).status_code == 200
    for path in below(lane.walker):
        assert lane.ask(path, COLLEAGUE).status_code == 404, path
    assert lane.get(ITEMS, COLLEAGUE, datetime="2026-09-21")["features"] == []


def test_wrong_parameters_tell_strangers_nothing(lane: Lane) -> None:
    """Who may not see the collection is told so before the parameters are looked at."""
    for path in ("", f"/{lane.walker}/tgsequence", f"/{lane.walker}/tproperties"):
        assert lane.ask(f"{ITEMS}{path}", "viewer of the city", limit="0").status_code == 404


def test_the_definition_describes_it_to_those_alone_who_have_it(lane: Lane) -> None:
    assert "/collections/movers" not in lane.get("/ogc/openapi", "viewer of the city")["paths"]
    assert "/collections/movers" in lane.get("/ogc/openapi", FIELD_WORKER)["paths"]


def test_a_stranger_is_asked_to_log_in(lane: Lane) -> None:
    for path in ("", f"/{lane.walker}", f"/{lane.walker}/tgsequence"):
        assert lane.client.get(ITEMS + path).status_code == 401


def test_the_moment_asked_for_gives_no_other_rights(lane: Lane) -> None:
    """`datetime` says which part of a track; who sees it is decided as of now."""
    assert lane.ask(ITEMS, "viewer of the city", datetime="2026-09-21").status_code == 404
    mine = those_seen(lane, FIELD_WORKER)
    found = lane.get(ITEMS, FIELD_WORKER, datetime="2000-01-01/2100-01-01")["features"]
    assert {int(each["id"]) for each in found} == mine


def test_only_what_is_whole_is_declared(lane: Lane) -> None:
    """The two other classes ask for POST, PUT and DELETE, which tracks have not."""
    declared = lane.get("/ogc/conformance")["conformsTo"]
    assert [each for each in declared if "movingfeatures" in each] == [f"{CONF}/common"]


def test_the_definition_is_valid_and_names_every_parameter(lane: Lane) -> None:
    document = lane.get("/ogc/openapi")
    validate(document)
    base = "/collections/movers/items"
    known = {
        base: {"limit", "token", "bbox", "datetime", "subTrajectory"},
        f"{base}/{{mover}}": {"mover"},
        f"{base}/{{mover}}/tgsequence": {
            "mover", "limit", "token", "bbox", "datetime", "subTrajectory", "leaf",
        },
        f"{base}/{{mover}}/tgsequence/{{piece}}/{{query}}": {
            "mover", "piece", "query", "datetime", "leaf", "subTemporalValue",
        },
        f"{base}/{{mover}}/tproperties": {"mover", "limit", "token", "datetime", "subTemporalValue"},
        f"{base}/{{mover}}/tproperties/{{property}}": {
            "mover", "property", "token", "datetime", "leaf", "subTemporalValue",
        },
    }  # fmt: skip
    for path, wanted in known.items():
        operation = document["paths"][path]
        assert set(operation) == {"get"}
        given = operation["get"]["parameters"]
        assert {each.get("name") or each["$ref"].rpartition("/")[2] for each in given} == {
            *wanted, "f", "lang",
        }  # fmt: skip
