"""Page after page: where a harvest ends, what is the same, and services that have no end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from layers.external.harvest import Sink, pages
from spatial.errors import InvalidInput, Unavailable
from spatial.geometry.read_features import GEOMETRY, ReadOptions, list_pages, open_layer

OGCAPI = {"kind": "ogcapi", "items": "https://gis.example/collections/x/items", "reads": "GEOJSON"}
WFS = {
    "kind": "wfs",
    "get": "https://gis.example/wfs",
    "type": "x",
    "version": "2.0.0",
    "pages": True,
    "srs": None,
}
WFS_JSON = {**WFS, "reads": "GEOJSON", "format": "application/json"}
WFS_GML = {**WFS, "reads": "GML", "format": "gml"}
ARC = {"kind": "arcgis", "query": "https://gis.example/0/query", "key": "OID", "page": 2, "reads": "ESRIJSON"}


def feature(number: int, **properties: Any) -> dict[str, Any]:
    geometry = {"type": "Point", "coordinates": [116 + number / 1000, 39.9]}
    return {"type": "Feature", "id": number, "geometry": geometry, "properties": properties}


def collection(*features: dict[str, Any], **more: Any) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features, **more}).encode()


def read(
    plan: dict[str, Any], folder: Path, answers: list[bytes], most: int = 10**7
) -> tuple[Sink, list[str]]:
    """Drive a harvest with answers that were written before; gives the addresses asked for, too."""
    folder.mkdir(exist_ok=True)
    sink, asked, left = Sink(folder, most), [], list(answers)
    asking = pages(plan, sink)
    body = None
    while True:
        try:
            asked.append(next(asking) if body is None else asking.send(body))
        except StopIteration:
            return sink, asked
        body = left.pop(0)


def rows(folder: Path, reads: str) -> list[dict[str, Any]]:
    found = list_pages(folder, reads, "x")
    with open_layer(found, ReadOptions()) as batches:
        return [row for batch in batches for row in batch.to_pylist()]


def test_pages_of_an_api_are_followed_by_their_links(tmp_path: Path) -> None:
    link = {"rel": "next", "type": "application/geo+json", "href": "https://gis.example/items?page=2"}
    sink, asked = read(
        OGCAPI, tmp_path, [collection(feature(1), feature(2), links=[link]), collection(feature(3))]
    )
    assert asked[1] == "https://gis.example/items?page=2"
    assert (sink.features, sink.has_ids) == (3, True)
    assert [row["id"] for row in rows(tmp_path, "GEOJSON")] == [1, 2, 3]


def test_types_that_differ_between_pages_are_joined(tmp_path: Path) -> None:
    link = {"rel": "next", "href": "/items?page=2"}
    answers = [
        collection(feature(1, a=1, b=1, c="0110"), links=[link]),
        collection(feature(2, a=1.5, b="x", d=True)),
    ]
    read(OGCAPI, tmp_path, answers)
    found = rows(tmp_path, "GEOJSON")
    assert [(row["a"], row["b"], row["c"]) for row in found] == [(1.0, "1", "0110"), (1.5, "x", None)]
    assert all(row[GEOMETRY] for row in found)


def test_a_link_that_leads_round_and_round_ends(tmp_path: Path) -> None:
    link = {"rel": "next", "href": "/items"}
    sink, asked = read(OGCAPI, tmp_path, [collection(feature(1), links=[link])] * 5)
    assert (sink.features, len(asked)) == (1, 2)


def test_what_is_too_large_is_refused_with_its_setting(tmp_path: Path) -> None:
    link = {"rel": "next", "href": "/items"}
    answers = [collection(feature(n, text="x" * 1000), links=[link]) for n in range(100)]
    with pytest.raises(InvalidInput, match="CITYGRID_EXTERNAL_MB"):
        read(OGCAPI, tmp_path, answers, 10_000)


def test_the_digest_goes_by_the_features_and_not_by_their_order_or_the_time(tmp_path: Path) -> None:
    def digest(folder: str, *features: dict[str, Any], **more: Any) -> str:
        return read(OGCAPI, tmp_path / folder, [collection(*features, **more)])[0].digest("options")

    one = digest("a", feature(1, n=1), feature(2, n=2), timeStamp="2026-01-01")
    assert one == digest("b", feature(2, n=2), feature(1, n=1), timeStamp="2026-01-02")
    assert one != digest("c", feature(1, n=1), feature(2, n=3))
    assert one != digest("d", feature(1, n=1))


@pytest.mark.parametrize("said", [{}, {"numberMatched": 3}, {"totalFeatures": 3}])
def test_a_wfs_whose_pages_are_smaller_than_asked(tmp_path: Path, said: dict[str, int]) -> None:
    answers = [collection(feature(1), feature(2), **said), collection(feature(3), **said), collection()]
    sink, asked = read(WFS_JSON, tmp_path, answers)
    assert sink.features == 3
    assert "STARTINDEX=2" in asked[1]
    assert len(asked) == (2 if said else 3)


def test_a_wfs_that_knows_no_second_page_ends(tmp_path: Path) -> None:
    sink, asked = read(WFS_JSON, tmp_path, [collection(feature(1), feature(2))] * 3)
    assert (sink.features, len(asked)) == (2, 2)


GML = """<wfs:FeatureCollection timeStamp="{time}" numberMatched="2" numberReturned="1"
 xmlns:wfs="http://www.opengis.net/wfs/2.0" xmlns:gml="http://www.opengis.net/gml/3.2" xmlns:n="urn:n">
<wfs:member>
<n:wells gml:id="wells.{n}"><n:code>00{n}</n:code>
<n:geom><gml:Point srsName="urn:ogc:def:crs:EPSG::4490" gml:id="g{n}">
<gml:pos>39.9 116.{n}</gml:pos></gml:Point></n:geom></n:wells></wfs:member></wfs:FeatureCollection>"""
XSD = b"""<schema xmlns="http://www.w3.org/2001/XMLSchema" xmlns:n="urn:n" xmlns:gml="http://www.opengis.net/gml/3.2"
 targetNamespace="urn:n" elementFormDefault="qualified"><element name="wells" type="n:wellsType"
 substitutionGroup="gml:AbstractFeature"/><complexType name="wellsType"><complexContent>
<extension base="gml:AbstractFeatureType"><sequence><element name="geom" type="gml:PointPropertyType"/>
<element name="code" type="string"/></sequence></extension></complexContent></complexType></schema>"""


def test_gml_has_latitude_first_and_codes_that_stay_texts(tmp_path: Path) -> None:
    answers = [GML.format(n=n, time=n).encode() for n in (1, 2)]
    read(WFS_GML, tmp_path, [XSD, *answers])
    found = rows(tmp_path, "GML")
    assert [row["code"] for row in found] == ["001", "002"]
    assert list_pages(tmp_path, "GML", "x").crs == "EPSG:4490"
    import shapely

    assert [shapely.from_wkb(row[GEOMETRY]).coords[0] for row in found] == [(116.1, 39.9), (116.2, 39.9)]


@pytest.mark.parametrize("where", ["head", "end", "schema"])
def test_a_dtd_in_gml_is_refused_wherever_it_stands(tmp_path: Path, where: str) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]>'
    page = GML.format(n=1, time=1).replace('numberMatched="2"', 'numberMatched="1"')
    page = (
        f"{'<!--' + 'x' * 2**20 + '-->' if where == 'end' else ''}{bomb if where != 'schema' else ''}{page}"
    )
    schema = bomb.encode() + XSD if where == "schema" else XSD
    with pytest.raises(InvalidInput, match="DTD"):
        read(WFS_GML, tmp_path, [schema, page.encode()])
        rows(tmp_path, "GML")


def test_gml_fetches_nothing_itself(tmp_path: Path) -> None:
    """A page names its schema at an address of this machine: nobody knocks there."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.5)
        here = f"http://127.0.0.1:{listener.getsockname()[1]}/x.xsd"
        named = (
            f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:n {here}" xmlns:n'
        )
        page = GML.format(n=1, time=1).replace("xmlns:n", named, 1)
        page = page.replace("urn:ogc:def:crs:EPSG::4490", here).replace('Matched="2"', 'Matched="1"')
        tmp_path.joinpath("page-000001").write_text(page)
        list_pages(tmp_path, "GML", "x")
        with pytest.raises(TimeoutError):
            listener.accept()


def esri(*numbers: int, more: bool = False) -> bytes:
    features = [{"attributes": {"OID": n}, "geometry": {"x": 116 + n, "y": 39}} for n in numbers]
    fields = [{"name": "OID", "type": "esriFieldTypeOID"}]
    about = {"geometryType": "esriGeometryPoint", "spatialReference": {"wkid": 4490}, "fields": fields}
    return json.dumps({**about, "features": features, "exceededTransferLimit": more}).encode()


def test_arcgis_goes_on_while_the_limit_is_exceeded(tmp_path: Path) -> None:
    sink, asked = read({**ARC, "pages": True}, tmp_path, [esri(1, 2, more=True), esri(3)])
    assert (sink.features, len(asked)) == (3, 2)
    assert "resultOffset=2&resultRecordCount=2" in asked[1] and "orderByFields=OID" in asked[1]
    with pytest.raises(Unavailable, match="same page"):
        read({**ARC, "pages": True}, tmp_path, [esri(1, 2, more=True)] * 3)


def test_arcgis_of_before_10_3_is_read_by_numbers(tmp_path: Path) -> None:
    ids = json.dumps({"objectIds": [3, 1, 2]}).encode()
    sink, asked = read({**ARC, "pages": False}, tmp_path, [ids, esri(1, 2, 3)])
    assert sink.features == 3
    assert "objectIds=1,2,3" in asked[1]


@pytest.mark.parametrize("plan", [OGCAPI, WFS_JSON, {**ARC, "pages": True}])
@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"{}",
        b'{"type": "FeatureCollection"}',
        b'{"type":"FeatureCollection","features":[]}',
        b"[1]",
        b'{"error": {"code": 498, "message": "Invalid Token"}}',
    ],
)
def test_answers_that_are_none_are_refused(tmp_path: Path, plan: dict[str, Any], body: bytes) -> None:
    with pytest.raises(InvalidInput):
        read(plan, tmp_path, [body])
