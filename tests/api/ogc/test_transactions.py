"""OGC API - Features Part 4: the abstract tests, named after them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.api.ogc.workshop import (
    CHIEF,
    COMPONENTS,
    DRAINS,
    GEOJSON,
    LOCAL,
    MASTS,
    PATCH,
    PLACES,
    PLOTS,
    Workshop,
    line,
    made,
    place,
    polygon,
    problem_of,
)
from tests.spatial.rights.town import GRIDS, middle

# conf/create-replace-delete


@pytest.mark.parametrize("items", [PLACES, COMPONENTS, PLOTS, DRAINS, MASTS])
def test_create_replace_delete_options(workshop: Workshop, items: str) -> None:
    of_items, of_item = workshop.ask("OPTIONS", items), workshop.ask("OPTIONS", f"{items}/1")
    assert (of_items.status_code, of_item.status_code) == (200, 200)
    assert of_items.headers["allow"] == "GET, HEAD, POST, OPTIONS"
    assert of_item.headers["allow"] == "GET, HEAD, PUT, PATCH, DELETE, OPTIONS"
    assert GEOJSON in of_items.headers["accept-post"]


def test_create_replace_delete_create(workshop: Workshop) -> None:
    before = {row[0] for row in workshop.run("SELECT id::text FROM place")}
    for body in (place("a school"), {**place("a school"), "id": "999999"}):
        answer = workshop.ask("POST", PLACES, body)
        assert (answer.status_code, answer.headers["content-type"]) == (201, GEOJSON)
        got = workshop.ask("GET", answer.headers["location"].split("/ogc/")[1])
        assert got.status_code == 200
        assert got.json()["geometry"] == body["geometry"]
        assert body["properties"].items() <= got.json()["properties"].items()
        assert got.json()["id"] not in before
        assert answer.headers["location"].endswith(f"/{got.json()['id']}")
        assert answer.json()["properties"] == got.json()["properties"]


@pytest.mark.parametrize(
    ("method", "path"), [("POST", PLACES), ("PUT", f"{PLACES}/1"), ("PATCH", f"{PLACES}/1")]
)
def test_create_replace_delete_content_type(workshop: Workshop, method: str, path: str) -> None:
    """A missing type is the client's mistake (400), an unknown one is not read (415)."""
    assert workshop.ask(method, path, place(), content_type="").status_code == 400
    for wrong in (
        "text/plain",
        "application/xml",
        "application/geo+json; charset=gbk",
        "multipart/form-data",
    ):
        answer = workshop.ask(method, path, place(), content_type=wrong)
        assert (answer.status_code, answer.headers["content-type"]) == (415, "application/problem+json")


@pytest.mark.parametrize(
    "kind", ["application/json", "application/geo+json; charset=UTF-8", "Application/GEO+JSON"]
)
def test_other_spellings_of_the_type_are_read(workshop: Workshop, kind: str) -> None:
    assert workshop.ask("POST", PLACES, place(), content_type=kind).status_code == 201


def test_create_replace_delete_replace(workshop: Workshop) -> None:
    address, _ = made(workshop, place("before", name_en="before", address="somewhere"))
    new = place("after", at=(116.305, 39.915))
    answer = workshop.ask("PUT", address, new)
    assert answer.status_code == 200
    got = workshop.ask("GET", address).json()
    assert got["geometry"] == new["geometry"]
    assert new["properties"].items() <= got["properties"].items()
    assert (got["properties"]["name_en"], got["properties"]["address"]) == (None, None)
    assert (got["properties"]["source"], got["properties"]["unit_code"]) == ("manual", GRIDS[1])


def test_create_replace_delete_replace_rid(workshop: Workshop) -> None:
    address, _ = made(workshop)
    before = workshop.digest()
    answer = workshop.ask("PUT", address, {**place("other"), "id": "1"})
    assert (answer.status_code, list(problem_of(answer))) == (400, ["id"])
    assert workshop.digest() == before
    assert workshop.ask("PUT", address, {**place(), "id": int(address.rpartition("/")[2])}).status_code == 200


def test_create_replace_delete_replace_exceptions(workshop: Workshop) -> None:
    for path in (f"{PLACES}/99999999", f"{PLACES}/no-number", f"{PLACES}/%00", f"{DRAINS}/nobody"):
        body = line("nobody", (116.3, 39.9), (116.4, 39.9)) if path.startswith(DRAINS) else place()
        assert workshop.ask("PUT", path, body).status_code == 404
        assert workshop.ask("PUT", path, body, if_match='"xyz"').status_code == 404
        assert workshop.ask("GET", path).status_code == 404


def test_create_replace_delete_delete(workshop: Workshop) -> None:
    address, _ = made(workshop)
    answer = workshop.ask("DELETE", address)
    assert (answer.status_code, answer.content) == (204, b"")
    assert workshop.ask("GET", address).status_code == 404
    assert workshop.ask("DELETE", address).status_code == 404


# conf/update


def test_update_options(workshop: Workshop) -> None:
    answer = workshop.ask("OPTIONS", f"{PLACES}/1")
    assert "PATCH" in answer.headers["allow"].split(", ")
    assert PATCH in answer.headers["accept-patch"].split(", ")


@pytest.mark.parametrize("kind", [PATCH, GEOJSON, "application/json"])
def test_update_update(workshop: Workshop, kind: str) -> None:
    address, _ = made(workshop, place(name_en="stays", address="goes"))
    before = workshop.ask("GET", address).json()
    patch = {"properties": {"name": "patched", "address": None}}
    answer = workshop.ask("PATCH", address, patch, content_type=kind)
    assert (answer.status_code, answer.headers["content-type"]) == (200, GEOJSON)
    after = workshop.ask("GET", address).json()
    assert after["geometry"] == before["geometry"]
    assert after["properties"] == {**before["properties"], "name": "patched", "address": None}


def test_update_rid(workshop: Workshop) -> None:
    address, _ = made(workshop)
    before = workshop.digest()
    for patch in ({"id": "1", "properties": {"name": "x"}}, {"properties": {"id": 1}}):
        assert workshop.ask("PATCH", address, patch).status_code == 400
    assert workshop.digest() == before


def test_features_json_merge_patch(workshop: Workshop) -> None:
    """RFC 7396: what is not named stays, null removes, objects are merged to their depth, lists replaced."""
    address, _ = made(
        workshop, polygon(more={"a": {"b": 1, "c": 2}, "d": [1]}, tags=["a", "b"], storeys=3), PLOTS
    )
    patch = {"properties": {"more": {"a": {"b": None, "e": 5}, "d": [2, 3]}, "tags": ["z"], "storeys": None}}
    moved = {"type": "MultiPolygon", "coordinates": [[[[1.0, 1], [2, 1], [2, 2], [1, 1]]]]}
    answer = workshop.ask("PATCH", address, {**patch, "geometry": moved})
    assert answer.status_code == 200
    properties = workshop.ask("GET", address).json()["properties"]
    assert properties["more"] == {"a": {"c": 2, "e": 5}, "d": [2, 3]}
    assert (properties["tags"], properties["storeys"], properties["name"]) == (["z"], None, "plot")
    assert answer.json()["geometry"] == moved
    empty = workshop.ask("PATCH", address, {})
    assert (empty.status_code, empty.headers["etag"]) == (200, answer.headers["etag"])


# conf/features


def test_features_endpoints(workshop: Workshop) -> None:
    """What can be changed are the features of collections; a layer that nobody changes answers 405."""
    for method, path in (("POST", "collections/grids/items"), ("PUT", f"collections/grids/items/{GRIDS[0]}")):
        answer = workshop.ask(method, path, polygon())
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    assert workshop.ask("OPTIONS", "collections/grids/items").headers["allow"] == "GET, HEAD, OPTIONS"
    assert workshop.ask("POST", "collections/none/items", place()).status_code == 404
    assert workshop.ask("PUT", PLACES, place()).headers["allow"] == "GET, HEAD, POST, OPTIONS"


def test_features_crs(workshop: Workshop) -> None:
    """The same line in three systems, each in its own order of axes, with and without angle brackets."""
    systems = {
        "L1": ("", [(116.298275883, 39.912055791), (116.29839191, 39.912146555)]),
        "L2": (LOCAL, [(4420000.0, 440000.0), (4420010.0, 440010.0)]),
        "L3": (f"<{LOCAL}>", [(4420000.0, 440000.0), (4420010.0, 440010.0)]),
        "L4": (
            "<http://www.opengis.net/def/crs/EPSG/0/4490>",
            [(39.912055791, 116.298275883), (39.912146555, 116.29839191)],
        ),
        "L5": (
            "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
            [(116.298275883, 39.912055791), (116.29839191, 39.912146555)],
        ),
    }
    for code, (system, points) in systems.items():
        answer = workshop.ask("POST", DRAINS, line(code, *points), content_crs=system)
        assert answer.status_code == 201, answer.text
        assert answer.headers["content-crs"] == "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>"
    rows = workshop.run(
        "SELECT max(abs(ST_X(p.geom) - 440000 - d.i * 10)), max(abs(ST_Y(p.geom) - 4420000 - d.i * 10)),"
        " count(*) FROM published.drains, ST_DumpPoints(geom) AS p, LATERAL (SELECT p.path[1] - 1 AS i) AS d"
        " WHERE code LIKE 'L_'"
    )
    assert rows[0][0] < 1e-3
    assert rows[0][1] < 1e-3
    assert rows[0][2] == 10
    wrong = workshop.ask(
        "POST", DRAINS, line("L6", (0, 0), (1, 1)), content_crs="http://www.opengis.net/def/crs/EPSG/0/4326x"
    )
    assert (wrong.status_code, list(problem_of(wrong))) == (400, ["Content-Crs"])


def test_features_crs_of_a_shifted_datum(workshop: Workshop) -> None:
    """A point drawn over a Gaode map lies where it stands, not 500 m off."""
    address, _ = made(workshop, place(at=middle(GRIDS[0])))
    there = workshop.ask("GET", f"{address}?crs=urn:citygrid:crs:gcj02")
    shifted = there.json()["geometry"]
    answer = workshop.ask("PATCH", address, {"geometry": shifted}, content_crs="<urn:citygrid:crs:gcj02>")
    assert answer.status_code == 200
    assert answer.json()["geometry"]["coordinates"] == pytest.approx(middle(GRIDS[0]), abs=1e-8)
    assert shifted["coordinates"] != pytest.approx(middle(GRIDS[0]), abs=1e-3)


def test_features_schema(workshop: Workshop) -> None:
    unknown = workshop.ask("POST", PLACES, place(colour="red"))
    assert problem_of(unknown) == {"properties.colour": "is not an attribute of this layer"}
    read_only = workshop.ask("POST", PLACES, place(unit_code=GRIDS[0], generated=True, id=7))
    assert set(problem_of(read_only)) == {"properties.unit_code", "properties.generated", "properties.id"}


def test_identifiers_that_the_client_chooses(workshop: Workshop) -> None:
    """A layer whose identifier is an attribute takes it from there or from `id`; both must agree."""
    feature = line("D 1/ä?", (116.3, 39.9), (116.31, 39.9))
    address, _ = made(workshop, feature, DRAINS)
    assert address.endswith("/D%201%2F%C3%A4%3F")
    assert workshop.ask("GET", address).json()["id"] == "D 1/ä?"
    again = workshop.ask("POST", DRAINS, feature)
    assert (again.status_code, again.json()["detail"]) == (
        409,
        "properties.code: another feature has this value already",
    )
    del feature["properties"]["code"]
    assert problem_of(workshop.ask("POST", DRAINS, feature)) == {
        "properties.code": "is required: it is the feature's identifier"
    }
    assert workshop.ask("POST", DRAINS, {**feature, "id": "D2"}).status_code == 201
    both = {**line("D3", (116.3, 39.9), (116.31, 39.9)), "id": "D4"}
    assert problem_of(workshop.ask("POST", DRAINS, both)) == {"id": "differs from properties.code"}
    renamed = workshop.ask("PATCH", f"{DRAINS}/D2", {"properties": {"code": "D5"}})
    assert list(problem_of(renamed)) == ["properties.code"]


# conf/optimistic-locking-etags


def test_optimistic_locking_etags_get_etag(workshop: Workshop) -> None:
    """The tag of a change is the one that a GET gives, and a later change makes it another one."""
    address, tag = made(workshop)
    got = workshop.ask("GET", address)
    assert (got.status_code, got.headers["etag"]) == (200, tag)
    assert workshop.ask("GET", address, if_none_match=tag).status_code == 304
    in_metres = workshop.ask("GET", f"{address}?crs={LOCAL}").headers["etag"]
    assert in_metres != tag
    patched = workshop.ask("PATCH", address, {"properties": {"name": "b"}}, if_match=in_metres)
    assert patched.status_code == 200
    assert workshop.ask("GET", address).headers["etag"] == patched.headers["etag"] != tag


@pytest.mark.parametrize(
    ("method", "body"),
    [("PUT", place("mine")), ("PATCH", {"properties": {"name": "mine"}}), ("DELETE", None)],
)
def test_optimistic_locking_etags(workshop: Workshop, method: str, body: Any) -> None:
    address, tag = made(workshop)
    before = workshop.digest()
    for stale in ('"0"', '"0-json", "1"', 'W/"0"', '""'):
        assert workshop.ask(method, address, body, if_match=stale).status_code == 412
    for unread in ("0", '"a', '"a" b', "a,b"):
        assert workshop.ask(method, address, body, if_match=unread).status_code == 400
    assert workshop.ask(method, address, body, if_none_match="*").status_code == 412
    assert workshop.ask(method, address, body, if_none_match=tag).status_code == 412
    assert workshop.digest() == before
    answer = workshop.ask(method, address, body, if_match=f'"0", {tag}')
    assert answer.status_code in (200, 204)
    assert answer.headers.get("etag") != tag
    if method != "DELETE":
        assert workshop.ask(method, address, body, if_match="*").status_code == 200
        assert workshop.ask(method, address, body).status_code == 200


def test_a_weak_tag_counts_and_the_representation_does_not(workshop: Workshop) -> None:
    address, tag = made(workshop)
    version = tag.strip('"').partition("-")[0]
    assert len(version) == 32
    for written in (f'"{version}-html.zh"', f'W/"{version}-x"', f'"{version}"'):
        assert (
            workshop.ask("PATCH", address, {"properties": {"kind": "school"}}, if_match=written).status_code
            == 200
        )


def test_a_strict_layer_wants_to_know_the_state(workshop: Workshop) -> None:
    geometry = {"type": "Point", "coordinates": [116.3, 39.9, 5]}
    address, tag = made(
        workshop, {"type": "Feature", "geometry": geometry, "properties": {"name": "strict"}}, MASTS
    )
    for method, body in (("PATCH", {"properties": {"name": "x"}}), ("DELETE", None)):
        answer = workshop.ask(method, address, body)
        assert (answer.status_code, "If-Match" in answer.json()["detail"]) == (428, True)
    assert workshop.ask("DELETE", address, if_match=tag).status_code == 204


def test_of_two_writers_with_one_state_exactly_one_wins(workshop: Workshop) -> None:
    address, tag = made(workshop)

    def write(name: str) -> int:
        return workshop.ask("PATCH", address, {"properties": {"name": name}}, if_match=tag).status_code

    for round_ in range(8):
        names = [f"writer {round_}.{number}" for number in range(4)]
        with ThreadPoolExecutor(4) as writers:
            statuses = list(writers.map(write, names))
        assert sorted(statuses) == [200, 412, 412, 412]
        winner = workshop.ask("PATCH", address, {})
        assert winner.json()["properties"]["name"] == names[statuses.index(200)]
        tag = winner.headers["etag"]


def test_without_if_match_the_last_one_wins_and_both_are_on_record(workshop: Workshop) -> None:
    address, _ = made(workshop)
    for name in ("first", "second"):
        assert workshop.ask("PATCH", address, {"properties": {"name": name}}).status_code == 200
    key = address.rpartition("/")[2]
    log = workshop.run(
        "SELECT action, username, address, after ->> 'name' FROM audit"
        " WHERE relation = 'place' AND row_key = %s ORDER BY id",
        key,
    )
    assert log == [("insert", CHIEF, "192.0.2.7", "new place"), ("update", CHIEF, "192.0.2.7", "first"),
                   ("update", CHIEF, "192.0.2.7", "second")]  # fmt: skip


@pytest.mark.parametrize(("method", "status"), [("POST", 201), ("PUT", 204), ("PATCH", 204)])
def test_who_wants_the_least_gets_no_body(workshop: Workshop, method: str, status: int) -> None:
    address, _ = made(workshop)
    path = PLACES if method == "POST" else address
    answer = workshop.ask(method, path, place("least"), prefer="handling=strict, return=minimal")
    assert (answer.status_code, answer.content) == (status, b"")
    assert answer.headers["preference-applied"] == "return=minimal"
    assert answer.headers["etag"]
