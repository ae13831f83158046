"""Part 2: reference systems; each test is a method of the Java suite. The coordinates are really compared
here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pytest
import shapely
from pyproj import CRS, Transformer
from shapely.geometry.base import BaseGeometry

from spatial.geometry.datum import convert
from tests.api.ogc.ets import looks
from tests.api.ogc.ets.conftest import CRS84, Door, Json, geometry_of

CLASS = "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs"
UNSUPPORTED = "http://www.opengis.net/def/crs/0/unsupported"
OGC_URI = re.compile(r"http://www\.opengis\.net/def/crs/(OGC|EPSG)/[\w.]+/\w+")
OWN_URN = re.compile(r"urn:citygrid:crs:(gcj02|bd09)")
FEW = 25
"""Features compared in each system."""


def is_identifier(uri: str) -> bool:
    return bool(OGC_URI.fullmatch(uri) or OWN_URN.fullmatch(uri))


@cache
def transformer(uri: str) -> Transformer:
    """Without always_xy: the authority decides which axis comes first, as /req/crs/crs-action wants."""
    return Transformer.from_crs("OGC:CRS84", f"EPSG:{uri.rsplit('/', 1)[1]}")


def moved(geometry: BaseGeometry, uri: str) -> BaseGeometry:
    """Take a geometry from CRS84 to another system by other means than the server's."""

    def move(points: Any) -> Any:
        if uri == CRS84:
            return points
        if own := OWN_URN.fullmatch(uri):
            return np.stack(convert(points[:, 0], points[:, 1], "wgs84", own[1]), axis=-1)
        return np.stack(transformer(uri).transform(points[:, 0], points[:, 1]), axis=-1)

    return shapely.transform(geometry, move)


def precision(uri: str) -> float:
    """Half of the last published digit, in the system's units."""
    degrees = uri == CRS84 or OWN_URN.fullmatch(uri) or CRS(f"EPSG:{uri.rsplit('/', 1)[1]}").is_geographic
    return 2e-9 if degrees else 1e-3


def reachable(geometry: BaseGeometry, uri: str) -> bool:
    """A zone of Gauss-Krüger ends: far from its meridian no two programs agree, if they answer at all."""
    if "EPSG" not in uri or CRS(f"EPSG:{uri.rsplit('/', 1)[1]}").is_geographic or uri.endswith("/3857"):
        return True
    west, _, east, _ = geometry.bounds
    return west > 100 and east < 130


def compare(feature: Json, plain: Json, uri: str) -> int:
    wanted, found = geometry_of(plain), geometry_of(feature)
    assert (wanted is None) is (found is None)
    if wanted is None or found is None or not reachable(wanted, uri):
        return 0
    there = moved(wanted, uri)
    assert there.geom_type == found.geom_type
    here, mine = shapely.get_coordinates(there), shapely.get_coordinates(found)
    assert here.shape == mine.shape
    assert np.abs(here - mine).max() < precision(uri), (uri, feature["id"])
    return 1


def systems(door: Door) -> Iterator[tuple[Json, str]]:
    for collection in door.collections:
        for uri in collection["crs"]:
            yield collection, uri


def first_id(door: Door, collection: Json) -> Any:
    found = door.page(collection).json["features"]
    return found[0]["id"] if found else None


def singles(door: Door) -> Iterator[tuple[Json, Any]]:
    for collection in door.collections:
        identifier = first_id(door, collection)
        if identifier is not None:
            yield collection, identifier


def test_verify_conformance_class(conforms: set[str]) -> None:
    """CrsRequirementClassPrecondition.verifyConformanceClass."""
    assert CLASS in conforms


def test_verify_collections_crs_identifier_of_crs_property(door: Door) -> None:
    """DiscoveryCollectionsCrsUri.verifyCollectionsCrsIdentifierOfCrsProperty: /req/crs/crs-uri."""
    assert all(map(is_identifier, door.take("/collections").json.get("crs", [])))


def test_verify_collections_crs_identifier_of_storage_crs(door: Door) -> None:
    """DiscoveryCollectionsCrsUri.verifyCollectionsCrsIdentifierOfStorageCrs: /req/crs/crs-uri."""
    assert is_identifier(door.take("/collections").json.get("storageCrs", CRS84))


def test_verify_collections_collection_crs_identifier_of_crs_property(door: Door) -> None:
    """DiscoveryCollectionsCrsUri.verifyCollectionsCollectionCrsIdentifierOfCrsProperty:
    /req/crs/fc-md-crs-list."""
    for _, uri in systems(door):
        assert is_identifier(uri)


def test_verify_collections_collection_crs_identifier_of_storage_crs(door: Door) -> None:
    """DiscoveryCollectionsCrsUri.verifyCollectionsCollectionCrsIdentifierOfStorageCrs:
    /req/crs/fc-md-storageCrs."""
    for collection in door.collections:
        assert is_identifier(collection["storageCrs"])


def test_verify_collections_default_crs(door: Door) -> None:
    """DiscoveryCollectionsDefaultCrs.verifyCollectionsCrsIdentifierOfCrsProperty: /req/crs/fc-md-crs-list
    B."""
    for collection in door.collections:
        assert CRS84 in collection["crs"]


def test_verify_collections_path_collection_crs_property_contains_storage_crs(door: Door) -> None:
    """DiscoveryCollectionsStorageCrs.verifyCollectionsPathCollectionCrsPropertyContainsStorageCrs."""
    for collection in door.collections:
        assert collection["storageCrs"] in collection["crs"]


def alone(door: Door) -> Iterator[Json]:
    for collection in door.collections:
        yield door.take(f"/collections/{collection['id']}").json


def test_verify_collection_crs_identifier_of_crs_property(door: Door) -> None:
    """DiscoveryCollectionCrsUri.verifyCollectionCrsIdentifierOfCrsProperty: /req/crs/crs-uri."""
    for collection in alone(door):
        assert collection["crs"]
        assert all(map(is_identifier, collection["crs"]))


def test_verify_collection_crs_identifier_of_storage_crs_property(door: Door) -> None:
    """DiscoveryCollectionCrsUri.verifyCollectionCrsIdentifierOfStorageCrsProperty:
    /req/crs/fc-md-storageCrs."""
    for collection in alone(door):
        assert is_identifier(collection["storageCrs"])


def test_verify_collection_default_crs(door: Door) -> None:
    """DiscoveryCollectionDefaultCrs.verifyCollectionCrsIdentifierOfCrsProperty: /req/crs/fc-md-crs-list B."""
    for collection in alone(door):
        assert CRS84 in collection["crs"]


def test_verify_collection_crs_property_contains_storage_crs(door: Door) -> None:
    """DiscoveryCollectionStorageCrs.verifyCollectionCrsPropertyContainsStorageCrs:
    -storageCrs-valid-value."""
    for collection in alone(door):
        assert collection["storageCrs"] in collection["crs"]


def test_verify_features_crs_parameter(door: Door) -> None:
    """FeaturesCrsParameter.verifyFeaturesCrsParameter: /req/crs/fc-crs-definition,
    /req/crs/ogc-crs-header."""
    for collection, uri in systems(door):
        for written in (uri, f"<{uri}>"):
            answer = door.page(collection, crs=written, limit=FEW).response
            assert answer.status_code == 200, (collection["id"], uri, answer.text[:200])
            assert answer.headers["content-crs"] == f"<{uri}>"


def test_verify_features_crs_parameter_default(door: Door) -> None:
    """FeaturesCrsParameterDefault.verifyFeaturesCrsParameterDefault: /req/crs/fc-crs-default-value."""
    for collection in door.collections:
        plain, named = door.page(collection), door.page(collection, crs=CRS84)
        assert plain.response.headers["content-crs"] == f"<{CRS84}>"
        assert plain.json["features"] == named.json["features"]


def test_verify_features_crs_parameter_invalid(door: Door) -> None:
    """FeaturesCrsParameterInvalid.verifyFeaturesCrsParameterInvalid: /req/crs/fc-crs-valid-value."""
    for collection in door.collections:
        for uri in (UNSUPPORTED, "http://www.opengis.net/def/crs/EPSG/0/2193", "EPSG:4326x", "", "<>"):
            assert door.page(collection, crs=uri).response.status_code == 400, uri


def test_verify_features_path_geometries_default_crs(door: Door) -> None:
    """FeaturesCrsParameterTransform.verifyFeaturesPathGeometriesDefaultCrs: /req/crs/crs-action."""
    for page in looks.pages(door, limit=FEW):
        looks.in_crs84(page)


def test_verify_features_path_transformed_geometries(door: Door) -> None:
    """FeaturesCrsParameterTransform.verifyFeaturesPathTransformedGeometries: /req/crs/crs-action."""
    compared: dict[str, int] = {}
    for collection, uri in systems(door):
        plain = door.page(collection, limit=FEW).json["features"]
        found = door.page(collection, limit=FEW, crs=uri).json["features"]
        for one, other in zip(found, plain, strict=True):
            assert one["id"] == other["id"]
            compared[uri] = compared.get(uri, 0) + compare(one, other, uri)
    assert all(
        compared[uri] for uri in compared if "urn:" in uri or uri.rsplit("/", 1)[1] in ("4326", "3857")
    )


def test_verify_feature_crs_parameter(door: Door) -> None:
    """FeatureCrsParameter.verifyFeatureCrsParameter: /req/crs/fc-crs-definition, /req/crs/ogc-crs-header."""
    for collection, identifier in singles(door):
        for uri in collection["crs"]:
            answer = looks.one(door, collection, identifier, crs=uri).response
            assert answer.status_code == 200, (collection["id"], uri)
            assert answer.headers["content-crs"] == f"<{uri}>"


def test_verify_feature_crs_parameter_default(door: Door) -> None:
    """FeatureCrsParameterDefault.verifyFeatureCrsParameterDefault: /req/crs/fc-crs-default-value."""
    for collection, identifier in singles(door):
        plain = looks.one(door, collection, identifier)
        assert plain.response.headers["content-crs"] == f"<{CRS84}>"
        named = looks.one(door, collection, identifier, crs=CRS84)
        assert plain.json["geometry"] == named.json["geometry"]


def test_verify_feature_crs_parameter_invalid(door: Door) -> None:
    """FeatureCrsParameterInvalid.verifyFeatureCrsParameterInvalid: /req/crs/fc-crs-valid-value."""
    for collection, identifier in singles(door):
        assert looks.one(door, collection, identifier, crs=UNSUPPORTED).response.status_code == 400


def test_verify_feature_crs_parameter_transform_with_crs_parameter(door: Door) -> None:
    """FeatureCrsParameterTransform.verifyFeatureCrsParameterTransformWithCrsParameter; Java leaves this
    open."""
    for collection, identifier in singles(door):
        plain = looks.one(door, collection, identifier).json
        for uri in collection["crs"]:
            compare(looks.one(door, collection, identifier, crs=uri).json, plain, uri)


def test_verify_feature_crs_parameter_transform_without_crs_parameter(door: Door) -> None:
    """FeatureCrsParameterTransform.verifyFeatureCrsParameterTransformWithoutCrsParameter."""
    for collection, identifier in singles(door):
        on_page = door.page(collection).json["features"][0]
        assert looks.one(door, collection, identifier).json["geometry"] == on_page["geometry"]


def south_west(collection: Json) -> tuple[float, float, float, float] | None:
    """A box well inside the extent; None where there is none, or it crosses the antimeridian."""
    [box] = collection["extent"].get("spatial", {}).get("bbox", [None])
    if box is None or box[0] >= box[2]:
        return None
    west, south, east, north = box
    return west, south, (west + east) / 2, (south + north) / 2


def in_system(box: tuple[float, float, float, float], uri: str) -> str | None:
    """The box in another system, edges followed by many points; None where that system does not reach."""
    if not reachable(shapely.box(*box), uri):
        return None
    edges = moved(shapely.segmentize(shapely.box(*box), max(box[2] - box[0], 1e-6) / 100), uri).bounds
    return ",".join(map(repr, edges))


def covered(feature: Json, box: tuple[float, float, float, float], uri: str) -> bool:
    geometry = geometry_of(feature)
    if geometry is None:
        return False
    return bool(
        moved(geometry, uri).intersects(moved(shapely.segmentize(shapely.box(*box), 0.01), uri).envelope)
    )


def test_verify_bbox_crs_parameter(door: Door) -> None:
    """BBoxCrsParameter.verifyBboxCrsParameter: /req/crs/bbox-crs-action; what lies in the box of that
    system."""
    met = 0
    for collection, uri in systems(door):
        box = south_west(collection)
        written = box and in_system(box, uri)
        if not box or not written:
            continue
        taken = door.every(collection, **{"bbox": written, "bbox-crs": uri})
        found = {str(each["id"]) for each in taken}
        inside = {str(each["id"]) for each in door.every(collection, bbox=",".join(map(repr, box)))}
        # The envelope in another system holds the box, and a little more where it stands askew.
        assert inside <= found, (collection["id"], uri, inside - found)
        for each in taken:
            assert covered(each, box, uri), (collection["id"], uri, each["id"])
        met += len(found)
    assert met


def test_verify_bbox_crs_parameter_with_default_crs(door: Door) -> None:
    """BBoxCrsParameter.verifyBboxCrsParameterWithDefaultCrs: with bbox-crs of CRS84 and without."""
    for collection in door.collections:
        [box] = collection["extent"].get("spatial", {}).get("bbox", [None])
        if box:
            written = ",".join(map(repr, box))
            named = door.every(collection, **{"bbox": written, "bbox-crs": CRS84})
            looks.same(named, door.every(collection, bbox=written))


def test_verify_bbox_crs_parameter_default(door: Door) -> None:
    """BBoxCrsParameterDefault.verifyBboxCrsParameterDefault: /req/crs/fc-bbox-crs-default-value."""
    for collection in door.collections:
        box = south_west(collection)
        if box:
            written = ",".join(map(repr, box))
            named = door.page(collection, **{"bbox": written, "bbox-crs": f"<{CRS84}>"}).json
            assert named["features"] == door.page(collection, bbox=written).json["features"]


def test_verify_bbox_crs_parameter_invalid(door: Door) -> None:
    """BBoxCrsParameterInvalid.verifyBboxCrsParameterInvalid: /req/crs/fc-bbox-crs-valid-value."""
    for collection in door.collections:
        for uri in (UNSUPPORTED, "EPSG:", ""):
            answer = door.page(collection, **{"bbox": "0,0,1,1", "bbox-crs": uri}).response
            assert answer.status_code == 400, uri


@pytest.mark.parametrize(
    ("uri", "wanted"),
    [
        ("http://www.opengis.net/def/crs/EPSG/0/4326", (-10.0, 179.5)),
        ("http://www.opengis.net/def/crs/EPSG/0/4490", (-10.0, 179.5)),
        ("http://www.opengis.net/def/crs/EPSG/0/3857", (19981848.597, -1118889.975)),
        (CRS84, (179.5, -10.0)),
    ],
)
def test_axes_stand_in_the_order_of_the_authority(ogc: Any, uri: str, wanted: tuple[float, float]) -> None:
    answer = ogc.get("/ogc/collections/ogc_test_sightings/items/100", params={"crs": uri})
    assert answer.json()["geometry"]["coordinates"] == pytest.approx(wanted, abs=1e-3)
