"""Landing page, conformance, collections, schemas and the definition: what they hold, and when they
changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from openapi_spec_validator import OpenAPIV30SpecValidator

from api.ogc.parameters import ITEM_CHECKS
from api.ogc.resources import OFFERS
from api.ogc.schemas import unit_of
from api.ogc.validators import holds
from layers import extents
from layers.catalogue import Field, layers
from spatial.database import Database, session
from spatial.rights.reader import SYSTEM
from tests.api.ogc.conftest import run_sql
from tests.api.ogc.ets.standard import check_schema

PLOTS = "/ogc/collections/ogc_test_plots"
SIGHTINGS = "/ogc/collections/ogc_test_sightings"
RELATION = "http://www.opengis.net/def/rel/ogc/1.0"
DEFINITION = "application/vnd.oai.openapi+json;version=3.0"
EPSG = "http://www.opengis.net/def/crs/EPSG/0"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
DOCUMENTS = [
    "/ogc",
    "/ogc/openapi",
    "/ogc/conformance",
    "/ogc/functions",
    "/ogc/collections",
    PLOTS,
    f"{PLOTS}/schema",
    f"{PLOTS}/queryables",
    f"{PLOTS}/sortables",
]


def every(document: Any, key: str) -> list[Any]:
    """Collect the values of `key` anywhere in a document."""
    if isinstance(document, list):
        return [found for each in document for found in every(each, key)]
    if not isinstance(document, dict):
        return []
    own = [document[key]] if key in document else []
    return own + [found for each in document.values() for found in every(each, key)]


def test_the_landing_page_has_what_qgis_needs(ogc: httpx.Client) -> None:
    links = ogc.get("/ogc/").json()["links"]
    types = {each["rel"]: each["type"] for each in links if each["rel"] != "alternate"}
    assert types["service-desc"] == DEFINITION
    assert types["data"] == types["conformance"] == "application/json"
    assert set(types) >= {"self", "service-doc", f"{RELATION}/functions"}


@pytest.mark.parametrize("address", ["", "/", "/collections", "/collections/ogc_test_plots", "/conformance/"])
def test_every_link_leads_somewhere_and_stays_here(ogc: httpx.Client, address: str) -> None:
    document = ogc.get(f"/ogc{address}").json()
    for link in every(document, "links"):
        for each in link:
            assert each["href"].startswith(f"{ogc.base_url}".rstrip("/") + "/ogc")
            if each.get("templated") or each["rel"].endswith("/transactions"):
                continue  # what is not read has nothing to lead to
            answer = ogc.get(each["href"])
            assert answer.status_code == 200, each
            assert answer.headers["content-type"].split("; charset")[0] == each["type"], each


def test_conformance_is_what_we_prove_every_time(ogc: httpx.Client) -> None:
    proven = tuple(sorted({each for offer in OFFERS for each in offer.conformance}))
    assert {tuple(ogc.get("/ogc/conformance").json()["conformsTo"]) for _ in range(3)} == {proven}


def test_both_names_of_the_standard_for_schemas_are_declared(ogc: httpx.Client) -> None:
    declared = ogc.get("/ogc/conformance").json()["conformsTo"]
    for standard in ("ogcapi-features-5", "ogcapi-common-3"):
        assert f"http://www.opengis.net/spec/{standard}/1.0/conf/schemas" in declared


def test_a_collection_says_where_when_and_in_which_systems(ogc: httpx.Client) -> None:
    document = ogc.get(SIGHTINGS).json()
    assert document["itemType"] == "feature"
    codes = (4326, 3857, 4490, 4547, 4548, 4549)
    own = ["urn:citygrid:crs:gcj02", "urn:citygrid:crs:bd09"]
    assert document["crs"] == [CRS84, *(f"{EPSG}/{code}" for code in codes), *own]
    assert document["storageCrs"] == CRS84
    assert document["extent"]["spatial"] == {"bbox": [[20.0, -10.0, -179.5, 60.0]], "crs": CRS84}
    assert document["extent"]["temporal"]["interval"] == [["2026-01-01T00:00:00Z", "2026-03-02T00:00:00Z"]]


STORED = """
CREATE TABLE ogc_test_late (id integer PRIMARY KEY, name text, geom geometry({kind}, {srid}));
INSERT INTO ogc_test_late SELECT n, 'x', place FROM unnest(ARRAY[{places}]) WITH ORDINALITY AS one(place, n);
GRANT SELECT ON ogc_test_late TO citygrid_city, citygrid_system;
INSERT INTO layer (name, title, title_en, description, kind, relation, id_column, geometry_column,
                   geometry_type, fields, tile_fields, position, srid, about)
VALUES ('ogc_test_late', '晚', 'Late', '', 'table', 'ogc_test_late', 'id', 'geom', 'point',
        '[{{"name": "id", "type": "integer", "title": "标识", "title_en": "Identifier", "read_only": true}},
          {{"name": "area_m2", "type": "number", "title": "面积", "title_en": "Area", "required": true}},
          {{"name": "level", "type": "integer", "title": "级", "title_en": "Level", "values": [1, 2]}},
          {{"name": "tags", "type": "array", "title": "标签", "title_en": "Tags"}}]',
        '[]', 903, {srid},
        '{{"keywords": ["夜"], "licence": "https://example.org/licence", "attribution": "城管"}}')
"""
POINTS = {
    "around the antimeridian": (4326, "ST_Point(179, 1, 4326), ST_Point(-178, 2, 4326)", (179, 1, -178, 2)),
    "across Greenwich": (
        4326,
        "ST_Point(-100, 1, 4326), ST_Point(5, 3, 4326), ST_Point(90, 2, 4326)",
        (-100, 1, 90, 3),
    ),
    "one point": (4326, "ST_Point(116, 40, 4326)", (116, 40, 116, 40)),
    "in metres": (
        4548,
        "ST_Transform(ST_Point(116.2, 39.9, 4326), 4548), ST_Transform(ST_Point(116.5, 40.1, 4326), 4548)",
        (116.2, 39.9, 116.5, 40.1),
    ),
    "nothing": (4326, "NULL::geometry", None),
}


@pytest.fixture
def stored(request: pytest.FixtureRequest, postgis_url: str, gallery: Database) -> Iterator[Any]:
    """A layer of points in some system; gives the box that holds them."""
    srid, places, box = POINTS[request.param]
    run_sql(postgis_url, STORED.format(kind="Point", srid=srid, places=places))
    yield box
    run_sql(postgis_url, "DELETE FROM layer WHERE name = 'ogc_test_late'; DROP TABLE ogc_test_late")


@pytest.mark.parametrize("stored", sorted(POINTS), indirect=True)
def test_an_extent_is_the_narrowest_box(stored: Any, gallery: Database) -> None:
    with session(gallery, SYSTEM) as connection:
        found = extents.extent(connection, layers(connection)["ogc_test_late"])
    assert (found is None) is (stored is None)
    if found is not None:
        # Around a box that stands straight in its own system there is a little more in degrees.
        assert tuple(found) == pytest.approx(stored, abs=0.003)


def test_an_area_around_the_world_is_that_wide(postgis_url: str, gallery: Database) -> None:
    places = "ST_MakeEnvelope(-180, -60, 180, 60, 4326), ST_MakeEnvelope(-179, -60, -178, 60, 4326)"
    run_sql(postgis_url, STORED.format(kind="Polygon", srid=4326, places=places))
    try:
        with session(gallery, SYSTEM) as connection:
            found = extents.extent(connection, layers(connection)["ogc_test_late"])
    finally:
        run_sql(postgis_url, "DELETE FROM layer WHERE name = 'ogc_test_late'; DROP TABLE ogc_test_late")
    assert found == (-180, -60, 180, 60)


def until_listed(ogc: httpx.Client, name: str) -> dict[str, Any]:
    """Wait until a collection is published: a second at most, unless the machine is busy."""
    for _ in range(100):
        answer = ogc.get(f"/ogc/collections/{name}", params={"lang": "en"})
        if answer.status_code == 200:
            return answer.json()
    raise AssertionError(f"{name} was never published")


@pytest.mark.parametrize("stored", ["in metres"], indirect=True)
def test_a_layer_in_metres_names_its_system_and_its_credits(stored: Any, ogc: httpx.Client) -> None:
    import time

    time.sleep(1.2)
    document = until_listed(ogc, "ogc_test_late")
    assert document["storageCrs"] == f"{EPSG}/4548"
    assert document["storageCrs"] in document["crs"]
    assert (document["keywords"], document["attribution"], document["license"]) == (["夜"], "城管", "other")
    [licence] = [each["href"] for each in document["links"] if each["rel"] == "license"]
    assert licence == "https://example.org/licence"
    assert document["defaultSortOrder"] == ["id"]
    schema = ogc.get("/ogc/collections/ogc_test_late/schema?lang=en").json()
    check_schema(schema)
    assert schema["required"] == ["area_m2"]
    found = schema["properties"]
    assert found["area_m2"] == {
        "type": "number",
        "title": "Area",
        "x-ogc-unit": "m2",
        "x-ogc-propertySeq": 3,
    }
    assert (found["level"]["enum"], found["id"]["readOnly"], found["id"]["x-ogc-role"]) == (
        [1, 2],
        True,
        "id",
    )
    sortables = ogc.get("/ogc/collections/ogc_test_late/sortables").json()
    assert list(sortables["properties"]) == ["id", "area_m2", "level"]


@pytest.mark.parametrize(
    ("name", "kind", "unit"),
    [
        ("area_m2", "number", "m2"),
        ("flow_m3h", "number", "m3/h"),
        ("height_m", "integer", "m"),
        ("name_m", "string", None),
        ("m", "number", None),
        ("storeys", "integer", None),
    ],
)
def test_a_measure_names_its_unit(name: str, kind: str, unit: str | None) -> None:
    assert unit_of(Field(name, kind, "", "")) == unit


def test_titles_come_in_the_language_asked_for(ogc: httpx.Client) -> None:
    assert ogc.get(SIGHTINGS).json()["title"] == "目击"
    assert ogc.get(SIGHTINGS, params={"lang": "en"}).json()["title"] == "Sightings"
    answer = ogc.get(SIGHTINGS, headers={"accept-language": "en-GB,en;q=0.9,zh;q=0.8"})
    assert (answer.json()["title"], answer.headers["content-language"]) == ("Sightings", "en")


@pytest.mark.parametrize("header", ["zh;q=0.9", "xx-YY", "*", ";;;,,,q=", "en;q=0", "\xff", "a" * 5000])
def test_no_language_header_breaks_the_door(ogc: httpx.Client, header: str) -> None:
    answer = ogc.get(SIGHTINGS, headers=[(b"accept-language", header.encode("latin-1"))])
    assert (answer.status_code, answer.json()["title"]) == (200, "目击")


GEOMETRY = {"title": "Geometry", "format": "geometry-point-or-multipoint", "x-ogc-role": "primary-geometry"}
KIND = {"type": "string", "title": "Kind"}
SEEN = {"type": "string", "format": "date-time", "title": "Seen at", "x-ogc-role": "primary-instant"}
IDENTIFIER = {"type": "string", "title": "Identifier", "readOnly": True, "x-ogc-role": "id"}
SCHEMAS = {
    "schema": {"id": IDENTIFIER, "geometry": GEOMETRY, "kind": KIND, "seen_at": SEEN},
    "queryables": {"geometry": GEOMETRY, "kind": KIND, "seen_at": SEEN},
    "sortables": {"kind": KIND, "seen_at": SEEN},
}


@pytest.mark.parametrize("kind", sorted(SCHEMAS))
def test_a_schema_has_types_roles_titles_and_an_order(ogc: httpx.Client, kind: str) -> None:
    answer = ogc.get(f"{SIGHTINGS}/{kind}?lang=en")
    assert answer.headers["content-type"] == "application/schema+json"
    document = answer.json()
    check_schema(document)
    assert document["$id"] == str(ogc.base_url.join(f"{SIGHTINGS}/{kind}"))
    assert (document["title"], document["description"]) == ("Sightings", "Points in time")
    assert document.get("additionalProperties", True) is (kind == "schema")
    numbered = {
        name: {**each, "x-ogc-propertySeq": number}
        for number, (name, each) in enumerate(SCHEMAS[kind].items(), 1)
    }
    assert document["properties"] == numbered
    assert list(document["properties"]) == list(numbered)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("plots", {"ogc_test_plots"}),
        ("目击", {"ogc_test_sightings"}),
        ("POINTS time", {"ogc_test_sightings"}),
        ("points nothing", set()),
        ("nothing, plots,", {"ogc_test_plots"}),
        ("nothing， 目击", {"ogc_test_sightings"}),
        ("ogc_test_ <i>", {"ogc_test_plots"}),
    ],
)
def test_collections_are_found_by_words(ogc: httpx.Client, words: str, found: set[str]) -> None:
    listed = ogc.get("/ogc/collections", params={"q": words}).json()["collections"]
    assert {each["id"] for each in listed} == found


@pytest.mark.parametrize("query", ["q=a&q=b", f"q={'a' * 201}", "Q=a"])
def test_a_search_that_cannot_be_is_refused(ogc: httpx.Client, query: str) -> None:
    assert ogc.get(f"/ogc/collections?{query}").status_code == 400


@pytest.mark.parametrize("address", DOCUMENTS)
@pytest.mark.parametrize("query", ["", "?f=html"])
def test_who_has_a_document_is_not_sent_it_again(ogc: httpx.Client, address: str, query: str) -> None:
    first = ogc.get(address + query)
    etag = first.headers["etag"]
    assert etag.startswith('W/"')
    for given in (etag, etag.removeprefix("W/"), f'"other", {etag}', "*"):
        again = ogc.get(address + query, headers={"if-none-match": given})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
        assert (again.headers["vary"], again.headers["cache-control"]) == (
            first.headers["vary"],
            first.headers["cache-control"],
        )
    assert ogc.get(address + query, headers={"if-none-match": '"other"'}).status_code == 200
    assert ogc.head(address + query, headers={"if-none-match": etag}).status_code == 304


def test_each_form_language_and_address_has_its_own_tag(ogc: httpx.Client) -> None:
    answers = [
        ogc.get(PLOTS),
        ogc.get(f"{PLOTS}?lang=en"),
        ogc.get(f"{PLOTS}?f=html"),
        ogc.get(f"{PLOTS}?f=html&lang=en"),
        ogc.get(PLOTS, headers={"host": "other.example"}),
    ]
    assert len({each.headers["etag"] for each in answers}) == len(answers)


def test_a_tag_changes_with_the_catalogue(ogc: httpx.Client, postgis_url: str) -> None:
    import time

    before = ogc.get(PLOTS).headers["etag"]
    run_sql(postgis_url, "UPDATE layer SET title = '地块<c>' WHERE name = 'ogc_test_plots'")
    try:
        time.sleep(1.2)
        ogc.get(PLOTS)
        time.sleep(0.2)
        after = ogc.get(PLOTS, headers={"if-none-match": before})
    finally:
        run_sql(postgis_url, "UPDATE layer SET title = '地块<b>' WHERE name = 'ogc_test_plots'")
        time.sleep(1.2)
    assert (after.status_code, after.json()["title"]) == (200, "地块<c>")


@pytest.mark.parametrize("header", ["", '"', "W/", ",,,", '""', "\xff", '"a' * 1000])
def test_no_if_none_match_breaks_the_comparison(header: str) -> None:
    assert not holds(header, 'W/"abc"')


def test_the_definition_is_valid_whole_and_points_nowhere_else(ogc: httpx.Client) -> None:
    document = ogc.get("/ogc/openapi").json()
    assert list(OpenAPIV30SpecValidator(document).iter_errors()) == []
    assert document["servers"] == [{"url": str(ogc.base_url.join("/ogc"))}]
    references = every(document, "$ref")
    assert references
    for reference in references:
        found: Any = document
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]
    identifiers = every(document["paths"], "operationId")
    assert len(identifiers) == len(set(identifiers))


@pytest.mark.parametrize("address", DOCUMENTS)
def test_each_path_of_the_definition_is_there_and_takes_its_parameters(
    ogc: httpx.Client, address: str
) -> None:
    document = ogc.get("/ogc/openapi").json()
    operation = document["paths"][address.removeprefix("/ogc") or "/"]["get"]
    names = {each["$ref"].rsplit("/", 1)[1] for each in operation["parameters"]}
    assert names == ({"f", "lang", "q"} if address == "/ogc/collections" else {"f", "lang"})
    assert ogc.get(address).status_code == 200


def test_gis_clients_find_the_page_size_where_they_look(ogc: httpx.Client) -> None:
    document = ogc.get("/ogc/openapi").json()
    limit = document["components"]["parameters"]["limit"]["schema"]
    assert (limit["maximum"], limit["default"]) == (10_000, 10)
    operation = document["paths"]["/collections/ogc_test_plots/items"]["get"]
    assert {"$ref": "#/components/parameters/limit"} in operation["parameters"]
    bbox = document["components"]["parameters"]["bbox"]
    assert (bbox["schema"]["minItems"], bbox["schema"]["maxItems"]) == (4, 6)
    assert (bbox["style"], bbox["explode"]) == ("form", False)


def test_gdal_finds_the_name_of_the_filter_language_that_it_knows(ogc: httpx.Client) -> None:
    languages = ogc.get("/ogc/openapi").json()["components"]["parameters"]["filter-lang"]["schema"]["enum"]
    assert languages == ["cql2-text", "cql2-json", "cql-text"]


def test_the_definition_names_each_parameter_that_the_door_takes_and_no_other(ogc: httpx.Client) -> None:
    document = ogc.get("/ogc/openapi").json()
    operation = document["paths"]["/collections/ogc_test_plots/items"]["get"]
    names = [each.get("name") or each["$ref"].rsplit("/", 1)[1] for each in operation["parameters"]]
    assert len(names) == len(set(names))
    for name in names:
        answer = ogc.get(f"{PLOTS}/items", params={name: "\x01"})
        reasons = [each["reason"] for each in answer.json().get("errors", [])]
        assert not any("not a parameter" in reason for reason in reasons), name
    assert set(ITEM_CHECKS) <= set(names)
