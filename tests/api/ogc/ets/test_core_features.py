"""Part 1, core: features and one feature; each test is a method of the Java suite, and stricter than it."""

from __future__ import annotations

from tests.api.ogc.ets import looks
from tests.api.ogc.ets.conftest import GEOJSON, Door, geometry_of
from tests.api.ogc.ets.standard import FEATURE, PROBLEM, check


def test_validate_features_operation(door: Door) -> None:
    """Features.validateFeaturesOperation: /req/core/fc-op."""
    for page in looks.pages(door):
        assert page.response.status_code == 200
        assert page.response.headers["content-type"] == GEOJSON


def test_validate_features_response_geometry_in_crs84(door: Door) -> None:
    """Features.validateFeaturesResponse_GeometryInCRS84: /req/core/crs84."""
    for page in looks.pages(door):
        looks.in_crs84(page)


def test_validate_features_response_type_property(door: Door) -> None:
    """Features.validateFeaturesResponse_TypeProperty: /req/core/fc-response."""
    for page in looks.pages(door):
        looks.typed(page)


def test_validate_features_response_features_property(door: Door) -> None:
    """Features.validateFeaturesResponse_FeaturesProperty: /req/core/fc-response."""
    for page in looks.pages(door):
        looks.listing(page)


def test_validate_features_response_links(door: Door) -> None:
    """Features.validateFeaturesResponse_Links: /req/core/fc-links, /req/core/fc-rel-type."""
    for page in looks.pages(door):
        looks.linked(door, page)


def test_validate_features_response_time_stamp(door: Door) -> None:
    """Features.validateFeaturesResponse_TimeStamp: /req/core/fc-timeStamp."""
    for page in looks.pages(door):
        looks.stamped(page)


def test_validate_features_response_number_matched(door: Door) -> None:
    """Features.validateFeaturesResponse_NumberMatched: /req/core/fc-numberMatched, over all pages."""
    for collection in door.collections:
        found = door.every(collection)
        assert door.page(collection).json["numberMatched"] == len(found)
        assert len({each["id"] for each in found}) == len(found)


def test_validate_features_response_number_returned(door: Door) -> None:
    """Features.validateFeaturesResponse_NumberReturned: /req/core/fc-numberReturned."""
    for page in looks.pages(door):
        looks.counted(page)


def test_feature_operation(door: Door) -> None:
    """Feature.featureOperation: /req/core/f-op."""
    for collection in door.collections:
        for each in door.page(collection).json["features"]:
            answer = looks.one(door, collection, each["id"])
            assert (answer.response.status_code, answer.response.headers["content-type"]) == (200, GEOJSON)


def test_validate_feature_response(door: Door) -> None:
    """Feature.validateFeatureResponse: /req/core/f-success, /req/core/f-links."""
    for collection in door.collections:
        for each in door.page(collection).json["features"]:
            alone = looks.one(door, collection, each["id"]).json
            check(FEATURE, alone)
            assert {**alone, "links": []} == {**each, "links": []}
            types = {(link["rel"], link["type"]) for link in alone["links"]}
            assert types >= {
                ("self", GEOJSON),
                ("alternate", "text/html"),
                ("collection", "application/json"),
            }
            geometry = geometry_of(alone)
            assert geometry is None or geometry.is_valid


def test_validate_features_operation_query_param_invalid(door: Door) -> None:
    """FeaturesErrorConditions.validateFeaturesOperation_QueryParamInvalid: /req/core/query-param-invalid."""
    for collection in door.collections:
        for name, value in (
            ("limit", "bad"), ("limit", "0"), ("limit", "-1"), ("bbox", "1,2"), ("bbox", "a,b,c,d"),
            ("datetime", "yesterday"), ("datetime", "2026-01-02/2026-01-01"),
        ):  # fmt: skip
            answer = door.page(collection, **{name: value}).response
            assert answer.status_code == 400, (collection["id"], name, value)
            check(PROBLEM, answer.json())


def test_validate_features_operation_query_param_unknown(door: Door) -> None:
    """FeaturesErrorConditions.validateFeaturesOperation_QueryParamUnknown: /req/core/query-param-unknown."""
    for collection in door.collections:
        answer = door.page(collection, this_name_is_unknown="1").response
        assert answer.status_code == 400
        check(PROBLEM, answer.json())
