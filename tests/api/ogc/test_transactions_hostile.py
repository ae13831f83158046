"""Bad bodies: each is refused with the place that is wrong, and nothing changes, whatever was sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.api.ogc.workshop import GEOJSON, PATCH, Workshop, place
from tests.api.small_server import small_server
from tests.spatial.rights.town import GRIDS

PLACES, PLOTS, DRAINS = "collections/places/items", "collections/plots/items", "collections/drains/items"
MASTS, ANYTHING = "collections/masts/items", "collections/anything/items"
COMPONENTS = "collections/components/items"
LOCAL = "http://www.opengis.net/def/crs/EPSG/0/4548"
LAT_LON = "http://www.opengis.net/def/crs/EPSG/0/4326"


def at(coordinates: Any, kind: str = "Point") -> dict[str, Any]:
    return {**place(), "geometry": {"type": kind, "coordinates": coordinates}}


def plot(coordinates: Any = None, kind: str = "Polygon", **properties: Any) -> dict[str, Any]:
    ring = [[[116.3, 39.9], [116.31, 39.9], [116.31, 39.91], [116.3, 39.9]]]
    return {
        "type": "Feature",
        "geometry": {"type": kind, "coordinates": ring if coordinates is None else coordinates},
        "properties": {"name": "plot", **properties},
    }


def without(feature: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in feature.items() if name not in names}


def deep(levels: int) -> bytes:
    return b'{"type":"Feature","geometry":null,"properties":{"more":' + b"[" * levels + b"]" * levels + b"}}"


BOWTIE = [[[0, 0], [1, 1], [0, 1], [1, 0], [0, 0]]]
HOLE_OUTSIDE = [[[0, 0], [1, 0], [1, 1], [0, 0]], [[5, 5], [6, 5], [6, 6], [5, 5]]]

# (items, body, where the mistake is); bodies as bytes are sent as they are.
BAD: list[tuple[str, Any, str]] = [
    # No JSON, or not a feature.
    (PLACES, b"", "body"),
    (PLACES, b"{", "body"),
    (PLACES, b"not json", "body"),
    (PLACES, b"\xff\xfe{}", "body"),
    (PLACES, b'{"type":"Feature","geometry":null,"properties":{"name":"\xc3\x28"}}', "body"),
    (PLACES, b'{"type":"Feature","geometry":{"type":"Point","coordinates":[NaN,1]},"properties":{}}', "body"),
    (PLACES, b'{"type":"Feature","geometry":{"type":"Point","coordinates":[Infinity,1]},"properties":{}}',
     "body"),
    (PLACES, deep(40), "body"),
    (PLACES, deep(100_000), "body"),
    (PLACES, b"null", "body"),
    (PLACES, [], "body"),
    (PLACES, "Feature", "body"),
    (PLACES, {}, "type"),
    (PLACES, {**place(), "type": "feature"}, "type"),
    (PLACES, {**place(), "type": ["Feature"]}, "type"),
    (PLACES, without(place(), "type"), "type"),
    (PLACES, without(place(), "geometry"), "geometry"),
    (PLACES, without(place(), "properties"), "properties"),
    (PLACES, {**place(), "properties": []}, "properties"),
    (PLACES, {**place(), "properties": "kind"}, "properties"),
    (PLACES, {**place(), "id": ["a"]}, "id"),
    (PLACES, {**place(), "id": True}, "id"),
    (PLACES, {**place(), "id": "a\x00b"}, "id"),
    (PLACES, {**place(), "crs": {"type": "name", "properties": {"name": LOCAL}}}, "crs"),
    (PLACES, {**place(), "crs": 4326}, "crs"),
    (PLACES, {"type": "FeatureCollection"}, "features"),
    (PLACES, {"type": "FeatureCollection", "features": {}}, "features"),
    (PLACES, {"type": "FeatureCollection", "features": [place(), 5]}, "features[1]"),
    (PLACES, {"type": "FeatureCollection", "features": [place(), place(name=None)]},
     "features[1].properties.name"),
    (PLACES, {"type": "FeatureCollection", "features": [place(), at([1, 95])]}, "features[1].geometry"),
    # Geometries.
    (PLACES, {**place(), "geometry": None}, "geometry"),
    (PLACES, {**place(), "geometry": "POINT(1 2)"}, "geometry"),
    (PLACES, {**place(), "geometry": [1, 2]}, "geometry"),
    (PLACES, {**place(), "geometry": {"type": "Point"}}, "geometry.coordinates"),
    (PLACES, {**place(), "geometry": {"coordinates": [1, 2]}}, "geometry.type"),
    (PLACES, {**place(), "geometry": {"type": "point", "coordinates": [1, 2]}}, "geometry.type"),
    (PLACES, {**place(), "geometry": {"type": {}, "coordinates": [1, 2]}}, "geometry.type"),
    (PLACES, {**place(), "geometry": {"type": "GeometryCollection", "geometries": []}}, "geometry.type"),
    (PLACES, at([]), "geometry.coordinates"),
    (PLACES, at([1]), "geometry.coordinates"),
    (PLACES, at([1, 2, 3, 4]), "geometry.coordinates"),
    (PLACES, at(["116.3", "39.9"]), "geometry.coordinates"),
    (PLACES, at([None, 39.9]), "geometry.coordinates"),
    (PLACES, at([True, False]), "geometry.coordinates"),
    (PLACES, at([[116.3, 39.9]]), "geometry.coordinates"),
    (PLACES, at({"lon": 1}), "geometry.coordinates"),
    (PLACES, at([116.3, 39.9, 12.5]), "geometry.coordinates"),
    (PLACES, at([39.9, 116.3]), "geometry"),
    (PLACES, at([181, 0]), "geometry"),
    (PLACES, at([0, -90.000001]), "geometry"),
    (PLACES, b'{"type":"Feature","geometry":{"type":"Point","coordinates":[1e308,1e308]},"properties":{}}',
     "properties.kind"),
    (PLACES, at([[116.3, 39.9], [116.4, 39.9]], "MultiPoint"), "geometry.type"),
    (PLACES, at([[116.3, 39.9], [116.4, 39.9]], "LineString"), "geometry.type"),
    (PLOTS, plot([]), "geometry"),
    (PLOTS, plot([[]]), "geometry.coordinates[0]"),
    (PLOTS, plot([[[0, 0], [1, 1], [0, 0]]]), "geometry.coordinates[0]"),
    (PLOTS, plot([[[0, 0], [1, 0], [1, 1], [0, 1]]]), "geometry.coordinates[0]"),
    (PLOTS, plot([[[0, 0], [1, 0], [1, "a"], [0, 0]]]), "geometry.coordinates[0][2]"),
    (PLOTS, plot([[[0, 0], [1, 0, 5], [1, 1], [0, 0]]]), "geometry.coordinates"),
    (PLOTS, plot(BOWTIE), "geometry"),
    (PLOTS, plot(HOLE_OUTSIDE), "geometry"),
    (PLOTS, plot([[[0, 0], [0, 0], [0, 0], [0, 0]]]), "geometry"),
    (PLOTS, plot([BOWTIE, BOWTIE], "MultiPolygon"), "geometry"),
    (PLOTS, plot([[[[0, 0], [1, 0], [1, 1]]]], "MultiPolygon"), "geometry.coordinates[0][0]"),
    (DRAINS, {**plot([[0, 0]], "LineString"), "properties": {"code": "X"}}, "geometry.coordinates"),
    (DRAINS, {**plot([[0, 0], [0, 0]], "LineString"), "properties": {"code": "X"}}, "geometry"),
    (DRAINS, {**plot([[0, 0], [1, 1]], "LineString"), "properties": {}}, "properties.code"),
    (DRAINS, {**plot([[116.3, 39.9], [116.4, 39.9]], "LineString"), "properties": {"code": "a\x00"}},
     "properties.code"),
    (ANYTHING, {**plot(), "geometry": {"type": "GeometryCollection", "geometries": 5}},
     "geometry.geometries"),
    (
        ANYTHING,
        {**plot(), "geometry": {"type": "GeometryCollection", "geometries": [at([0])["geometry"]]}},
        "geometry.geometries[0].coordinates",
    ),
    # Attributes.
    (PLACES, place(name=None), "properties.name"),
    (PLACES, place(name="  "), "properties.name"),
    (PLACES, place(name=5), "properties.name"),
    (PLACES, place(name="nul\x00"), "properties.name"),
    (PLACES, place(kind={}), "properties.kind"),
    (PLACES, place(risk_level=5), "properties.risk_level"),
    (PLACES, place(risk_level="2"), "properties.risk_level"),
    (PLACES, place(risk_level=2.5), "properties.risk_level"),
    (PLACES, place(risk_level=True), "properties.risk_level"),
    (PLACES, place(nonsense=1), "properties.nonsense"),
    (PLACES, place(**{"name; DROP TABLE place": 1}), "properties.name; DROP TABLE place"),
    (PLACES, place(geom="POINT(0 0)"), "properties.geom"),
    (PLACES, place(created_at="2020-01-01"), "properties.created_at"),
    (PLACES, place(unit_code=GRIDS[5]), "properties.unit_code"),
    (PLACES, place(generated=True), "properties.generated"),
    (PLOTS, plot(name="a" * 21), "properties.name"),
    (PLOTS, plot(storeys=32768), "properties.storeys"),
    (PLOTS, plot(storeys=-32769), "properties.storeys"),
    (PLOTS, plot(floors=2**31), "properties.floors"),
    (PLOTS, plot(floors=10**30), "properties.floors"),
    (PLOTS, plot(floors=1e20), "properties.floors"),
    (PLOTS, plot(height_m="12"), "properties.height_m"),
    (PLOTS, plot(height_m=[1]), "properties.height_m"),
    (PLOTS, plot(price=1e7), "feature"),
    (PLOTS, plot(listed=1), "properties.listed"),
    (PLOTS, plot(listed="true"), "properties.listed"),
    (PLOTS, plot(built_on="31.01.2026"), "properties.built_on"),
    (PLOTS, plot(built_on="2026-02-30"), "properties.built_on"),
    (PLOTS, plot(built_on="2026-01-31T10:00:00Z"), "properties.built_on"),
    (PLOTS, plot(seen_at="2026-01-31"), "properties.seen_at"),
    (PLOTS, plot(seen_at="2026-01-31T25:00:00Z"), "properties.seen_at"),
    (PLOTS, plot(seen_at="0001-01-01T00:00:00+14:00"), "properties.seen_at"),
    (PLOTS, plot(seen_at=1769846400), "properties.seen_at"),
    (PLOTS, plot(tags="a"), "properties.tags"),
    (PLOTS, plot(tags=[1]), "properties.tags"),
    (PLOTS, plot(tags=["a\x00"]), "properties.tags"),
    (PLOTS, plot(more={"a": "\x00"}), "properties.more"),
    (PLOTS, plot(grade="C"), "properties.grade"),
    (PLOTS, plot(grade="a"), "properties.grade"),
    (MASTS, {**at([116.3, 39.9, 1]), "properties": {"plot_id": 10**6}}, "properties.plot_id"),
    (MASTS, {**at([116.3, 39.9, 1]), "properties": {"name": "forbidden"}}, "properties.name"),
    (COMPONENTS, {**place(), "properties": {"name": "c", "state": "new", "class_code": "01001"}},
     "properties.state"),
    (COMPONENTS, {**place(), "properties": {"name": "c", "state": "intact"}}, "properties.class_code"),
    (
        COMPONENTS,
        {**place(), "properties": {"name": "c", "state": "intact", "class_code": "01001", "code": "17"}},
        "properties.code",
    ),
]  # fmt: skip


def places_of(answer: httpx.Response) -> set[str]:
    return {each["where"] for each in answer.json()["errors"]}


@pytest.fixture(autouse=True)
def untouched(workshop: Workshop) -> Any:
    before = workshop.digest()
    yield
    assert workshop.digest() == before


@pytest.mark.parametrize(
    ("items", "body", "where"), BAD, ids=[f"{n} {where}" for n, (_, _, where) in enumerate(BAD)]
)
def test_a_bad_feature_is_refused_where_it_is_wrong(
    workshop: Workshop, items: str, body: Any, where: str
) -> None:
    answer = workshop.ask("POST", items, body)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json"), (
        answer.text
    )
    assert where in places_of(answer)
    assert len(places_of(answer)) == 1 or isinstance(body, bytes) or not body


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_bad_feature_replaces_nothing(workshop: Workshop, method: str) -> None:
    tried = 0
    for items, body, _ in BAD:
        if items == PLACES and not (isinstance(body, dict) and body.get("type") == "FeatureCollection"):
            # What is missing of a whole feature is no mistake in a patch: a condition that cannot hold.
            answer = workshop.ask(method, f"{PLACES}/1", body, if_none_match="*" if method == "PATCH" else "")
            assert answer.status_code == (400 if method == "PUT" or answer.status_code != 412 else 412), body
            tried += answer.status_code == 400
    assert tried > (30 if method == "PUT" else 5)


BAD_PATCHES: list[tuple[Any, str]] = [
    ([], "body"),
    ({"properties": None}, "properties"),
    ({"properties": []}, "properties"),
    ({"type": "Polygon"}, "type"),
    ({"id": "2"}, "id"),
    ({"id": None}, "id"),
    ({"geometry": None}, "geometry"),
    ({"geometry": {}}, "geometry.type"),
    ({"properties": {"name": None}}, "properties.name"),
    ({"properties": {"risk_level": 9}}, "properties.risk_level"),
    ({"properties": {"unit_code": "1"}}, "properties.unit_code"),
    ({"properties": {"id": 2}}, "properties.id"),
    ({"properties": {"colour": None}}, "properties.colour"),
]


@pytest.mark.parametrize(("patch", "where"), BAD_PATCHES)
def test_a_bad_patch_is_refused_where_it_is_wrong(workshop: Workshop, patch: Any, where: str) -> None:
    answer = workshop.ask("PATCH", f"{PLACES}/1", patch)
    assert (answer.status_code, places_of(answer)) == (400, {where})


@pytest.mark.parametrize(
    ("headers", "status", "where"),
    [
        ({"content_crs": "nonsense"}, 400, "Content-Crs"),
        ({"content_crs": "<http://www.opengis.net/def/crs/EPSG/0/99999>"}, 400, "Content-Crs"),
        ({"content_crs": "http://www.opengis.net/def/crs/EPSG/0/4513"}, 400, "Content-Crs"),
        ({"content_crs": LOCAL}, 400, "geometry"),
        ({"content_crs": LAT_LON}, 400, "geometry"),
        ({"content_type": "text/html"}, 415, None),
        ({"content_type": ""}, 400, "Content-Type"),
        ({"content_type": ";"}, 415, None),
    ],
)
def test_bad_headers(workshop: Workshop, headers: dict[str, str], status: int, where: str | None) -> None:
    answer = workshop.ask("POST", PLACES, place(), **headers)
    assert answer.status_code == status
    assert where is None or places_of(answer) == {where}


@pytest.mark.parametrize(
    ("system", "coordinates", "hint"),
    [
        (None, [39.9, 116.3], "longitude, latitude; are the two swapped?"),
        (LAT_LON, [116.3, 39.9], "latitude, longitude; are the two swapped?"),
        (LOCAL, [440000, 4420000], "northing, easting; are the two swapped?"),
    ],
)
def test_swapped_axes_are_guessed(
    workshop: Workshop, system: str | None, coordinates: Any, hint: str
) -> None:
    answer = workshop.ask("POST", PLACES, at(coordinates), content_crs=system or "")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["reason"].endswith(hint)


def test_the_fault_of_a_polygon_is_told_with_its_place(workshop: Workshop) -> None:
    """In the order of axes that it was sent in."""
    bowtie = [[[39.9, 116.3], [39.91, 116.31], [39.91, 116.3], [39.9, 116.31], [39.9, 116.3]]]
    answer = workshop.ask("POST", PLOTS, plot(bowtie), content_crs=LAT_LON)
    assert answer.json()["errors"] == [
        {"where": "geometry", "reason": "is not valid: self-intersection at 39.905, 116.305"}
    ]


def test_of_very_many_mistakes_a_hundred_are_told(workshop: Workshop) -> None:
    body = {"type": "FeatureCollection", "features": [place(name=None)] * 500}
    answer = workshop.ask("POST", PLACES, body)
    assert (answer.status_code, len(answer.json()["errors"])) == (400, 100)


def test_no_more_features_than_can_be_worked_on(workshop: Workshop) -> None:
    body = {"type": "FeatureCollection", "features": [{}] * 20_001}
    answer = workshop.ask("POST", PLACES, body)
    assert (answer.status_code, places_of(answer)) == (400, {"features"})


def test_a_body_of_too_many_values_is_not_parsed(workshop: Workshop) -> None:
    answer = workshop.ask("POST", PLACES, b"[" + b"[]," * 3_000_001 + b"[]]")
    assert (answer.status_code, places_of(answer)) == (400, {"body"})


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.sampled_from([116.3, 39.9, "Feature", "Point", "Polygon"]),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.text(max_size=5)
        | st.sampled_from(["type", "geometry", "properties", "coordinates", "id", "name", "features"]),
        inner, max_size=4,
    ),
    max_leaves=20,
)  # fmt: skip


@given(
    method=st.sampled_from(["POST", "PUT", "PATCH"]),
    geometry=JSON_VALUES,
    properties=JSON_VALUES,
    whole=st.booleans(),
)
@example(
    method="POST",
    geometry={"type": "Point", "coordinates": [1.0, 2.0, float("nan")]},
    properties={},
    whole=True,
)
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_made_up_is_refused_quietly(
    workshop: Workshop, method: str, geometry: Any, properties: Any, whole: bool
) -> None:
    """`name` alone is not enough for a place, and no made-up geometry is changed into one."""
    feature = {"type": "Feature", "geometry": geometry, "properties": properties} if whole else geometry
    path = PLACES if method == "POST" else f"{PLACES}/1"
    kind = PATCH if method == "PATCH" else GEOJSON
    answer = workshop.ask(method, path, json.dumps(feature).encode(), content_type=kind)
    assert 400 <= answer.status_code < 500 or (method == "PATCH" and answer.status_code == 200), answer.text


def test_large_bodies_are_for_creating_only(workshop: Workshop) -> None:
    """What the limits in front let through: 64 MiB to create, the usual size to change one feature."""
    from api.ogc.app import ogc_app
    from spatial.settings import Settings
    from tests.api.ogc.workshop import CHIEF, in_name_of

    door = ogc_app(workshop.database)
    app = in_name_of(door, workshop.readers)
    headers = {"x-test-reader": CHIEF, "content-type": GEOJSON}

    def sends(takes: Callable[[str], bool], method: str, path: str, size: int) -> int:
        with small_server(Settings(max_body_kb=64), app, takes_files=takes) as port:
            body = b" " * size
            url = f"http://127.0.0.1:{port}/ogc/{path}"
            return httpx.request(method, url, content=body, headers=headers, timeout=60).status_code

    assert sends(door.takes_files, "POST", PLACES, 2**20) == 400
    assert sends(door.takes_files, "POST", "transactions", 2**20) in (400, 415)
    assert sends(door.takes_files, "POST", PLACES, 64 * 2**20 + 1) == 413
    assert sends(door.takes_files, "PUT", f"{PLACES}/1", 2**20) == 413
    assert sends(door.takes_files, "POST", "collections", 2**20) == 413
