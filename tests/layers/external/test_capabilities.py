"""What services say of themselves, right and wrong, and what is asked of them then."""

from __future__ import annotations

import json
from typing import Any

import pytest

from layers.external import arcgis, features_api, wfs, wms, wmts
from layers.external.protocols import MODULES, mode_of
from layers.external.remote import find
from spatial.errors import InvalidInput
from spatial.geometry.tile_matrix import CGCS2000_QUAD, WEB_MERCATOR_QUAD, Box, tile_at

URL = "https://gis.example/ows"


def wms_of(version: str, body: str) -> bytes:
    root, space = (
        ("WMS_Capabilities", ' xmlns="http://www.opengis.net/wms"')
        if version == "1.3.0"
        else ("WMT_MS_Capabilities", "")
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><{root} version="{version}"{space}'
        f' xmlns:xlink="http://www.w3.org/1999/xlink"><Service><Title>t</Title>'
        f"<AccessConstraints>内部</AccessConstraints></Service><Capability><Request><GetMap>"
        f"<Format>image/jpeg</Format><Format>image/png</Format><DCPType><HTTP><Get>"
        f'<OnlineResource xlink:href="http://10.0.0.9:8080/real?map=a"/></Get></HTTP></DCPType></GetMap></Request>'
        f"{body}</Capability></{root}>"
    ).encode()


LAYERS_130 = """<Layer><Title>all</Title><CRS>EPSG:4326</CRS><CRS>EPSG:4490</CRS>
<EX_GeographicBoundingBox><westBoundLongitude>116</westBoundLongitude><eastBoundLongitude>117</eastBoundLongitude>
<southBoundLatitude>39</southBoundLatitude><northBoundLatitude>41</northBoundLatitude></EX_GeographicBoundingBox>
<Layer><Name>roads</Name><Title>道路</Title><CRS>EPSG:3857</CRS><Style><Name>night</Name></Style></Layer>
<Layer><Name>pipes</Name></Layer></Layer>"""
LAYERS_111 = """<Layer><SRS>EPSG:4326 EPSG:900913</SRS>
<LatLonBoundingBox minx="116" miny="39" maxx="117" maxy="41"/>
<Layer><Name>roads</Name></Layer></Layer>"""
AREA = Box(116.0, 39.0, 117.0, 40.0)


def test_wms_inherits_and_is_asked_with_the_axes_of_its_version() -> None:
    found = wms.read(wms_of("1.3.0", LAYERS_130), URL)
    assert [each.name for each in found] == ["roads", "pipes"]
    roads, pipes = found
    assert (roads.title, roads.bbox, roads.attribution) == ("道路", (116, 39, 117, 41), "内部")
    mercator = wms.picture(wms.settle(roads.plan, {"style": "night"}), Box(1, 2, 3, 4), 256, 256)
    assert mercator.startswith("https://gis.example/real?map=a&SERVICE=WMS&VERSION=1.3.0&REQUEST=GetMap")
    assert "CRS=EPSG:3857&BBOX=1,2,3,4" in mercator and "STYLES=night" in mercator and "image/png" in mercator
    for crs, sides in (("EPSG:4326", "39,116,40,117"), ("EPSG:4490", "39,116,40,117")):
        asked = wms.picture(wms.settle(pipes.plan, {"crs": crs}), AREA, 256, 320)
        assert f"CRS={crs}&BBOX={sides}&WIDTH=256&HEIGHT=320" in asked


def test_wms_1_1_1_puts_longitude_first() -> None:
    (roads,) = wms.read(wms_of("1.1.1", LAYERS_111), URL)
    assert "SRS=EPSG:900913" in wms.picture(wms.settle(roads.plan, {}), AREA, 256, 256)
    assert "SRS=EPSG:4326&BBOX=116,39,117,40" in wms.picture(
        wms.settle(roads.plan, {"crs": "EPSG:4326"}), AREA, 9, 9
    )


def test_the_dtd_of_wms_1_1_1_is_let_through_and_no_other() -> None:
    own = '<!DOCTYPE WMT_MS_Capabilities SYSTEM "http://x/capabilities_1_1_1.dtd" [ <!ELEMENT V EMPTY> ]>'
    plain = wms_of("1.1.1", LAYERS_111)
    assert wms.read(plain.replace(b"?>", b"?>" + own.encode(), 1), URL)
    for bad in (
        '<!DOCTYPE WMT_MS_Capabilities [ <!ENTITY a "aaaa"> ]>',
        '<!DOCTYPE WMT_MS_Capabilities SYSTEM "x" [ <!ENTITY b SYSTEM "file:///etc/passwd"> ]>',
        '<!DOCTYPE other SYSTEM "x">',
    ):
        with pytest.raises(InvalidInput, match="DTD"):
            wms.read(plain.replace(b"?>", b"?>" + bad.encode(), 1), URL)


@pytest.mark.parametrize(
    ("options", "where"),
    [({"crs": "EPSG:4547"}, "crs"), ({"format": "image/tiff"}, "format"), ({"style": "x"}, "style")],
)
def test_wms_names_what_was_asked_in_vain(options: dict[str, str], where: str) -> None:
    (roads,) = wms.read(wms_of("1.1.1", LAYERS_111), URL)
    with pytest.raises(InvalidInput) as refused:
        wms.settle(roads.plan, options)
    assert refused.value.problems[0].where == where


def wmts_of(crs: str, levels: list[tuple[str, float, str, int, int]], links: str = "") -> bytes:
    matrices = "".join(
        f"<TileMatrix><ows:Identifier>{name}</ows:Identifier><ScaleDenominator>{scale!r}</ScaleDenominator>"
        f"<TopLeftCorner>{corner}</TopLeftCorner><TileWidth>256</TileWidth><TileHeight>256</TileHeight>"
        f"<MatrixWidth>{wide}</MatrixWidth><MatrixHeight>{high}</MatrixHeight></TileMatrix>"
        for name, scale, corner, wide, high in levels
    )
    return (
        '<Capabilities xmlns="http://www.opengis.net/wmts/1.0" xmlns:ows="http://www.opengis.net/ows/1.1"'
        ' xmlns:xlink="http://www.w3.org/1999/xlink"><Contents><Layer><ows:Title>矢量</ows:Title>'
        "<ows:Identifier>vec</ows:Identifier><Style><ows:Identifier>default</ows:Identifier></Style>"
        f"<Format>tiles</Format><TileMatrixSetLink><TileMatrixSet>c</TileMatrixSet>{links}</TileMatrixSetLink></Layer>"
        f"<TileMatrixSet><ows:Identifier>c</ows:Identifier><ows:SupportedCRS>{crs}</ows:SupportedCRS>{matrices}"
        "</TileMatrixSet></Contents></Capabilities>"
    ).encode()


TIANDITU = 2.958293554545656e8
"""Scale of Tianditu's level 1, at 96 dots an inch: 0.703125 degrees, or 78,271.5 m, a pixel."""


def tianditu(crs: str, corner: str, tall: int) -> dict[str, Any]:
    levels = [(str(n + 1), TIANDITU / 2**n, corner, 2 * 2**n, tall * 2**n) for n in range(18)]
    (found,) = wmts.read(wmts_of(crs, levels), "http://t0.tianditu.gov.cn/vec_c/wmts")
    return wmts.settle(found.plan, {})


def test_tianditu_in_degrees() -> None:
    plan = tianditu("urn:ogc:def:crs:EPSG::4490", "90.0 -180.0", 1)
    for zoom in (3, 10, 17):
        tile = tile_at(116.3, 39.95, zoom, CGCS2000_QUAD)
        box = tile.box()
        (piece,) = wmts.tiles(plan, box, CGCS2000_QUAD.cell_size(zoom))
        assert f"TILEMATRIX={zoom}&TILEROW={tile.y}&TILECOL={tile.x}&FORMAT=tiles" in piece.url
        assert piece.area == pytest.approx(box, abs=1e-6)


def test_tianditu_in_mercator_whose_corners_stand_the_wrong_way_round() -> None:
    plan = tianditu("urn:ogc:def:crs:EPSG::900913", "20037508.3427892 -20037508.3427892", 2)
    tile = tile_at(116.3, 39.95, 12)
    (piece,) = wmts.tiles(plan, tile.box(), WEB_MERCATOR_QUAD.cell_size(12))
    assert f"TILEMATRIX=12&TILEROW={tile.y}&TILECOL={tile.x}&" in piece.url
    assert piece.area == pytest.approx(tile.box(), abs=1)


def test_the_standard_set_in_mercator_and_its_limits() -> None:
    levels = [
        (f"L{n}", WEB_MERCATOR_QUAD.scale_denominator(n), "-20037508.3427892 20037508.3427892", 2**n, 2**n)
        for n in range(13)
    ]
    tile = tile_at(116.3, 39.95, 12)
    limits = (
        "<TileMatrixSetLimits><TileMatrixLimits><TileMatrix>L12</TileMatrix>"
        f"<MinTileRow>{tile.y}</MinTileRow><MaxTileRow>{tile.y}</MaxTileRow>"
        f"<MinTileCol>{tile.x}</MinTileCol><MaxTileCol>{tile.x}</MaxTileCol></TileMatrixLimits></TileMatrixSetLimits>"
    )
    (found,) = wmts.read(wmts_of("urn:ogc:def:crs:EPSG::3857", levels, limits), f"{URL}/wmts")
    plan = wmts.settle(found.plan, {})
    (piece,) = wmts.tiles(plan, tile.box(), WEB_MERCATOR_QUAD.cell_size(12))
    assert f"TILEMATRIX=L12&TILEROW={tile.y}&TILECOL={tile.x}" in piece.url
    other = tile_at(116.5, 39.95, 12)
    assert wmts.tiles(plan, other.box(), WEB_MERCATOR_QUAD.cell_size(12)) == []
    # Finer than the service has: its finest, enlarged.
    (coarse,) = wmts.tiles(plan, tile_at(116.3, 39.95, 15).box(), WEB_MERCATOR_QUAD.cell_size(15))
    assert coarse.url == piece.url


def test_capabilities_that_lie_make_no_flood_of_requests() -> None:
    levels = [("1", 1e-6, "90 -180", 2**30, 2**30)]
    (found,) = wmts.read(wmts_of("urn:ogc:def:crs:EPSG::4326", levels), URL)
    assert wmts.tiles(wmts.settle(found.plan, {}), Box(0, 0, 90, 66), 0.35) == []
    nonsense = [("1", -1.0, "90 -180", 1, 1), ("2", 1.0, "x y", 1, 1), ("3", float("inf"), "90 -180", 1, 1)]
    (found,) = wmts.read(wmts_of("urn:ogc:def:crs:EPSG::4326", nonsense), URL)
    with pytest.raises(InvalidInput) as refused:
        wmts.settle(found.plan, {})
    assert refused.value.problems[0].where == "matrix_set"


WFS = """<wfs:WFS_Capabilities version="{version}" xmlns:wfs="http://www.opengis.net/wfs/2.0"
 xmlns:ows="http://www.opengis.net/ows/1.1" xmlns:xlink="http://www.w3.org/1999/xlink"><ows:OperationsMetadata>
<ows:Operation name="GetFeature"><ows:DCP><ows:HTTP><ows:Get xlink:href="http://inner:8080/wfs?"/>
</ows:HTTP></ows:DCP>
<ows:Parameter name="outputFormat"><ows:AllowedValues>{formats}</ows:AllowedValues></ows:Parameter>
</ows:Operation>
</ows:OperationsMetadata><wfs:FeatureTypeList><wfs:FeatureType><wfs:Name>ns:wells</wfs:Name>
<wfs:DefaultCRS>urn:ogc:def:crs:EPSG::{crs}</wfs:DefaultCRS><wfs:OtherCRS>urn:ogc:def:crs:EPSG::4326</wfs:OtherCRS>
<ows:WGS84BoundingBox><ows:LowerCorner>116 39</ows:LowerCorner><ows:UpperCorner>117 41</ows:UpperCorner>
</ows:WGS84BoundingBox></wfs:FeatureType></wfs:FeatureTypeList></wfs:WFS_Capabilities>"""


def wfs_plan(version: str, formats: list[str], crs: int = 4326, **options: str) -> dict[str, Any]:
    listed = "".join(f"<ows:Value>{each}</ows:Value>" for each in formats)
    body = WFS.format(version=version, formats=listed, crs=crs).encode()
    return wfs.settle(find(wfs.read(body, URL), "wells").plan, options)


def test_wfs_prefers_json_and_asks_for_degrees_in_it() -> None:
    formats = ["text/xml; subtype=gml/3.2", "text/javascript", "application/json"]
    plan = wfs_plan("2.0.0", formats, 4547)
    assert (plan["reads"], plan["format"]) == ("GEOJSON", "application/json")
    asked = wfs.page(plan, 2_000)
    assert asked.startswith(
        "https://gis.example/wfs?SERVICE=WFS&VERSION=2.0.0&REQUEST=GetFeature&TYPENAMES=ns:wells"
    )
    assert "COUNT=1000&STARTINDEX=2000" in asked and "SRSNAME=urn:ogc:def:crs:EPSG::4326" in asked
    old = wfs_plan("1.1.0", formats[:1], 4547)
    assert (old["reads"], old["srs"]) == ("GML", None)
    assert "TYPENAME=ns:wells&MAXFEATURES=1000" in wfs.page(old, 0) and "STARTINDEX" not in wfs.page(old, 0)


@pytest.mark.parametrize(
    ("version", "crs", "asked"),
    [
        ("1.1.0", "EPSG:4326", "urn:ogc:def:crs:EPSG::4326"),
        ("1.0.0", "EPSG:4326", None),
        ("1.1.0", "urn:ogc:def:crs:EPSG::4326", None),
        ("2.0.0", "http://www.opengis.net/def/crs/EPSG/0/4490", None),
    ],
)
def test_gml_is_asked_for_in_a_system_whose_axes_are_certain(
    version: str, crs: str, asked: str | None
) -> None:
    body = WFS.format(version=version, formats="<ows:Value>gml</ows:Value>", crs=4326)
    body = body.replace("urn:ogc:def:crs:EPSG::4326", crs)
    plan = wfs.settle(find(wfs.read(body.encode(), URL), "wells").plan, {})
    assert plan["srs"] == asked


def test_features_api_lists_collections_of_features_alone() -> None:
    items = [{"rel": "items", "href": "x"}]
    body = {
        "collections": [
            {
                "id": "道路 1",
                "title": "r",
                "links": items,
                "extent": {"spatial": {"bbox": [[116, 39, 117, 41]]}},
            },
            {"id": "records", "itemType": "record", "links": items},
            {"id": "tiles", "links": [{"rel": "self"}]},
            "x",
            {"id": 7},
        ]
    }
    (found,) = features_api.read(json.dumps(body).encode(), "https://gis.example/api/collections/x/items?k=1")
    assert found.bbox == (116, 39, 117, 41)
    page = features_api.page(found.plan)
    assert page == "https://gis.example/api/collections/%E9%81%93%E8%B7%AF%201/items?k=1&f=json&limit=1000"
    link = {
        "rel": "next",
        "type": "application/geo+json",
        "href": "http://127.0.0.1/collections/x/items?offset=9",
    }
    assert (
        features_api.following({"links": [link]}, found.plan)
        == "https://gis.example/collections/x/items?offset=9"
    )


@pytest.mark.parametrize("path", ["", "/arcgis/rest", "/MapServerX", "/a/MapServer/0/query"])
def test_arcgis_addresses_end_with_the_service(path: str) -> None:
    with pytest.raises(InvalidInput):
        arcgis.question(f"https://gis.example{path}")


@pytest.mark.parametrize("protocol", MODULES)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body>log in</body></html>",
        b"<!DOCTYPE html><html/>",
        b"<x/>",
        b"{}",
        b"[]",
        b"null",
        b"\0" * 50,
        b"<" * 10_000,
        b"[" * 100_000,
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "cc">]><a>&b;</a>',
        b"<ServiceExceptionReport><a>no \xe2\x80\xae way</a></ServiceExceptionReport>",
        b'{"error": {"code": 500, "message": "x"}}',
        b'{"collections": 3}',
        b"<a>" * 100 + b"</a>" * 100,
    ],
    ids=str,
)
def test_nonsense_is_refused_with_the_field_named(protocol: str, body: bytes) -> None:
    with pytest.raises(InvalidInput) as refused:
        MODULES[protocol].read(body, "https://gis.example/x/MapServer")
    assert refused.value.problems[0].where == "url"


def test_each_protocol_is_used_as_it_can_be() -> None:
    assert (mode_of("wms", None), mode_of("arcgis", None), mode_of("arcgis", "proxy")) == (
        "proxy",
        "harvest",
        "proxy",
    )
    with pytest.raises(InvalidInput, match="mode"):
        mode_of("wfs", "proxy")
