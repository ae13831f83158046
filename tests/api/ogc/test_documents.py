"""Landing page, conformance, collections, schemas and the definition."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from api.ogc.resources import OFFERS

PLOTS = "/ogc/collections/ogc_test_plots"
SIGHTINGS = "/ogc/collections/ogc_test_sightings"
RELATION = "http://www.opengis.net/def/rel/ogc/1.0"
DEFINITION = "application/vnd.oai.openapi+json;version=3.0"


def every(document: Any, key: str) -> list[Any]:
    """Collect the values of `key` anywhere in a document."""
    if isinstance(document, list):
        return [found for each in document for found in every(each, key)]
    if not isinstance(document, dict):
        return []
    own = [document[key]] if key in document else []
    return own + [found for each in document.values() for found in every(each, key)]


def test_the_landing_page_has_what_qgis_needs_and_nothing_that_is_not_there(ogc: httpx.Client) -> None:
    links = ogc.get("/ogc/").json()["links"]
    types = {each["rel"]: each["type"] for each in links if each["rel"] != "alternate"}
    assert types["service-desc"] == DEFINITION
    assert types["data"] == types["conformance"] == "application/json"
    assert set(types) == {"self", "service-desc", "service-doc", "conformance", "data"}


@pytest.mark.parametrize("address", ["", "/", "/collections", "/collections/ogc_test_plots", "/conformance/"])
def test_every_link_leads_somewhere_and_stays_here(ogc: httpx.Client, address: str) -> None:
    document = ogc.get(f"/ogc{address}").json()
    for link in every(document, "links"):
        for each in link:
            assert each["href"].startswith(f"{ogc.base_url}".rstrip("/") + "/ogc")
            answer = ogc.get(each["href"])
            assert answer.status_code == 200, each
            assert answer.headers["content-type"].split("; charset")[0] == each["type"], each


def test_conformance_is_what_we_prove_every_time(ogc: httpx.Client) -> None:
    proven = tuple(sorted({each for offer in OFFERS for each in offer.conformance}))
    assert {tuple(ogc.get("/ogc/conformance").json()["conformsTo"]) for _ in range(3)} == {proven}


def test_a_collection_says_where_when_and_in_which_system(ogc: httpx.Client) -> None:
    document = ogc.get(SIGHTINGS).json()
    assert document["itemType"] == "feature"
    assert document["crs"] == ["http://www.opengis.net/def/crs/OGC/1.3/CRS84"]
    assert document["storageCrs"] == document["crs"][0]
    assert document["extent"]["spatial"]["bbox"] == [[-179.5, -10.0, 179.5, 60.0]]
    assert document["extent"]["temporal"]["interval"] == [["2026-01-01T00:00:00Z", "2026-03-02T00:00:00Z"]]


def test_titles_come_in_the_language_asked_for(ogc: httpx.Client) -> None:
    assert ogc.get(SIGHTINGS).json()["title"] == "目击"
    assert ogc.get(SIGHTINGS, params={"lang": "en"}).json()["title"] == "Sightings"
    answer = ogc.get(SIGHTINGS, headers={"accept-language": "en-GB,en;q=0.9,zh;q=0.8"})
    assert (answer.json()["title"], answer.headers["content-language"]) == ("Sightings", "en")


@pytest.mark.parametrize("header", ["zh;q=0.9", "xx-YY", "*", ";;;,,,q=", "en;q=0", "\xff", "a" * 5000])
def test_no_language_header_breaks_the_door(ogc: httpx.Client, header: str) -> None:
    answer = ogc.get(SIGHTINGS, headers=[(b"accept-language", header.encode("latin-1"))])
    assert (answer.status_code, answer.json()["title"]) == (200, "目击")


@pytest.mark.parametrize("kind", ["queryables", "schema"])
def test_a_schema_has_types_roles_and_titles(ogc: httpx.Client, kind: str) -> None:
    answer = ogc.get(f"{SIGHTINGS}/{kind}?lang=en")
    assert answer.headers["content-type"] == "application/schema+json"
    document = answer.json()
    assert document["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert document["$id"] == str(ogc.base_url.join(f"{SIGHTINGS}/{kind}"))
    assert document["properties"] == {
        "geometry": {"format": "geometry-point-or-multipoint", "x-ogc-role": "primary-geometry"},
        "kind": {"type": "string", "title": "Kind"},
        "seen_at": {
            "type": "string",
            "format": "date-time",
            "title": "Seen at",
            "x-ogc-role": "primary-instant",
        },
    }


def test_the_definition_is_whole_and_points_nowhere_else(ogc: httpx.Client) -> None:
    document = ogc.get("/ogc/openapi").json()
    assert document["servers"] == [{"url": str(ogc.base_url.join("/ogc"))}]
    references = every(document, "$ref")
    assert references
    for reference in references:
        found: Any = document
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]
    identifiers = every(document, "operationId")
    assert len(identifiers) == len(set(identifiers))


def test_gis_clients_find_the_page_size_where_they_look(ogc: httpx.Client) -> None:
    document = ogc.get("/ogc/openapi").json()
    limit = document["components"]["parameters"]["limit"]["schema"]
    assert (limit["maximum"], limit["default"]) == (10_000, 10)
    operation = document["paths"]["/collections/ogc_test_plots/items"]["get"]
    assert {"$ref": "#/components/parameters/limit"} in operation["parameters"]
    bbox = document["components"]["parameters"]["bbox"]
    assert (bbox["schema"]["minItems"], bbox["schema"]["maxItems"]) == (4, 6)
    assert (bbox["style"], bbox["explode"]) == ("form", False)


def test_the_definition_names_each_parameter_that_the_door_takes_and_no_other(ogc: httpx.Client) -> None:
    document = ogc.get("/ogc/openapi").json()
    operation = document["paths"]["/collections/ogc_test_plots/items"]["get"]
    names = [each.get("name") or each["$ref"].rsplit("/", 1)[1] for each in operation["parameters"]]
    assert len(names) == len(set(names))
    for name in names:
        answer = ogc.get(f"{PLOTS}/items", params={name: "\x01"})
        reasons = [each["reason"] for each in answer.json().get("errors", [])]
        assert not any("not a parameter" in reason for reason in reasons), name
