"""Part 1, core: bbox, limit and datetime; each test is a method of the Java suite, over its boxes, limits
and times."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import shapely
from shapely.geometry import box

from tests.api.ogc.ets import looks
from tests.api.ogc.ets.conftest import Door, Json, Taken, never_empty

BOXES = [
    (-1.5, 50.0, 1.5, 53.0),
    (-80.0, -5.0, -70.0, 5.0),
    (177.0, 65.0, -177.0, 70.0),
    (177.0, -20.0, -177.0, 20.0),
    (-180.0, 85.0, 180.0, 90.0),
    (-180.0, -90.0, 180.0, -85.0),
]
"""Greenwich, the equator, the antimeridian, the poles; the extent, its south-western quarter come to them."""


def boxes(collection: Json) -> Iterator[tuple[float, ...]]:
    yield from BOXES
    for west, south, east, north in collection["extent"].get("spatial", {}).get("bbox", []):
        yield west, south, east, north
        wide = (east - west) % 360 or 0.1
        middle = (west + wide / 2 + 180) % 360 - 180
        yield west, south, middle, (south + north) / 2


@never_empty
def in_boxes(door: Door) -> Iterator[tuple[Json, tuple[float, ...], Taken]]:
    for collection in door.collections:
        for each in boxes(collection):
            yield collection, each, door.page(collection, bbox=",".join(map(repr, each)))


def inside(door: Door, collection: Json, edges: tuple[float, ...]) -> list[Json]:
    """Find the features in a box by Shapely; of a box over the antimeridian, in either half."""
    west, south, east, north = edges
    parts = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
    halves = [box(left, south, right, north).buffer(looks.EDGE) for left, right in parts]
    shapes = door.shapes(collection)
    hit = np.logical_or.reduce([shapely.intersects(shapes, half) for half in halves])
    return [each for each, here in zip(door.every(collection), hit.tolist(), strict=True) if here]


def test_bounding_box_parameter_definition(door: Door) -> None:
    """FeaturesBBox.boundingBoxParameterDefinition: /req/core/fc-bbox-definition."""
    for collection in door.collections:
        found = door.parameter(f"/collections/{collection['id']}/items", "bbox")
        assert (found["in"], found["required"], found["style"], found["explode"]) == (
            "query",
            False,
            "form",
            False,
        )
        assert (found["schema"]["type"], found["schema"]["items"]) == ("array", {"type": "number"})
        assert (found["schema"]["minItems"], found["schema"]["maxItems"]) == (4, 6)


def test_validate_features_with_bounding_box_operation(door: Door) -> None:
    """FeaturesBBox.validateFeaturesWithBoundingBoxOperation: /req/core/fc-op."""
    for _, _, page in in_boxes(door):
        assert page.response.status_code == 200, page.response.text[:200]


def test_validate_features_with_bounding_box_response(door: Door) -> None:
    """FeaturesBBox.validateFeaturesWithBoundingBoxResponse: /req/core/fc-bbox-response; none too many,
    none too few."""
    met = 0
    for collection, edges, _ in in_boxes(door):
        wanted = inside(door, collection, edges)
        looks.same(door.every(collection, bbox=",".join(map(repr, edges))), wanted)
        met += len(wanted)
    assert met


def test_features_b_box_validate_features_response_geometry_in_crs84(door: Door) -> None:
    """FeaturesBBox.validateFeaturesResponse_GeometryInCRS84: /req/core/crs84."""
    for _, _, page in in_boxes(door):
        looks.in_crs84(page)


def test_validate_features_with_bounding_box_response_type_property(door: Door) -> None:
    """FeaturesBBox.validateFeaturesWithBoundingBoxResponse_TypeProperty: /req/core/fc-response."""
    for _, _, page in in_boxes(door):
        looks.typed(page)


def test_validate_features_with_bounding_box_response_features_property(door: Door) -> None:
    """FeaturesBBox.validateFeaturesWithBoundingBoxResponse_FeaturesProperty: /req/core/fc-response."""
    for _, _, page in in_boxes(door):
        looks.listing(page)


def test_validate_features_with_bounding_box_response_links(door: Door) -> None:
    """FeaturesBBox.validateFeaturesWithBoundingBoxResponse_Links: /req/core/fc-links."""
    for _, _, page in in_boxes(door):
        looks.linked(door, page)


def test_validate_features_with_bounding_box_response_time_stamp(door: Door) -> None:
    """FeaturesBBox.validateFeaturesWithBoundingBoxResponse_TimeStamp: /req/core/fc-timeStamp."""
    for _, _, page in in_boxes(door):
        looks.stamped(page)


def test_validate_features_with_bounding_box_response_number_matched(door: Door) -> None:
    """FeaturesBBox.validateFeaturesWithBoundingBoxResponse_NumberMatched: /req/core/fc-numberMatched."""
    for collection, edges, page in in_boxes(door):
        whole = door.every(collection, bbox=",".join(map(repr, edges)))
        assert page.json["numberMatched"] == len(whole)


def test_validate_features_with_bounding_box_response_number_returned(door: Door) -> None:
    """FeaturesBBox.validateFeaturesWithBoundingBoxResponse_NumberReturned: /req/core/fc-numberReturned."""
    for _, _, page in in_boxes(door):
        looks.counted(page)


@never_empty
def limits(door: Door) -> Iterator[tuple[Json, int, Taken]]:
    for collection in door.collections:
        schema = door.parameter(f"/collections/{collection['id']}/items", "limit")["schema"]
        for limit in (schema["minimum"], 7, 100, schema["maximum"] + 1):
            yield collection, limit, door.page(collection, limit=limit)


def test_limit_parameter_definition(door: Door) -> None:
    """FeaturesLimit.limitParameterDefinition: /req/core/fc-limit-definition."""
    for collection in door.collections:
        found = door.parameter(f"/collections/{collection['id']}/items", "limit")
        assert (found["in"], found["required"], found["style"], found["explode"]) == (
            "query",
            False,
            "form",
            False,
        )
        schema = found["schema"]
        assert schema["type"] == "integer"
        assert 1 <= schema["minimum"] <= schema["default"] <= schema["maximum"] == 10_000


def test_validate_features_with_limit_operation(door: Door) -> None:
    """FeaturesLimit.validateFeaturesWithLimitOperation: /req/core/fc-op."""
    for _, _, page in limits(door):
        assert page.response.status_code == 200


def test_validate_features_with_limit_response(door: Door) -> None:
    """FeaturesLimit.validateFeaturesWithLimitResponse: /req/core/fc-limit-response; exactly so many."""
    for collection, limit, page in limits(door):
        whole = len(door.every(collection))
        assert page.json["numberReturned"] == min(limit, whole, 10_000)


def test_validate_features_with_limit_response_geometry_in_crs84(door: Door) -> None:
    """FeaturesLimit.validateFeaturesWithLimitResponse_GeometryInCRS84: /req/core/crs84."""
    for _, _, page in limits(door):
        looks.in_crs84(page)


def test_validate_features_with_limit_response_type_property(door: Door) -> None:
    """FeaturesLimit.validateFeaturesWithLimitResponse_TypeProperty: /req/core/fc-response."""
    for _, _, page in limits(door):
        looks.typed(page)


def test_validate_features_with_limit_response_features_property(door: Door) -> None:
    """FeaturesLimit.validateFeaturesWithLimitResponse_FeaturesProperty: /req/core/fc-response."""
    for _, _, page in limits(door):
        looks.listing(page)


def test_validate_features_with_limit_response_links(door: Door) -> None:
    """FeaturesLimit.validateFeaturesWithLimitResponse_Links: /req/core/fc-links; `next` until nothing is
    left."""
    for collection, limit, page in limits(door):
        if limit <= 100:
            looks.linked(door, page)
        more = any(each["rel"] == "next" for each in page.json["links"])
        assert more is (len(door.every(collection)) > min(limit, 10_000))


def test_validate_features_with_limit_response_time_stamp(door: Door) -> None:
    """FeaturesLimit.validateFeaturesWithLimitResponse_TimeStamp: /req/core/fc-timeStamp."""
    for _, _, page in limits(door):
        looks.stamped(page)


def test_validate_features_with_limit_response_number_matched(door: Door) -> None:
    """FeaturesLimit.validateFeaturesWithLimitResponse_NumberMatched: /req/core/fc-numberMatched."""
    for collection, _, page in limits(door):
        assert page.json["numberMatched"] == len(door.every(collection))


def test_validate_features_with_limit_response_number_returned(door: Door) -> None:
    """FeaturesLimit.validateFeaturesWithLimitResponse_NumberReturned: /req/core/fc-numberReturned."""
    for _, _, page in limits(door):
        looks.counted(page)


Span = tuple[str, datetime | None, datetime | None]


def spans(collection: Json) -> Iterator[Span]:
    """The Java suite's instant, interval and days, and the open ends of Part 1."""
    for begin, end in collection["extent"].get("temporal", {}).get("interval", []):
        first, last = datetime.fromisoformat(begin), datetime.fromisoformat(end)
        since, until = first + (last - first) / 4, first + (last - first) / 2
        day = since.replace(hour=0, minute=0, second=0, microsecond=0)
        after = day + timedelta(days=3, microseconds=-1)
        yield begin, first, first
        yield f"{since.isoformat()}/{until.isoformat()}", since, until
        yield f"{day.date()}/{after.date()}", day, after
        yield f"{since.isoformat()}/..", since, None
        yield f"../{until.isoformat()}", None, until
        yield f"/{until.isoformat()}", None, until


@never_empty
def in_time(door: Door) -> Iterator[tuple[Json, Span, Taken]]:
    for collection in door.collections:
        for span in spans(collection):
            yield collection, span, door.page(collection, datetime=span[0])


def moment_of(door: Door, collection: Json, feature: Json) -> Any:
    properties = door.take(f"/collections/{collection['id']}/schema").json["properties"]
    [name] = [name for name, each in properties.items() if each.get("x-ogc-role") == "primary-instant"]
    text = feature["properties"][name]
    return text and datetime.fromisoformat(text)


def test_time_parameter_definition(door: Door) -> None:
    """FeaturesTime.timeParameterDefinition: /req/core/fc-time-definition."""
    for collection in door.collections:
        found = door.parameter(f"/collections/{collection['id']}/items", "datetime")
        assert (found["in"], found["required"], found["style"], found["explode"]) == (
            "query",
            False,
            "form",
            False,
        )
        assert found["schema"]["type"] == "string"


def test_validate_features_with_date_time_operation(door: Door) -> None:
    """FeaturesTime.validateFeaturesWithDateTimeOperation: /req/core/fc-op."""
    for _, _, page in in_time(door):
        assert page.response.status_code == 200, page.response.text[:200]


def test_validate_features_with_date_time_response(door: Door) -> None:
    """FeaturesTime.validateFeaturesWithDateTimeResponse: /req/core/fc-time-response; Java leaves this
    open."""
    met = 0
    for collection, (text, since, until), _ in in_time(door):
        times = [(each, moment_of(door, collection, each)) for each in door.every(collection)]
        wanted = [
            each
            for each, at in times
            if at is None or ((since is None or since <= at) and (until is None or at <= until))
        ]
        looks.same(door.every(collection, datetime=text), wanted)
        met += 0 < len(wanted) < len(times)
    assert met


def test_validate_features_with_date_time_response_geometry_in_crs84(door: Door) -> None:
    """FeaturesTime.validateFeaturesWithDateTimeResponse_GeometryInCRS84: /req/core/crs84."""
    for _, _, page in in_time(door):
        looks.in_crs84(page)


def test_validate_features_with_date_time_response_type_property(door: Door) -> None:
    """FeaturesTime.validateFeaturesWithDateTimeResponse_TypeProperty: /req/core/fc-response."""
    for _, _, page in in_time(door):
        looks.typed(page)


def test_validate_features_with_date_time_response_features_property(door: Door) -> None:
    """FeaturesTime.validateFeaturesWithDateTimeResponse_FeaturesProperty: /req/core/fc-response."""
    for _, _, page in in_time(door):
        looks.listing(page)


def test_validate_features_with_date_time_response_links(door: Door) -> None:
    """FeaturesTime.validateFeaturesWithDateTimeResponse_Links: /req/core/fc-links."""
    for _, _, page in in_time(door):
        looks.linked(door, page)


def test_validate_features_with_date_time_response_time_stamp(door: Door) -> None:
    """FeaturesTime.validateFeaturesWithDateTimeResponse_TimeStamp: /req/core/fc-timeStamp."""
    for _, _, page in in_time(door):
        looks.stamped(page)


def test_validate_features_with_date_time_response_number_matched(door: Door) -> None:
    """FeaturesTime.validateFeaturesWithDateTimeResponse_NumberMatched: /req/core/fc-numberMatched."""
    for collection, (text, _, _), page in in_time(door):
        assert page.json["numberMatched"] == len(door.every(collection, datetime=text))


def test_validate_features_with_date_time_response_number_returned(door: Door) -> None:
    """FeaturesTime.validateFeaturesWithDateTimeResponse_NumberReturned: /req/core/fc-numberReturned."""
    for _, _, page in in_time(door):
        looks.counted(page)
