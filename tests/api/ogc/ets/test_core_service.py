"""Part 1, core: landing page, definition, conformance and collections; each test is a method of the Java
suite."""

from __future__ import annotations

from openapi_spec_validator import OpenAPIV30SpecValidator

from tests.api.ogc.ets.conftest import CRS84, Door, is_items
from tests.api.ogc.ets.standard import COLLECTION, COLLECTIONS, CONFORMANCE, LANDING, check

CORE = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/"


def test_http(door: Door) -> None:
    """GeneralHttp.http: /req/core/http."""
    response = door.client.get(door.url)
    assert (response.status_code, response.http_version) == (200, "HTTP/1.1")
    assert door.client.get(f"{door.url}/this-path-is-not-there").status_code == 404


def test_landing_page_retrieval(door: Door) -> None:
    """LandingPage.landingPageRetrieval: /req/core/root-op."""
    taken = door.take("")
    assert taken.response.status_code == 200
    assert taken.response.headers["content-type"] == "application/json"


def test_landing_page_validation(door: Door) -> None:
    """LandingPage.landingPageValidation: /req/core/root-success."""
    page = door.take("").json
    check(LANDING, page)
    relations = {each["rel"] for each in page["links"]}
    assert relations >= {"self", "alternate", "service-desc", "service-doc", "conformance", "data"}
    for each in page["links"]:
        if each.get("templated") or each["rel"].endswith("/transactions"):
            continue
        answer = door.client.get(each["href"])
        assert answer.status_code == 200, each
        assert answer.headers["content-type"].split("; charset")[0] == each["type"], each


def test_openapi_document_retrieval(door: Door) -> None:
    """ApiDefinition.openapiDocumentRetrieval: /req/core/api-definition-op."""
    links = door.take("").json["links"]
    for relation in ("service-desc", "service-doc"):
        [found] = [each for each in links if each["rel"] == relation]
        answer = door.take(found["href"], found["type"])
        assert answer.response.status_code == 200
        assert answer.response.headers["content-type"].split("; charset")[0] == found["type"]


def test_api_definition_validation(door: Door) -> None:
    """ApiDefinition.apiDefinitionValidation: /req/core/api-definition-success."""
    assert door.definition["openapi"].startswith("3.0.")
    problems = list(OpenAPIV30SpecValidator(door.definition).iter_errors())
    assert problems == []


def test_validate_conformance_operation_and_response(door: Door) -> None:
    """Conformance.validateConformanceOperationAndResponse: /req/core/conformance-op, -success."""
    document = door.take("/conformance").json
    check(CONFORMANCE, document)
    assert set(document["conformsTo"]) >= {CORE + name for name in ("core", "geojson", "html", "oas30")}


def test_validate_feature_collections_metadata_operation(door: Door) -> None:
    """FeatureCollections.validateFeatureCollectionsMetadataOperation: /req/core/fc-md-op."""
    [data] = [each for each in door.take("").json["links"] if each["rel"] == "data"]
    assert data["href"] == f"{door.url}/collections"
    answer = door.take("/collections").response
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")


def test_validate_feature_collections_metadata_operation_response_links(door: Door) -> None:
    """FeatureCollections.validateFeatureCollectionsMetadataOperationResponse_Links: /req/core/fc-md-links."""
    document = door.take("/collections").json
    check(COLLECTIONS, {**document, "collections": door.collections})
    types = {(each["rel"], each["type"]) for each in document["links"]}
    assert types >= {("self", "application/json"), ("alternate", "text/html")}


def test_validate_feature_collections_metadata_operation_response_items(door: Door) -> None:
    """FeatureCollections.validateFeatureCollectionsMetadataOperationResponse_Items: /req/core/fc-md-items."""
    listed = {each["id"] for each in door.collections}
    described = {path.split("/")[2] for path in door.definition["paths"] if path.startswith("/collections/")}
    assert listed <= described
    for each in door.collections:
        items = [link for link in each["links"] if link["rel"] == "items"]
        assert {link["type"] for link in items} >= {"application/geo+json", "text/html"}, each["id"]


def test_validate_feature_collections_metadata_operation_response_crs_property(door: Door) -> None:
    """FeatureCollections.validateFeatureCollectionsMetadataOperationResponse_CrsProperty: /req/core/crs84."""
    assert door.collections
    for each in door.collections:
        assert each["crs"][0] == CRS84


def test_validate_feature_collections_metadata_operation_response_content(door: Door) -> None:
    """FeatureCollections.validateFeatureCollectionsMetadataOperationResponse_Content:
    /req/core/fc-md-success."""
    for each in door.collections:
        check(COLLECTION, each)
        assert each["title"]
        boxes = each["extent"].get("spatial", {}).get("bbox", [])
        for west, south, east, north in boxes:
            assert -180 <= west <= 180
            assert -180 <= east <= 180
            assert -90 <= south <= north <= 90


def test_validate_feature_collection_metadata_operation(door: Door) -> None:
    """FeatureCollection.validateFeatureCollectionMetadataOperation: /req/core/sfc-md-op."""
    for each in door.collections:
        answer = door.take(f"/collections/{each['id']}").response
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")


def test_validate_feature_collection_metadata_operation_response(door: Door) -> None:
    """FeatureCollection.validateFeatureCollectionMetadataOperationResponse: /req/core/sfc-md-success."""
    for each in door.collections:
        alone = door.take(f"/collections/{each['id']}").json
        assert alone == each
        assert len([link for link in alone["links"] if is_items(link)]) == 1
