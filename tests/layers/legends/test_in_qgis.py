"""QML and SLD as QGIS itself reads them: every file loads, and every feature has its class."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from layers.legends.builtin import RISKS, STAGES
from layers.legends.defaults import legend_of
from layers.legends.legend import Legend
from layers.legends.qgis.qml import qml
from layers.legends.scales import MM_PER_PX, scale_of
from layers.legends.sld import SLD_10, SLD_11, sld
from tests.layers.legends.samples import HOSTILE, built_in, by_range, by_values, layer

pytestmark = pytest.mark.qgis

PYTHON = "/usr/bin/python3"
SCRIPT = Path(__file__).parent / "read_in_qgis.py"
GEOMETRIES = {"point": "Point", "line": "LineString", "polygon": "Polygon"}
FIELDS = [("name", "string"), ("level", "double"), (HOSTILE.replace("\x01", "\ufffd"), "string")]
"""XML cannot hold a control character: a field with one is named without it."""
LATITUDE = 40.0


def asked(jobs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Let QGIS answer jobs (see read_in_qgis.py)."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "LC_ALL": "C.UTF-8"}
    environment.pop("PYTHONPATH", None)
    done = subprocess.run(
        [PYTHON, SCRIPT], input=json.dumps(jobs), capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    answers: list[dict[str, Any]] = json.loads(done.stdout)
    assert all(each["loaded"] for each in answers), answers
    return answers


def colours(answer: dict[str, Any]) -> list[str | None]:
    return [each["symbol"] and each["symbol"]["colour"] for each in answer["features"]]


def written(folder: Path, form: str, look: Legend, geometry_type: str) -> str:
    there = layer("shelters", geometry_type)
    if form == "qml":
        body = qml(there, look, "zh", LATITUDE)
    else:
        body = sld([(there, look, LATITUDE)], SLD_11 if form == "sld11" else SLD_10, "shelters", "zh")
    path = folder / f"style.{form[:3]}"
    path.write_bytes(body)
    return str(path)


@pytest.mark.parametrize("form", ["qml", "sld11", "sld10"])
@pytest.mark.parametrize("geometry_type", GEOMETRIES)
def test_values_however_hostile_find_their_class(tmp_path: Path, form: str, geometry_type: str) -> None:
    hostile = HOSTILE.replace("\x01", "\ufffd")
    values = [hostile, "'; DROP", "2", "true", "else", None]
    path = written(tmp_path, form, by_values(geometry_type), geometry_type)
    job = {"file": path, "geometry": GEOMETRIES[geometry_type], "fields": FIELDS,
           "features": [["n", 1, value] for value in values]}  # fmt: skip
    (answer,) = asked([job])
    red, blue, green = "#d55e00", "#0072b2", "#009e73"
    assert colours(answer) == [red, red, blue, blue, green, green]
    assert hostile in answer["legend"][0]
    if form == "qml":
        assert answer["renderer"] == "categorizedSymbol"
        assert [each["label"] for each in answer["features"]] == [
            hostile,
            "'; DROP",
            "2",
            "true",
            "else",
            "n",
        ]
        assert answer["aliases"] == ["名称", "等级", hostile]
        assert answer["scales"] == [True, pytest.approx(scale_of(8, LATITUDE), abs=1), 0]


@pytest.mark.parametrize("form", ["qml", "sld11", "sld10"])
@pytest.mark.parametrize("others", [True, False])
def test_ranges_end_before_their_high_end(tmp_path: Path, form: str, others: bool) -> None:
    path = written(tmp_path, form, by_range("point", others), "point")
    numbers = [-5, 9.99, 10, 19.5, 20, 1e9, None]
    job = {"file": path, "geometry": "Point", "fields": FIELDS, "features": [["n", n, ""] for n in numbers]}
    (answer,) = asked([job])
    low, middle, high = "#56b4e9", "#0072b2", "#d55e00"
    assert colours(answer) == [low, low, middle, middle, high, high, "#009e73" if others else None]
    if form == "qml":
        assert answer["renderer"] == ("RuleRenderer" if others else "graduatedSymbol")


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What QGIS makes of the delivered looks, each with features of every class."""
    folder = tmp_path_factory.mktemp("looks")
    kept = os.environ.get("CITYGRID_TEST_IMAGES")
    jobs = []
    for name, there in built_in().items():
        path = folder / f"{name}.qml"
        path.write_bytes(qml(there, legend_of(there), "zh", 0.0))
        names = [field.name for field in there.fields]
        filled = {"places": ("risk_level", [1, 2, 3, 4, 9]), "components": ("class_code", ["01001", "05999"]),
                  "events": ("state", [state for *_, states, _ in STAGES for state in states])}  # fmt: skip
        attribute, values = filled.get(name, ("code", ["110108001001007"]))
        features = [[value if each == attribute else None for each in names] for value in values]
        image = str(Path(kept or folder) / f"{name}.png")
        shapes = {"polygon": "Polygon", "line": "LineString", "point": "Point", "geometry": "Polygon"}
        kind = shapes[there.geometry_type]
        fields = [(each, "integer" if each == "risk_level" else "string") for each in names]
        job = {"file": str(path), "geometry": kind, "fields": fields, "features": features}
        jobs.append({**job, "image": image, "scale": 44})
    return dict(zip(built_in(), asked(jobs), strict=True)) | {"": {"folder": Path(kept or folder)}}


def test_delivered_looks_have_the_colours_of_the_web_map(delivered: dict[str, dict[str, Any]]) -> None:
    hues = [colour for colour, *_ in RISKS]
    assert colours(delivered["places"]) == [*hues, hues[3]]
    assert colours(delivered["events"]) == [colour for colour, _, _, states, _ in STAGES for _ in states]
    assert colours(delivered["components"]) == ["#5b6b7d", "#d55e00"]
    # Levels: the weightiest class is drawn last.
    assert [each["symbol"]["pass"] for each in delivered["places"]["features"]] == [3, 2, 1, 0, 0]
    assert delivered["grids"]["features"][0]["label"] == "007"
    assert delivered["streets"]["renderer"] == "singleSymbol"


def test_sizes_follow_the_scale_of_the_map(tmp_path: Path) -> None:
    there = built_in()["events"]
    path = tmp_path / "events.qml"
    path.write_bytes(qml(there, legend_of(there), "zh", 0.0))
    job = {"file": str(path), "geometry": "Point", "fields": [("state", "string")], "features": [["filed"]]}
    answers = asked([{**job, "scale": scale_of(zoom, 0.0)} for zoom in (12, 15, 20)])
    sizes = [answer["features"][0]["symbol"]["size_mm"] / MM_PER_PX for answer in answers]
    assert sizes == pytest.approx([4.5, 9.4, 20], rel=0.01)


def test_pictures_show_every_class(delivered: dict[str, dict[str, Any]]) -> None:
    from PIL import Image

    with Image.open(delivered[""]["folder"] / "places.png") as picture:
        seen = {
            "#{:02x}{:02x}{:02x}".format(*pixel[:3]) for _, pixel in picture.convert("RGB").getcolors(1 << 24)
        }
    assert {colour for colour, *_ in RISKS} <= seen
