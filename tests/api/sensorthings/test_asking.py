"""What is asked of SensorThings: neighbours inside neighbours, conditions, orders, pages, hostility."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.planning import Json, Office, open_office
from tests.api.sensorthings.station import ask, everything, get, made, post, refused, stream, thing


@pytest.fixture(scope="module")
def office(town_url: str, as_app: Callable[[str], str], home: Path, master_key: Path) -> Iterator[Office]:
    """The town with stations of a few channels."""
    with open_office(town_url, as_app(town_url), home, master_key_file=master_key) as opened:
        for number in range(4):
            made(opened, f"station {number}", *(number * 10 + n / 4 for n in range(6 + number)))
        post(
            opened,
            "Things",
            thing("O'Hara 100%", stream("p", properties={"depth": 3.5, "zone": "a"}), lon=10.0),
        )
        post(opened, "Things", {"name": "bare", "description": ""})
        yield opened


LINKS: dict[str, dict[str, str]] = {
    "Things": {"Datastreams": "Datastreams", "Locations": "Locations"},
    "Datastreams": {"Thing": "Things", "Sensor": "Sensors", "Observations": "Observations"},
    "Locations": {"Things": "Things"},
    "Sensors": {"Datastreams": "Datastreams"},
    "Observations": {"Datastream": "Datastreams", "FeatureOfInterest": "FeaturesOfInterest"},
    "FeaturesOfInterest": {"Observations": "Observations"},
}
MANY = {"Datastreams", "Locations", "Things", "Observations"}
Tree = dict[str, tuple[dict[str, str], Any]]


def options(target: str) -> st.SearchStrategy[dict[str, str]]:
    """Draw options of a set of neighbours."""
    field = "phenomenonTime" if target == "Observations" else "name"
    condition = "result gt 10.3" if target == "Observations" else "substringof('1', name)"
    return st.fixed_dictionaries(
        {},
        optional={
            "$top": st.sampled_from(["0", "1", "2", "50"]),
            "$skip": st.sampled_from(["0", "1"]),
            "$count": st.just("true"),
            "$orderby": st.sampled_from([field, f"{field} desc"]),
            "$filter": st.just(condition),
        },
    )


def trees(target: str, depth: int) -> st.SearchStrategy[Tree]:
    """Draw what is expanded of a set, some levels deep."""
    if depth == 0:
        return st.just({})
    inside = {
        name: st.tuples(options(there) if name in MANY else st.just({}), trees(there, depth - 1))
        for name, there in LINKS[target].items()
    }
    return st.fixed_dictionaries({}, optional=inside)


def written(tree: Tree) -> str:
    """Write a tree as $expand."""
    parts = []
    for name, (chosen, below) in tree.items():
        given = [f"{key}={value}" for key, value in chosen.items()]
        given += [f"$expand={written(below)}"] if below else []
        parts.append(f"{name}({';'.join(given)})" if given else name)
    return ",".join(parts)


def by_hand(office: Office, entity: Json, tree: Tree) -> Json:
    """Put together by a request for each neighbour what $expand gives at once."""
    whole = dict(entity)
    for name, (chosen, below) in tree.items():
        link = whole.pop(f"{name}@iot.navigationLink")
        answer = ask(office, "GET", link.partition("/v1.1/")[2], params=chosen or None)
        if name not in MANY:
            if answer.status_code == 200:
                whole[name] = by_hand(office, answer.json(), below)
            continue
        page = answer.json()
        whole[name] = [by_hand(office, each, below) for each in page["value"]]
        if "@iot.count" in page:
            whole[f"{name}@iot.count"] = page["@iot.count"]
        if "@iot.nextLink" in page:
            whole[f"{name}@iot.nextLink"] = True
    return whole


def plain(value: Any) -> Any:
    """Take addresses of next pages for the fact that there is one."""
    if isinstance(value, list):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        return {k: True if k.endswith("@iot.nextLink") else plain(v) for k, v in value.items()}
    return value


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_neighbours_inside_neighbours_are_what_one_by_one_gives(office: Office, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(["Things", "Datastreams", "Sensors"]))
    tree = data.draw(trees(name, 3))
    bare = get(office, name, top=3)["value"]
    whole = get(office, name, top=3, **({"expand": written(tree)} if tree else {}))["value"]
    assert plain(whole) == [plain(by_hand(office, each, tree)) for each in bare]


def test_pages_inside_go_on_where_they_stopped(office: Office) -> None:
    shown = get(
        office, "Things", filter="name eq 'station 3'", expand="Datastreams($expand=Observations($top=4))"
    )
    inside = shown["value"][0]["Datastreams"][0]
    found = inside["Observations"] + everything(office, inside["Observations@iot.nextLink"])
    assert [each["result"] for each in found] == [30 + n / 4 for n in range(9)]


ORDERS = ["id", "id desc", "result", "result desc,id", "Datastream/name desc,result", "phenomenonTime desc"]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("top", [1, 4, 1000])
def test_pages_together_hold_everything_once_in_order(office: Office, order: str, top: int) -> None:
    whole = get(office, "Observations", orderby=order, top=1000, count="true")
    paged = everything(office, "Observations", orderby=order, top=top)
    assert [each["@iot.id"] for each in paged] == [each["@iot.id"] for each in whole["value"]]
    assert len(paged) == len({each["@iot.id"] for each in paged}) == whole["@iot.count"]


def test_what_lacks_the_property_stands_last_and_is_not_lost(office: Office) -> None:
    for order in ("properties/depth", "properties/depth desc"):
        names = [each["name"] for each in everything(office, "Datastreams", orderby=order, top=2)]
        assert len(names) == len(get(office, "Datastreams", top=100)["value"])


CONDITIONS: list[tuple[str, Callable[[Json], bool]]] = [
    ("result gt 10", lambda o: o["result"] > 10),
    ("result ge 10.25 and result lt 20", lambda o: 10.25 <= o["result"] < 20),
    ("not (result le 10) or result eq 0.5", lambda o: not o["result"] <= 10 or o["result"] == 0.5),
    ("result mul 2 add 1 eq 21.5", lambda o: o["result"] * 2 + 1 == 21.5),
    ("result sub 1 div 2 gt 9", lambda o: o["result"] - 1 / 2 > 9),
    ("result mod 10 eq 0.5", lambda o: o["result"] % 10 == 0.5),
    ("-result lt -30", lambda o: -o["result"] < -30),
    ("round(result) eq 11 or floor(result) eq 20 or ceiling(result) eq 31",
     lambda o: o["result"] in (10.5, 10.75, 11, 11.25) or 20 <= o["result"] < 21 or 30 < o["result"] <= 31),
    ("phenomenonTime gt 2026-03-01T00:03:00Z", lambda o: o["phenomenonTime"] > "2026-03-01T00:03:00+00:00"),
    ("phenomenonTime lt 2026-03-01T08:03:00+08:00", lambda o: o["phenomenonTime"] < "2026-03-01T00:03:00"),
    ("minute(phenomenonTime) eq 4 and year(phenomenonTime) eq 2026", lambda o: ":04:" in o["phenomenonTime"]),
    ("Datastream/name eq 'station 2 p'", lambda o: o["Datastream"]["name"] == "station 2 p"),
    ("startswith(Datastream/Thing/name, 'station') and endswith(tolower(Datastream/Thing/name), '1')",
     lambda o: o["Datastream"]["name"] == "station 1 p"),
    ("contains(concat(Datastream/name, '!'), 'p!') and length(Datastream/name) eq 11", lambda o: "p" in
     o["Datastream"]["name"] and len(o["Datastream"]["name"]) == 11),
    ("substring(Datastream/name, 8, 1) eq '3'", lambda o: o["Datastream"]["name"][8:9] == "3"),
    ("indexof(Datastream/name, '2') eq 8", lambda o: o["Datastream"]["name"].find("2") == 8),
    ("result eq null", lambda o: False),
    ("resultTime eq null and result ne 0", lambda o: o["result"] != 0),
    ("result div 0 gt 1", lambda o: False),
    ("st_within(FeatureOfInterest/feature, geography'POLYGON((116 39,117 39,117 40,116 40,116 39))')",
     lambda o: True),
]  # fmt: skip


@pytest.mark.parametrize(("condition", "oracle"), CONDITIONS, ids=[text[:40] for text, _ in CONDITIONS])
def test_a_condition_finds_what_a_slow_look_at_each_finds(
    office: Office, condition: str, oracle: Callable[[Json], bool]
) -> None:
    numbers = "startswith(Datastream/name, 'station')"
    everyone = get(office, "Observations", top=1000, expand="Datastream", filter=numbers)["value"]
    found = get(office, "Observations", top=1000, filter=f"{numbers} and ({condition})")["value"]
    assert [each["@iot.id"] for each in found] == [each["@iot.id"] for each in everyone if oracle(each)]


def test_conditions_look_through_many_neighbours_and_into_properties(office: Office) -> None:
    def names(condition: str, of: str = "Things") -> list[str]:
        return [each["name"] for each in get(office, of, filter=condition)["value"]]

    assert names("Datastreams/Observations/result gt 31") == ["station 3"]
    assert names("Datastreams/properties/depth gt 3 and name eq 'O''Hara 100%'") == ["O'Hara 100%"]
    assert names("properties/zone eq 'a'", "Datastreams") == ["p"]
    assert names("properties/zone gt 1", "Datastreams") == []
    assert names("geo.distance(Locations/location, geography'POINT(10 39.9)') lt 5") == ["O'Hara 100%"]
    ids = [each["@iot.id"] for each in get(office, "Things", filter="id gt 0")["value"]]
    assert get(office, "Things", filter=f"id eq {ids[0]} or id eq {ids[2]}", count="true")["@iot.count"] == 2


HOSTILE = [
    "(" * 3000 + "1 eq 1" + ")" * 3000,
    "not " * 2001 + "true",
    " and ".join(["1 eq 1"] * 1500),
    "name eq '" + "x" * 20_000 + "'",
    "name eq 'a' ; DROP TABLE thing",
    "name eq ''') OR true --'",
    "name eq 'x\0'",
    "1e999 eq 1",
    "name eq",
    "name eq 1",
    "nothing eq 1",
    "pg_sleep(10)",
    "Datastreams eq 1",
    "geo.distance(name, name) lt 1",
    "st_within(geography'POLYGON((0 0', geography'POINT(0 0)')",
    "2026-99-99T00:00:00Z gt now()",
    "name/x eq 1",
]


@pytest.mark.parametrize("condition", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_conditions_are_refused_by_name_or_find_nothing(office: Office, condition: str) -> None:
    before = office.rows("SELECT count(*) FROM thing")
    answer = ask(office, "GET", "Things", params={"$filter": condition})
    if answer.status_code == 200:
        assert answer.json()["value"] == []
    else:
        assert answer.status_code in (400, 414, 431), answer.text[:300]
    assert office.rows("SELECT count(*) FROM thing") == before


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("$expand=Nothing", "$expand"),
        ("$expand=Datastreams($top=x)", "$top"),
        ("$expand=Datastreams($resultFormat=dataArray)", "$resultFormat"),
        ("$expand=Datastreams(", "$expand"),
        ("$expand=Datastreams/Thing/Datastreams/Thing/Datastreams/Thing", "$expand"),
        ("$select=colour", "$select"),
        ("$orderby=Datastreams/name", "$orderby"),
        ("$top=-1", "$top"),
        ("$top=1&$top=2", "$top"),
        ("$count=maybe", "$count"),
        ("$skiptoken=AAAA", "$skiptoken"),
        ("$resultFormat=csv", "$resultFormat"),
    ],
)
def test_options_that_are_wrong_are_named(office: Office, query: str, where: str) -> None:
    assert where in refused(office, "GET", f"Things?{query}")


def test_names_come_back_as_they_were_sent(office: Office) -> None:
    found = get(office, "Things", filter="name eq 'O''Hara 100%'", select="name,id")["value"]
    assert [set(each) for each in found] == [{"@iot.id", "name"}]
