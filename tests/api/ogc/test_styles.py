"""Styles, legends and files for QGIS at the door: forms, addresses, and who may change a look."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Callable, Iterator
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest

from api.asgi import App, Receive, Scope, Send
from api.ogc.app import ogc_app
from layers.legends.builtin import BUILTIN
from layers.legends.stored import written
from spatial.database import Database
from spatial.rights.reader import Reader
from tests.api.ogc.conftest import serving

BASE = "http://www.opengis.net/spec/ogcapi-styles-1/1.0/conf"
STYLES = "http://www.opengis.net/def/rel/ogc/1.0/styles"
FORMS = {
    "mapbox": "application/vnd.mapbox.style+json",
    "qml": "application/vnd.qgis.qml",
    "sld11": "application/vnd.ogc.sld+xml;version=1.1",
    "sld10": "application/vnd.ogc.sld+xml;version=1.0",
}
STAR: dict[str, Any] = {
    "classes": [
        {"title": "鸟", "title_en": "Birds", "values": ["bird"],
         "symbol": {"mark": {"shape": "star", "colour": "#0072b2"}}},
        {"title": "其他", "title_en": "Others", "others": True,
         "symbol": {"mark": {"shape": "circle", "colour": "#d55e00"}}},
    ],
    "attribute": "kind",
}  # fmt: skip
SIGHTINGS = "/ogc/collections/ogc_test_sightings"


READERS = {
    "overseer": Reader(1, "overseer", "Overseer", "district_administrator"),
    "analyst": Reader(2, "analyst", "Analyst", "analyst"),
    "neighbour": Reader(3, "neighbour", "Neighbour", "district_administrator", "area", "110108"),
}
OVERSEER = {"X-Test-Reader": "overseer"}


@pytest.fixture(scope="module")
def ogc(gallery: Database) -> Iterator[httpx.Client]:
    """A client of the door alone, read by an analyst unless a header names another."""
    with serving(_as_reader(ogc_app(gallery))) as client:
        yield client


def _as_reader(app: App) -> App:
    async def with_reader(scope: Scope, receive: Receive, send: Send) -> None:
        name = dict(scope["headers"]).get(b"x-test-reader", b"analyst").decode()
        scope["reader"] = READERS[name]
        await app(scope, receive, send)

    return with_reader


def of(links: list[dict[str, str]], rel: str) -> list[dict[str, str]]:
    return [each for each in links if each["rel"] == rel]


def soon(holds: Callable[[], Any]) -> Any:
    """The catalogue is looked up once a second."""
    deadline = time.monotonic() + 10
    while not (held := holds()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return held


def test_landing_collections_and_conformance_lead_to_styles(ogc: httpx.Client) -> None:
    landing = ogc.get("/ogc").json()
    (styles,) = of(landing["links"], STYLES)
    assert styles["href"].endswith("/ogc/styles")
    assert ogc.get(styles["href"]).status_code == 200
    collection = ogc.get(SIGHTINGS).json()
    (styles,) = of(collection["links"], STYLES)
    assert ogc.get(styles["href"]).json()["default"] == "default"
    declared = ogc.get("/ogc/conformance").json()["conformsTo"]
    assert {f"{BASE}/core", f"{BASE}/global-styles", f"{BASE}/collection-styles"} <= set(declared)


def test_every_style_that_is_listed_can_be_fetched_in_every_form_named(ogc: httpx.Client) -> None:
    """Core: unique identifiers, a stylesheet link each, and the default among them."""
    body = ogc.get("/ogc/styles").json()
    names = [each["id"] for each in body["styles"]]
    collections = [each["id"] for each in ogc.get("/ogc/collections").json()["collections"]]
    assert names == [body["default"], *collections]
    for each in body["styles"]:
        sheets = of(each["links"], "stylesheet")
        assert len(sheets) == (3 if each["id"] == "city-map" else 4)
        for sheet in sheets:
            answer = ogc.get(sheet["href"])
            assert (answer.status_code, answer.headers["content-type"]) == (200, sheet["type"])
        for rel in ("describedby", "preview"):
            assert all(ogc.get(link["href"]).status_code == 200 for link in of(each["links"], rel))


@pytest.mark.parametrize("path", ["/ogc/styles/events", "/ogc/collections/events/styles/default"])
@pytest.mark.parametrize("form", FORMS)
def test_a_form_is_chosen_by_f_or_by_accept(ogc: httpx.Client, path: str, form: str) -> None:
    by_f = ogc.get(path, params={"f": form})
    by_accept = ogc.get(path, headers={"Accept": FORMS[form]})
    assert by_f.headers["content-type"] == by_accept.headers["content-type"] == FORMS[form]
    assert by_f.content == by_accept.content
    assert (
        ogc.get(path, params={"f": form}, headers={"If-None-Match": by_f.headers["etag"]}).status_code == 304
    )
    if form == "mapbox":
        assert ogc.get(path).content == ogc.get(path, params={"f": "json"}).content == by_f.content
    else:
        ElementTree.fromstring(by_f.content)


def test_languages_have_sheets_of_their_own(ogc: httpx.Client) -> None:
    zh, en = (ogc.get("/ogc/styles/events", params={"f": "sld11", "lang": lang}) for lang in ("zh", "en"))
    assert "已结案" in zh.text
    assert "Closed" in en.text
    assert zh.headers["content-language"] == "zh"
    assert zh.headers["etag"] != en.headers["etag"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/ogc/styles/nothing", 404),
        ("/ogc/styles/nothing/metadata", 404),
        ("/ogc/styles/events/sprite.gif", 404),
        ("/ogc/collections/nothing/styles", 404),
        ("/ogc/collections/events/styles/other", 404),
        ("/ogc/collections/nothing/legend", 404),
        ("/ogc/qgis/nothing.qlr", 404),
        ("/ogc/qgis/project.zip", 404),
        ("/ogc/styles/events?f=pdf", 400),
        ("/ogc/styles/city-map?f=qml", 400),
        ("/ogc/styles/events?x=1", 400),
        ("/ogc/styles?f=qml", 400),
        ("/ogc/collections/events/legend?f=png", 400),
        ("/ogc/qgis/project.qgz?authcfg=%22/%3E", 400),
        ("/ogc/qgis/project.qgz?authcfg=abcdefg&authcfg=abcdefg", 400),
    ],
)
def test_what_is_not_there_or_wrong_is_refused(ogc: httpx.Client, path: str, status: int) -> None:
    answer = ogc.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_pages_are_for_people(ogc: httpx.Client) -> None:
    plots = "collections/ogc_test_plots"
    for path in ("styles", "styles/events", "styles/city-map/metadata", f"{plots}/styles", f"{plots}/legend",
                 f"{plots}/styles/default"):  # fmt: skip
        for language in ("zh", "en"):
            answer = ogc.get(f"/ogc/{path}", params={"f": "html", "lang": language})
            assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
            assert "<script" not in answer.text
            assert "Plots <b>" not in answer.text


def test_addresses_in_a_style_are_those_that_were_called(ogc: httpx.Client) -> None:
    style = ogc.get("/ogc/styles/city-map", headers={"Host": "gis.example:8443"}).json()
    text = json.dumps(style)
    assert style["sprite"] == "http://gis.example:8443/ogc/styles/city-map/sprite"
    assert "http://gis.example:8443/tiles/events/{z}/{x}/{y}.mvt" in text
    assert "127.0.0.1" not in text


def test_the_sprite_holds_every_sign_that_the_style_asks_for(ogc: httpx.Client) -> None:
    text = ogc.get("/ogc/styles/city-map").text
    for ratio, ending in ((1, ""), (2, "@2x")):
        index = ogc.get(f"/ogc/styles/city-map/sprite{ending}.json").json()
        picture = ogc.get(f"/ogc/styles/city-map/sprite{ending}.png")
        assert picture.headers["content-type"] == "image/png"
        from PIL import Image

        with Image.open(io.BytesIO(picture.content)) as image:
            assert image.size == (32 * ratio * len(index), 32 * ratio)
            for place in index.values():
                middle = image.getpixel((place["x"] + 16 * ratio, 16 * ratio))
                assert middle[3] == 255
                assert image.getpixel((place["x"], 0))[3] == 0
        asked = {part for part in text.split('"') if part.startswith(("diamond-", "square-"))}
        assert asked == set(index)


def test_a_legend_is_data_and_a_picture(ogc: httpx.Client) -> None:
    body = ogc.get("/ogc/collections/places/legend").json()
    assert {key: body[key] for key in written(BUILTIN["places"])} == written(BUILTIN["places"])
    assert body["advice"] == []
    answer = ogc.get("/ogc/collections/places/legend", params={"f": "svg", "lang": "en"})
    assert answer.headers["content-type"] == "image/svg+xml"
    texts = [
        each.text for each in ElementTree.fromstring(answer.content).iter("{http://www.w3.org/2000/svg}text")
    ]
    assert texts == ["Sensitive places", "Major (red)", "Serious (orange)", "Moderate (yellow)", "Low (blue)"]


@pytest.fixture
def sighted(ogc: httpx.Client) -> Iterator[httpx.Client]:
    """A client by which the sightings have a look of their own for a while."""
    yield ogc
    ogc.delete(f"{SIGHTINGS}/styles/default", headers=OVERSEER)


def test_an_administrator_of_the_whole_city_changes_a_look_for_everybody(sighted: httpx.Client) -> None:
    before = sighted.get(f"{SIGHTINGS}/legend").json()
    answer = sighted.put(f"{SIGHTINGS}/styles/default", json=STAR, headers=OVERSEER)
    assert answer.status_code == 200, answer.text
    assert [each["where"] for each in answer.json()["advice"]] == ["attribute"], "its tiles carry nothing"
    assert soon(lambda: sighted.get(f"{SIGHTINGS}/legend").json()["attribute"] == "kind")
    assert "star-0072b2" in sighted.get("/ogc/styles/ogc_test_sightings").text
    assert "star" in sighted.get("/ogc/styles/ogc_test_sightings?f=qml").text
    # What a legend says can be sent back as it is.
    sent = sighted.get(f"{SIGHTINGS}/legend").json()
    assert sighted.put(f"{SIGHTINGS}/styles/default", json=sent, headers=OVERSEER).status_code == 200
    assert sighted.delete(f"{SIGHTINGS}/styles/default", headers=OVERSEER).status_code == 204
    assert soon(lambda: sighted.get(f"{SIGHTINGS}/legend").json() == before)


@pytest.mark.parametrize("reader", ["neighbour", "analyst"])
def test_nobody_else_changes_a_look(ogc: httpx.Client, reader: str) -> None:
    headers = {"X-Test-Reader": reader}
    assert ogc.put("/ogc/collections/places/styles/default", json=STAR, headers=headers).status_code == 403
    assert ogc.delete("/ogc/collections/places/styles/default", headers=headers).status_code == 403


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"5", b'{"classes": []}', b'{"classes": [{"title": "x"}]}']
)
def test_a_look_that_does_not_hold_is_refused_at_its_place(ogc: httpx.Client, body: bytes) -> None:
    answer = ogc.put(f"{SIGHTINGS}/styles/default", content=body, headers=OVERSEER)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["where"]


def test_the_project_holds_every_layer_styled_grouped_and_without_any_secret(ogc: httpx.Client) -> None:
    answer = ogc.get("/ogc/qgis/project.qgz", params={"authcfg": "citygrd"})
    assert answer.headers["content-type"] == "application/vnd.qgis.qgz"
    assert 'filename="citygrid-project.qgz"' in answer.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        assert packed.namelist() == ["citygrid.qgs"]
        text = packed.read("citygrid.qgs")
    assert text == ogc.get("/ogc/qgis/project.qgs", params={"authcfg": "citygrd"}).content
    root = ElementTree.fromstring(text)
    collections = {each["id"] for each in ogc.get("/ogc/collections").json()["collections"]}
    layers = {each.findtext("id").removeprefix("citygrid_layer_"): each for each in root.iter("maplayer")}
    assert set(layers) == {*collections, "citygrid_base_map"}
    groups = [each.get("name") for each in root.find("layer-tree-group")]
    assert groups[-1] == "底图"
    assert set(groups) == {"城市治理", "网格体系", "应急资源", "城市生命线", "其他图层", "底图"}
    for name in collections:
        source = layers[name].findtext("datasource")
        assert f"typename='{name}'" in source
        assert f"url='{ogc.base_url}/ogc'" in source
        assert source.endswith(" authcfg=citygrd")
        assert layers[name].find("renderer-v2/symbols/symbol") is not None
    assert layers["places"].get("readOnly") == "0"
    assert layers["grids"].get("hasScaleBasedVisibilityFlag") == "1"
    assert root.findtext("projectCrs/spatialrefsys/authid") in ("EPSG:4548", "EPSG:3857")


def test_one_layer_can_be_taken_alone(ogc: httpx.Client) -> None:
    answer = ogc.get("/ogc/qgis/places.qlr")
    assert answer.headers["content-type"] == "application/vnd.qgis.qlr+xml"
    root = ElementTree.fromstring(answer.content)
    assert [each.findtext("id") for each in root.iter("maplayer")] == ["citygrid_layer_places"]
    assert "authcfg" not in answer.text


def test_the_definition_describes_styles(ogc: httpx.Client) -> None:
    paths = ogc.get("/ogc/openapi").json()["paths"]
    assert set(paths["/collections/places/styles/default"]) == {"get", "put", "delete"}
    assert {"/styles", "/styles/{style}", "/qgis/{file}", "/collections/places/legend"} <= set(paths)
