"""Many changes in one go (Part 11, draft): all of them or none, and the one that was wrong is named."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.ogc.workshop import ANALYST, CHIEF, STREET, VIEWER, Workshop, place
from tests.spatial.rights.town import GRIDS, middle

PLACES, PLOTS, MASTS = "collections/places/items", "collections/plots/items", "collections/masts/items"
TX = "application/ogc-tx+json"


def collection(*features: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)}


def many(count: int) -> list[dict[str, Any]]:
    """Write places that lie in all grids of the town in turn."""
    return [
        place(f"place {number}", at=tuple(round(each, 9) for each in middle(GRIDS[number % 8])))
        for number in range(count)
    ]


def insert(*items: Any, collection: str = "places") -> dict[str, Any]:
    return {"action": "insert", "collection": collection, "items": list(items)}


def update(key: Any, *pairs: tuple[str, Any], collection: str = "places", **more: Any) -> dict[str, Any]:
    modify = [{"name": name, "value": value} for name, value in pairs]
    action = {"action": "update", "collection": collection, "properties": {"modify": modify}}
    return {**action, "filter": key if isinstance(key, dict) else {"ids": [key]}, **more}


def delete(*keys: str, collection: str = "places", **more: Any) -> dict[str, Any]:
    return {"action": "delete", "collection": collection, "filter": {"ids": list(keys)}, **more}


def transact(workshop: Workshop, *actions: Any, who: str = CHIEF) -> Any:
    return workshop.ask("POST", "transactions", {"transaction": list(actions)}, who=who, content_type=TX)


def test_ten_thousand_features_in_one_go(workshop: Workshop) -> None:
    """In their order, each with its identifier, tag and grid, and each on record."""
    features = many(10_000)
    answer = workshop.ask("POST", PLACES, collection(*features))
    assert answer.status_code == 201, answer.text[:500]
    body = answer.json()
    assert (body["semantic"], body["summary"]) == ("atomic", {"totalInserted": 10_000})
    keys = [int(each) for each in body["ids"]]
    found = workshop.run("SELECT id, name, unit_code FROM place WHERE id = ANY(%s)", keys)
    rows = {key: rest for key, *rest in found}
    assert [rows[key] for key in keys] == [[f"place {n}", GRIDS[n % 8]] for n in range(10_000)]
    assert len(set(body["etags"])) == 10_000
    some = body["insertResults"][4711].split("/ogc/")[1]
    assert workshop.ask("GET", some).headers["etag"] == body["etags"][4711]
    recorded = workshop.run(
        "SELECT count(*), count(DISTINCT row_key) FROM audit WHERE relation = 'place' AND action = 'insert'"
        " AND row_key = ANY(%s)",
        body["ids"],
    )
    assert recorded == [(10_000, 10_000)]
    gone = transact(workshop, delete(*body["ids"]))
    assert gone.json()["summary"] == {"totalDeleted": 10_000}


@pytest.mark.parametrize(
    ("wrong", "status", "where"),
    [
        (place(name=None), 400, "features[700].properties.name"),
        (place(at=(0, 91)), 400, "features[700].geometry"),
        (place(risk_level=7), 400, "features[700].properties.risk_level"),
        (place(colour=1), 400, "features[700].properties.colour"),
        (None, 400, "features[700]"),
    ],
)
def test_one_wrong_feature_undoes_all(workshop: Workshop, wrong: Any, status: int, where: str) -> None:
    before = workshop.digest()
    features: list[Any] = many(1000)
    features[700] = wrong
    answer = workshop.ask("POST", PLACES, collection(*features))
    assert answer.status_code == status
    assert [each["where"] for each in answer.json()["errors"]] == [where]
    assert workshop.digest() == before


def test_the_feature_that_only_the_database_refuses_is_named(workshop: Workshop) -> None:
    before = workshop.digest()
    features = many(1000)
    inside = [each for number, each in enumerate(features) if number % 8 < 4]
    foreign = next(number for number, each in enumerate(features) if number % 8 >= 4)
    mine = [*inside[:300], features[foreign], *inside[300:]]
    answer = workshop.ask("POST", PLACES, collection(*mine), who=STREET)
    assert answer.status_code == 403
    assert answer.json()["detail"] == "features[300].geometry: lies outside the area that you may change"
    component = {"class_code": "01001", "name": "c", "state": "intact"}
    twins = [
        {**place(), "properties": {**component, "code": f"99010101001{500 + n % 80:06d}"}} for n in range(90)
    ]
    answer = workshop.ask("POST", "collections/components/items", collection(*twins))
    assert answer.status_code == 409
    assert answer.json()["detail"] == "features[80].properties.code: another feature has this value already"
    plots = [
        {
            "type": "Feature",
            "geometry": None,
            "properties": {"name": "p", "price": 10.0 ** (6 if n == 33 else 1)},
        }
        for n in range(50)
    ]
    answer = workshop.ask("POST", PLOTS, collection(*plots))
    assert (answer.status_code, answer.json()["errors"][0]["where"]) == (400, "features[33]")
    assert workshop.digest() == before


def test_no_features_are_none(workshop: Workshop) -> None:
    answer = workshop.ask("POST", PLACES, collection())
    assert (answer.status_code, answer.json()["ids"]) == (201, [])


# Part 11: transactions over several collections


def test_transactions_post_op(workshop: Workshop) -> None:
    options = workshop.ask("OPTIONS", "transactions")
    assert (options.status_code, options.headers["allow"]) == (200, "POST, OPTIONS")
    assert TX in options.headers["accept-post"]
    assert workshop.ask("GET", "transactions").status_code == 405
    assert workshop.ask("POST", "transactions", {}, content_type="").status_code == 400
    assert workshop.ask("POST", "transactions", {}, content_type="text/plain").status_code == 415


def test_transactions_over_collections(workshop: Workshop) -> None:
    """Insert, update, replace and delete, answered with counts, addresses and tags in order."""
    plot = {"type": "Feature", "geometry": None, "properties": {"name": "tx"}}
    first = transact(workshop, insert(*many(3)), insert(plot, collection="plots"))
    assert first.status_code == 200, first.text
    report = first.json()
    assert report["summary"] == {"totalInserted": 4}
    a, b, c = report["results"][0]["ids"]
    (p,) = report["results"][1]["ids"]
    replacement = {
        "action": "replace", "collection": "plots", "filter": {"ids": [p]},
        "properties": {"feature": {**plot, "properties": {"name": "replaced"}}},
    }  # fmt: skip
    point = {"type": "Point", "coordinates": list(middle(GRIDS[5]))}
    second = transact(
        workshop,
        update(a, ("name", "renamed"), ("geometry", point)),
        {**update(b), "properties": {"add": [{"name": "name_en", "value": "B"}], "delete": ["address"]}},
        replacement,
        delete(c),
    )
    assert second.status_code == 200, second.text
    report = second.json()
    assert report["semantic"] == "atomic"
    assert report["summary"] == {"totalUpdated": 2, "totalReplaced": 1, "totalDeleted": 1}
    assert report["replaceResults"][0].endswith(f"/collections/plots/items/{p}")
    got = workshop.ask("GET", f"{PLACES}/{a}")
    assert (got.json()["properties"]["name"], got.json()["properties"]["unit_code"]) == ("renamed", GRIDS[5])
    assert got.headers["etag"] == report["results"][0]["etags"][0]
    assert workshop.ask("GET", f"{PLACES}/{b}").json()["properties"]["name_en"] == "B"
    assert workshop.ask("GET", f"{PLOTS}/{p}").json()["properties"]["name"] == "replaced"
    assert workshop.ask("GET", f"{PLACES}/{c}").status_code == 404


def test_a_filter_means_features_by_cql2(workshop: Workshop) -> None:
    made = transact(workshop, insert(place("cql a"), place("cql b"), place("other"))).json()
    a, b, other = made["results"][0]["ids"]
    by_text = update({"ids": []}, ("name_en", "found"), filter="name LIKE 'cql %'")
    by_json = {
        "action": "delete", "collection": "places",
        "filter": {"op": "=", "args": [{"property": "name"}, "cql b"]},
    }  # fmt: skip
    answer = transact(workshop, by_text, by_json)
    assert answer.status_code == 200, answer.text
    assert [each["ids"] for each in answer.json()["results"]] == [[a, b], [b]]
    assert workshop.ask("GET", f"{PLACES}/{a}").json()["properties"]["name_en"] == "found"
    assert workshop.ask("GET", f"{PLACES}/{other}").json()["properties"]["name_en"] is None
    wrong = transact(workshop, {**by_json, "filter": "nonsense ==="})
    assert (wrong.status_code, wrong.json()["errors"][0]["where"]) == (400, "transaction[0].filter")


def test_a_filter_means_what_may_be_seen_only(workshop: Workshop) -> None:
    """A street's `delete all` or `update all` does not reach over its border."""
    foreign = transact(workshop, insert(place("theirs", at=middle(GRIDS[7])))).json()["results"][0]["ids"][0]
    own = transact(workshop, insert(place("theirs", at=middle(GRIDS[0]))), who=STREET).json()["results"][0][
        "ids"
    ]
    answer = transact(workshop, update({"ids": []}, ("name_en", "x"), filter="name = 'theirs'"), who=STREET)
    assert answer.json()["results"][0]["ids"] == own
    assert workshop.ask("GET", f"{PLACES}/{foreign}").json()["properties"]["name_en"] is None
    refused = transact(workshop, insert(place()), update(foreign, ("name", "x")), who=STREET)
    assert refused.status_code == 404
    nothing = transact(workshop, insert(place()), update("99999999", ("name", "x")), who=STREET)
    assert refused.text.replace(foreign, "99999999") == nothing.text


GOOD = insert(place("first of a transaction"))

BAD: list[tuple[list[Any], int, str]] = [
    ([GOOD, 5], 400, "transaction[1].action"),
    ([GOOD, {"action": "upsert"}], 400, "transaction[1].action"),
    ([GOOD, {"action": ["insert"]}], 400, "transaction[1].action"),
    ([GOOD, {"action": "insert"}], 400, "transaction[1].collection"),
    ([GOOD, {"action": "insert", "collection": "places"}], 400, "transaction[1].items"),
    ([GOOD, insert(place(), place(name=None))], 400, "transaction[1].items[1].properties.name"),
    ([GOOD, insert(place(), 7)], 400, "transaction[1].items[1]"),
    ([GOOD, {**update("1"), "filter": None}], 400, "transaction[1].filter"),
    ([GOOD, {"action": "delete", "collection": "places"}], 400, "transaction[1].filter"),
    ([GOOD, delete("1", "1")], 400, "transaction[1].filter.ids"),
    ([GOOD, {**delete(), "filter": {"ids": [["1"]]}}], 400, "transaction[1].filter.ids"),
    ([GOOD, update("1", ("risk_level", 9))], 400, "transaction[1].properties.risk_level"),
    ([GOOD, update("1", ("colour", 9))], 400, "transaction[1].properties.colour"),
    ([GOOD, {**update("1"), "properties": {"name": "x"}}], 400, "transaction[1].properties"),
    ([GOOD, {**update("1"), "properties": {"modify": [{"name": "name"}]}}], 400,
     "transaction[1].properties.modify[0]"),
    ([GOOD, {**update("1"), "properties": {"delete": [5]}}], 400, "transaction[1].properties.delete[0]"),
    ([GOOD, update("1", etags=[])], 400, "transaction[1].etags"),
    ([GOOD, {"action": "replace", "collection": "places", "filter": {"ids": ["1"]}}], 400,
     "transaction[1].properties.feature"),
    ([GOOD, {"action": "replace", "collection": "places", "filter": {"ids": ["1", "2"]},
             "properties": {"feature": place()}}], 400, "transaction[1].filter"),
    ([GOOD, insert(place(), collection="nowhere")], 404, "transaction[1]: there is no collection 'nowhere'"),
    ([GOOD, insert(place(), collection="grids")], 403, "transaction[1]: layer 'grids' cannot be changed"),
    ([GOOD, delete("99999999")], 404, "transaction[1]: layer 'places' has no feature '99999999'"),
    ([GOOD, update("1", ("name", "x"), etags={"1": '"0"'})], 412,
     "transaction[1]: feature '1': the feature has changed since it was read; read it again"),
    ([GOOD, update("1", collection="masts")], 428,
     "transaction[1]: feature '1': changes of this layer must say which state they start from:"
     " send If-Match"),
]  # fmt: skip


@pytest.mark.parametrize(("actions", "status", "where"), BAD)
def test_one_wrong_action_undoes_all(workshop: Workshop, actions: list[Any], status: int, where: str) -> None:
    before = workshop.digest()
    answer = transact(workshop, *actions)
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert where in ([each["where"] for each in body["errors"]] if status == 400 else [body["detail"]])
    assert workshop.digest() == before


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ([], "transaction"),
        ({}, "transaction"),
        ({"transaction": {}}, "transaction"),
        ({"transaction": [], "semantic": "batch"}, "semantic"),
        ({"transaction": [], "semantic": ["atomic"]}, "semantic"),
    ],
)
def test_a_transaction_that_is_none(workshop: Workshop, body: Any, where: str) -> None:
    answer = workshop.ask("POST", "transactions", body, content_type=TX)
    assert (answer.status_code, answer.json()["errors"][0]["where"]) == (400, where)


@pytest.mark.parametrize("who", [VIEWER, ANALYST])
def test_rights_hold_in_transactions(workshop: Workshop, who: str) -> None:
    before = workshop.digest()
    answer = transact(workshop, GOOD, delete("1"), who=who)
    assert answer.status_code == 403
    assert answer.json()["detail"].startswith(f"transaction[{0 if who == VIEWER else 1}]: ")
    assert workshop.digest() == before


def test_a_state_is_compared_in_transactions(workshop: Workshop) -> None:
    made = transact(workshop, insert(place())).json()["results"][0]
    key, tag = made["ids"][0], made["etags"][0]
    assert transact(workshop, update(key, ("name", "x"), etags={key: tag})).status_code == 200
    assert transact(workshop, delete(key, etags={key: tag})).status_code == 412
