"""The downloaded project in a real QGIS, against a real server: every layer is there, styled and drawn."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest

from layers.legends.builtin import RISKS, STAGES
from tests.servers import LiveServer

pytestmark = pytest.mark.qgis

SCRIPT = Path(__file__).parent / "open_in_qgis.py"
BASE_MAP = "citygrid_base_map"


@pytest.fixture(scope="module")
def opened(
    live_server: LiveServer,
    client: httpx.Client,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Any]:
    """What QGIS finds in the project, logged in by its store of keys."""
    folder = tmp_path_factory.mktemp("qgis")
    for name in ("project.qgz", "places.qlr"):
        answer = client.get(f"/ogc/qgis/{name}", params={"authcfg": "citygrd"})
        assert answer.status_code == 200
        (folder / name).write_bytes(answer.content)
    (folder / "keys").mkdir()
    images = os.environ.get("CITYGRID_TEST_IMAGES", str(folder))
    job = {
        "project": str(folder / "project.qgz"), "qlr": str(folder / "places.qlr"), "images": images,
        "token": live_server.token, "keys": str(folder / "keys"),
    }  # fmt: skip
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "HOME": str(folder)}
    done = subprocess.run(
        ["/usr/bin/python3", SCRIPT], input=json.dumps(job), capture_output=True, text=True, env=environment,
        timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return {**found, "images": Path(images)}


def test_every_layer_is_valid_and_has_its_features(opened: dict[str, Any], client: httpx.Client) -> None:
    assert opened["read"]
    listed = client.get("/ogc/collections").json()["collections"]
    collections = [each["id"] for each in listed if each["itemType"] == "feature"]
    assert set(opened["layers"]) == {f"citygrid_layer_{name}" for name in collections} | {BASE_MAP}
    assert opened["layers"][BASE_MAP]["valid"]
    for name in collections:
        layer = opened["layers"][f"citygrid_layer_{name}"]
        matched = client.get(f"/ogc/collections/{name}/items?limit=1").json()["numberMatched"]
        first = [True] if matched else []
        assert (name, layer["valid"], layer["count"], layer["first"]) == (name, True, matched, first)
        assert (layer["renderer"] is not None) == bool(matched)


def test_layers_are_styled_labelled_and_kept_to_their_scales(opened: dict[str, Any]) -> None:
    layers = opened["layers"]
    events, places = layers["citygrid_layer_events"], layers["citygrid_layer_places"]
    assert events["renderer"] == places["renderer"] == "categorizedSymbol"
    assert events["classes"][: len(STAGES)] == [title for _, title, *_ in STAGES]
    assert places["classes"][: len(RISKS)] == [title for _, title, _ in RISKS]
    assert layers["citygrid_layer_streets"]["labels"]
    assert layers["citygrid_layer_streets"]["aliases"]["code"] == "编码"
    assert layers["citygrid_layer_grids"]["scales"][0]
    assert 10_000 < events["scales"][1] < 100_000, "a city's events are not fetched from afar"


def test_the_project_opens_on_the_city_in_its_own_zone(opened: dict[str, Any]) -> None:
    assert opened["crs"] == "EPSG:4548"
    assert 15_000 < opened["width_m"] < 30_000
    assert "海淀" in opened["title"]
    assert "OpenStreetMap" in opened["layers"][BASE_MAP]["attribution"]
    assert list(opened["tree"]) == ["城市治理", "应急资源", "网格体系", "底图"]
    assert opened["tree"]["城市治理"][0] == "citygrid_layer_events"


def test_maps_are_drawn_without_an_error_and_show_their_symbols(opened: dict[str, Any]) -> None:
    from PIL import Image

    assert opened["errors"] == []
    wanted = {
        "city": {"#3b4590"},
        "quarter": {"#3b4590", "#2f7fd0", "#3b82c4"},
        "block": {"#3b82c4", "#009e73"},
    }
    for name, colours in wanted.items():
        with Image.open(opened["images"] / f"{name}.png") as image:
            found = image.convert("RGB").getcolors(1 << 24)
        near = [colour for colour in colours if not any(_close(colour, each) for _, each in found)]
        assert near == [], name


def _close(colour: str, pixel: tuple[int, int, int]) -> bool:
    wanted = [int(colour[place : place + 2], 16) for place in (1, 3, 5)]
    return all(abs(one - other) <= 24 for one, other in zip(wanted, pixel, strict=True))


def test_a_single_layer_can_be_dragged_into_a_project(opened: dict[str, Any]) -> None:
    loaded, message, layers = opened["qlr"]
    assert (loaded, message) == (True, "")
    assert [(each["name"], each["valid"], each["renderer"]) for each in layers] == [
        ("重点场所", True, "categorizedSymbol")
    ]
