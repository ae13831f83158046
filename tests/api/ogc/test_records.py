"""The catalogue as records, and each layer's metadata as ISO 19139."""

from __future__ import annotations

import time
import xml.etree.ElementTree as ElementTree

import httpx
import pytest
from jsonschema import Draft202012Validator
from lxml import etree
from owslib.iso import MD_Metadata
from owslib.ogcapi.records import Records
from psycopg.types.json import Jsonb

from spatial.database import connect

ABOUT = {
    "keywords": ["道路", "roads & <rails>"],
    "themes": ["交通"],
    "licence": "CC BY 4.0",
    "attribution": "© 测绘院",
    "lineage": "Drawn\x0b by hand",
    "contact": {"name": "张三", "organisation": "测绘院", "email": "z@example.org", "phone": "010"},
    "group": "交通/道路",
}


@pytest.fixture(scope="module", autouse=True)
def described(postgis_url: str, gallery: object) -> None:
    with connect(postgis_url) as owner:
        owner.execute("UPDATE layer SET about = %s WHERE name = 'ogc_test_plots'", [Jsonb(ABOUT)])


def ids(ogc: httpx.Client, **query: str) -> list[str]:
    answer = ogc.get("/ogc/collections/catalogue/items", params={"limit": "100", **query})
    assert answer.status_code == 200, answer.text
    return [each["id"] for each in answer.json()["features"]]


def test_the_catalogue_is_a_collection_of_records(ogc: httpx.Client) -> None:
    body = ogc.get("/ogc/collections/catalogue").json()
    assert body["itemType"] == "record"
    (items,) = [each["href"] for each in body["links"] if each["rel"] == "items"]
    page = ogc.get(items).json()
    assert page["numberMatched"] == len(ogc.get("/ogc/collections").json()["collections"])
    assert page["numberReturned"] == len(page["features"]) == 10
    landing = ogc.get("/ogc").json()
    assert any(
        each["rel"].endswith("/ogc-catalog") and each["href"].endswith("/catalogue")
        for each in landing["links"]
    )
    assert (
        "http://www.opengis.net/spec/ogcapi-records-1/1.0/conf/record-core"
        in ogc.get("/ogc/conformance").json()["conformsTo"]
    )


RECORD = {
    "type": "object",
    "required": ["id", "type", "geometry", "properties", "links"],
    "properties": {
        "id": {"type": "string"},
        "type": {"const": "Feature"},
        "time": {"type": ["object", "null"]},
        "geometry": {"type": ["object", "null"]},
        "conformsTo": {
            "type": "array",
            "contains": {"const": "http://www.opengis.net/spec/ogcapi-records-1/1.0/conf/record-core"},
        },
        "properties": {
            "type": "object",
            "required": ["type", "title"],
            "properties": {
                "created": {"type": "string", "pattern": "Z$"},
                "updated": {"type": "string", "pattern": "Z$"},
                "type": {"const": "dataset"},
                "keywords": {"type": "array", "items": {"type": "string"}},
                "language": {"type": "object", "required": ["code"]},
                "themes": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["concepts", "scheme"],
                        "properties": {
                            "concepts": {"type": "array", "minItems": 1, "items": {"required": ["id"]}}
                        },
                    },
                },
                "contacts": {
                    "type": "array",
                    "items": {"anyOf": [{"required": ["name"]}, {"required": ["organization"]}]},
                },
                "license": {"type": "string"},
                "formats": {
                    "type": "array",
                    "items": {"anyOf": [{"required": ["name"]}, {"required": ["mediaType"]}]},
                },
            },
        },
        "links": {"type": "array", "items": {"required": ["href", "rel"]}},
    },
}
"""What recordGeoJSON.yaml of the standard asks for."""


def test_a_record_says_all_there_is_to_know(ogc: httpx.Client) -> None:
    record = ogc.get("/ogc/collections/catalogue/items/ogc_test_plots").json()
    Draft202012Validator(RECORD).validate(record)
    said = record["properties"]
    assert said["keywords"] == ABOUT["keywords"]
    assert said["themes"] == [{"concepts": [{"id": "交通"}], "scheme": "layer group"}]
    assert said["license"] == "CC BY 4.0"
    assert said["contacts"][0]["emails"] == [{"value": "z@example.org"}]
    assert record["geometry"]["type"] == "Polygon"
    rels = {each["rel"] for each in record["links"]}
    assert {"self", "items", "alternate"} <= rels
    for each in record["links"]:
        if each["rel"] == "self":
            assert ogc.get(each["href"]).json() == record


def test_every_record_is_one(ogc: httpx.Client) -> None:
    for record in ogc.get("/ogc/collections/catalogue/items?limit=1000").json()["features"]:
        Draft202012Validator(RECORD).validate(record)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "ROADS & <rails>"}, ["ogc_test_plots"]),
        ({"q": "道路"}, ["ogc_test_plots"]),
        ({"q": "nothing of the kind,交通"}, ["ogc_test_plots"]),
        ({"q": "nothing of the kind"}, []),
        ({"ids": "ogc_test_plots,places,none"}, ["places", "ogc_test_plots"]),
        ({"externalIds": "places"}, ["places"]),
        ({"type": "service"}, []),
        ({"q": "道路", "type": "dataset"}, ["ogc_test_plots"]),
        ({"ids": "ogc_test_plots", "bbox": "-180,-90,180,90"}, ["ogc_test_plots"]),
        ({"ids": "ogc_test_plots", "bbox": "0,-60,1,-59"}, []),
        ({"ids": "places", "bbox": "-180,-90,180,90"}, []),
    ],
)
def test_records_are_found(ogc: httpx.Client, query: dict[str, str], found: list[str]) -> None:
    assert ids(ogc, **query) == found


def test_pages_of_records_are_whole(ogc: httpx.Client) -> None:
    everything, url = ids(ogc), "/ogc/collections/catalogue/items?limit=3"
    walked: list[str] = []
    while url:
        page = ogc.get(url).json()
        walked += [each["id"] for each in page["features"]]
        url = next((each["href"] for each in page["links"] if each["rel"] == "next"), "")
    assert walked == everything


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=x", "bbox=1,2,3", "bbox=0,1,1,0", "nonsense=1", "q=a&q=b", "offset=-1", "datetime=x"],
)
def test_a_wrong_question_is_refused(ogc: httpx.Client, query: str) -> None:
    answer = ogc.get(f"/ogc/collections/catalogue/items?{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"]


def test_a_record_that_is_not_there(ogc: httpx.Client) -> None:
    for path in ("/ogc/collections/catalogue/items/none", "/ogc/collections/none/metadata?f=xml"):
        assert ogc.get(path).status_code == 404


def test_records_are_pages_for_people(ogc: httpx.Client) -> None:
    for path in ("catalogue", "catalogue/items", "catalogue/items/ogc_test_plots", "ogc_test_plots/metadata"):
        for language in ("zh", "en"):
            answer = ogc.get(f"/ogc/collections/{path}?f=html&lang={language}")
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith("text/html")
            assert "<rails>" not in answer.text


def test_iso_metadata_are_read_by_owslib(ogc: httpx.Client) -> None:
    answer = ogc.get("/ogc/collections/ogc_test_plots/metadata?f=xml&lang=zh")
    assert answer.headers["content-type"] == "application/xml"
    found = MD_Metadata(etree.fromstring(answer.content))
    assert found.identifier == "ogc_test_plots"
    assert found.hierarchy == "dataset"
    (identification,) = found.identification
    assert identification.keywords[0].keywords[1].name == "roads & <rails>"
    assert identification.otherconstraints[0] == "CC BY 4.0"
    assert found.contact[0].email == "z@example.org"
    assert found.dataquality.lineage == "Drawn by hand"
    record = ogc.get("/ogc/collections/catalogue/items/ogc_test_plots").json()
    west, south = record["geometry"]["coordinates"][0][0]
    box = identification.extent.boundingBox
    assert (float(box.minx), float(box.miny)) == pytest.approx((west, south), abs=1e-8)
    assert found.distribution.online[0].url.endswith("/collections/ogc_test_plots/items")


def test_iso_metadata_keep_the_order_of_the_schema(ogc: httpx.Client) -> None:
    """gmd is a sequence: an element in another place is not valid. The orders are those of its schema."""
    orders = {
        "MD_Metadata": "fileIdentifier language characterSet hierarchyLevel contact dateStamp"
        " metadataStandardName metadataStandardVersion spatialRepresentationInfo referenceSystemInfo"
        " identificationInfo distributionInfo dataQualityInfo",
        "MD_DataIdentification": "citation abstract credit pointOfContact descriptiveKeywords"
        " resourceConstraints spatialRepresentationType language characterSet topicCategory extent",
        "CI_Citation": "title alternateTitle date identifier",
        "CI_ResponsibleParty": "individualName organisationName contactInfo role",
        "EX_GeographicBoundingBox": "westBoundLongitude eastBoundLongitude southBoundLatitude"
        " northBoundLatitude",
        "MD_Keywords": "keyword type",
        "CI_OnlineResource": "linkage protocol name function",
        "MD_Distribution": "distributionFormat transferOptions",
    }
    for layer in ids(ogc):
        root = ElementTree.fromstring(ogc.get(f"/ogc/collections/{layer}/metadata?f=xml").content)
        for element in root.iter():
            name = element.tag.rpartition("}")[2]
            order = orders.get(name, "").split()
            places = [order.index(child.tag.rpartition("}")[2]) for child in element] if order else []
            assert places == sorted(places), (layer, name)


def test_owslib_reads_the_catalogue(ogc: httpx.Client) -> None:
    records = Records(f"{ogc.base_url}/ogc", headers={"x-test-reader": "tester"})
    found = records.collection_items("catalogue", q="道路")
    assert [each["id"] for each in found["features"]] == ["ogc_test_plots"]


def test_names_of_records_are_strange_and_stay_whole(ogc: httpx.Client, postgis_url: str) -> None:
    with connect(postgis_url) as owner:
        owner.execute("UPDATE layer SET title = %s WHERE name = 'ogc_test_plots'", ["<b>\x01\ufffe&amp;]]>"])
    try:
        found = ""
        for _ in range(50):
            answer = ogc.get("/ogc/collections/ogc_test_plots/metadata?f=xml")
            title = ElementTree.fromstring(answer.content).find(".//{*}citation//{*}title/{*}CharacterString")
            found = "" if title is None else str(title.text)
            if found.startswith("<b>"):
                break
            time.sleep(0.1)
        assert found == "<b>&amp;]]>"
    finally:
        with connect(postgis_url) as owner:
            owner.execute("UPDATE layer SET title = '地块' WHERE name = 'ogc_test_plots'")
