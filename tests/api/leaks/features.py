"""Collections of features: their items, files, filters, changes, styles and records."""

from __future__ import annotations

import csv
import io
import json
import tempfile
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow.parquet
import pyogrio

from api.ogc.exports import FILES
from spatial.rights.rules import EDITORS
from tests.api.leaks.alike import like_nothing
from tests.api.leaks.eyes import LAYERS, Eyes
from tests.spatial.rights.town import GRIDS, middle


def items(eyes: Eyes) -> None:
    for layer in LAYERS:
        page = eyes.get(f"/ogc/collections/{layer}/items?limit=1000")
        found = {str(feature["id"]) for feature in page["features"]}
        eyes.expect(f"items of {layer}", found, eyes.own(layer))
        eyes.expect(f"numberMatched of {layer}", page["numberMatched"], len(eyes.own(layer)))
        html = eyes.ask("GET", f"/ogc/collections/{layer}/items?limit=1000&f=html").text
        key = "no" if layer == "events" else LAYERS[layer][2]
        if key != "id":
            shown = {row[key] for row in eyes.of(layer) if f">{row[key]}<" in html}
            wanted = {row[key] for row in eyes.of(layer) if eyes.sees(LAYERS[layer][0], row)}
            eyes.expect(f"page of {layer}", shown, wanted)
        _filtered(eyes, layer)
        _files(eyes, layer)


def _files(eyes: Eyes, layer: str) -> None:
    """The same as files; two layers in every format."""
    key = "code" if LAYERS[layer][2] == "code" else "id"
    for form in FILES if layer in ("places", "grids") else ("csv",):
        answer = eyes.ask("GET", f"/ogc/collections/{layer}/items?f={form}")
        eyes.expect(f"{form} of {layer}", _identifiers(form, answer.content, key), eyes.own(layer))


def _identifiers(form: str, body: bytes, key: str) -> set[str]:
    if form == "geojsonseq":
        return {json.loads(text)["id"] for text in body.split(b"\x1e") if text}
    if form == "jsonfg":
        return {each["id"] for each in json.loads(body)["features"]}
    if form.startswith("csv"):
        lines = io.StringIO(body.decode("utf-8-sig"))
        if form == "csv-sheet":
            next(lines)
        return {line[key] for line in csv.DictReader(lines)}
    if form == "geoparquet":
        return {str(each) for each in pyarrow.parquet.ParquetFile(io.BytesIO(body)).read()[key].to_pylist()}
    with tempfile.NamedTemporaryFile(suffix=FILES[form].extension) as file:
        file.write(body)
        file.flush()
        meta, _, _, columns = pyogrio.raw.read(file.name)
    return {str(each) for each in columns[list(meta["fields"]).index(key)]}


def _filtered(eyes: Eyes, layer: str) -> None:
    """A filter must not tell of a row that may not be seen: neither by matches nor by an error."""
    for row in eyes.of(layer)[:8]:
        name = "code" if LAYERS[layer][2] == "code" else "unit_code"
        if not row.get(name):
            continue
        page = eyes.get(f"/ogc/collections/{layer}/items", params={name: row[name]})
        wanted = sum(
            other[name] == row[name] and eyes.sees(LAYERS[layer][0], other) for other in eyes.of(layer)
        )
        eyes.expect(f"{layer} where {name}={row[name]}", page["numberMatched"], wanted)


def item(eyes: Eyes) -> None:
    for layer, (table, _, key) in LAYERS.items():
        for row in eyes.of(layer):
            path = f"/ogc/collections/{layer}/items/{{}}"
            like_nothing(eyes, path, row[key], eyes.sees(table, row))
            if layer in EDITABLE:
                _changed(eyes, layer, path, row[key], eyes.sees(table, row))


EDITABLE = {
    "places": {"kind": "school", "name": "n", "risk_level": 1},
    "components": {"state": "intact", "name": "n"},
    "resources": {"kind": "team", "name": "n"},
}


def _changed(eyes: Eyes, layer: str, path: str, key: str, sees: bool) -> None:
    """A foreign row cannot be changed, and is refused like none; an own one is by who may."""
    if sees:
        status = eyes.ask("PATCH", path.format(key), json={}).status_code
        eyes.expect(f"PATCH of an own row of {layer}", status, 200 if eyes.reader.role in EDITORS else 403)
        return
    feature = {"type": "Feature", "geometry": {"type": "Point", "coordinates": middle(GRIDS[0])}}
    for method, body in (
        ("PUT", {**feature, "properties": EDITABLE[layer]}),
        ("PATCH", {}),
        ("DELETE", None),
    ):
        like_nothing(eyes, path, key, False, method, **({} if body is None else {"json": body}))


def transactions(eyes: Eyes) -> None:
    """A change of everything reaches the own rows alone, and nothing is created beyond the own area."""
    for layer in EDITABLE:
        action = {"action": "update", "collection": layer, "properties": {}, "filter": "name IS NOT NULL"}
        answer = eyes.ask("POST", "/ogc/transactions", json={"transaction": [action]})
        if eyes.reader.role in EDITORS:
            eyes.expect(
                f"what a change of all {layer} means",
                set(answer.json()["results"][0]["ids"]),
                eyes.own(layer),
            )
        else:
            eyes.expect(f"change of all {layer}", answer.status_code, 403)
    for grid in GRIDS:
        if eyes.reader.reach == "area" and not eyes.reader.holds(grid):
            geometry = {"type": "Point", "coordinates": middle(grid)}
            feature = {"type": "Feature", "geometry": geometry, "properties": EDITABLE["places"]}
            answer = eyes.ask("POST", "/ogc/collections/places/items", json=feature)
            eyes.expect(f"creating in {grid}", answer.status_code, 403)


def collections(eyes: Eyes) -> None:
    listed = {each["id"]: each for each in eyes.get("/ogc/collections")["collections"]}
    wanted = {row["name"] for row in eyes.rows["layer"] if eyes.sees("layer", row)}
    # Tracks are a collection, but no layer: tests.api.leaks.moving looks at those.
    eyes.expect("collections", set(listed) - {"movers"}, wanted)
    names = {each["name"] for each in eyes.get("/api/layers")["layers"]}
    eyes.expect("layers", names, wanted)
    for name in LAYERS:
        extent_of(eyes, name, listed[name]["extent"].get("spatial", {"bbox": [None]})["bbox"][0])


def extent_of(eyes: Eyes, layer: str, bbox: list[float] | None) -> None:
    """The box around a layer is the box around its own rows."""
    if layer not in ("places", "events", "components"):
        return
    points = [middle(row["unit_code"]) for row in eyes.of(layer) if eyes.sees(LAYERS[layer][0], row)]
    if not points:
        eyes.expect(f"extent of {layer}", bbox in (None, [-180.0, -90.0, 180.0, 90.0]), True)
        return
    west, south, east, north = bbox or (0, 0, 0, 0)
    box = np.array(points)
    wanted = [*box.min(axis=0), *box.max(axis=0)]
    eyes.expect(f"extent of {layer}", np.allclose([west, south, east, north], wanted, atol=1e-9), True)


def collection(eyes: Eyes) -> None:
    for row in eyes.rows["layer"]:
        like_nothing(eyes, "/ogc/collections/{}", row["name"], eyes.sees("layer", row))


def queryables(eyes: Eyes) -> None:
    for row in eyes.rows["layer"]:
        like_nothing(eyes, "/ogc/collections/{}/queryables", row["name"], eyes.sees("layer", row))


def sortables(eyes: Eyes) -> None:
    for row in eyes.rows["layer"]:
        like_nothing(eyes, "/ogc/collections/{}/sortables", row["name"], eyes.sees("layer", row))


def schema(eyes: Eyes) -> None:
    for row in eyes.rows["layer"]:
        like_nothing(eyes, "/ogc/collections/{}/schema", row["name"], eyes.sees("layer", row))


def styles(eyes: Eyes) -> None:
    """No list, style of the whole map, project or legend names a layer that may not be seen."""
    foreign = [row["name"] for row in eyes.rows["layer"] if not eyes.sees("layer", row)]
    own = {row["name"] for row in eyes.rows["layer"] if eyes.sees("layer", row)}
    listed = {each["id"] for each in eyes.get("/ogc/styles")["styles"]}
    eyes.expect("styles", listed, own | {"city-map"})
    whole = eyes.get("/ogc/styles/city-map")["sources"]
    eyes.expect("layers in the style of the whole map", set(whole), own | {"basemap"})
    for path in WHOLE_STYLES:
        text = eyes.ask("GET", f"/ogc/{path}").text
        eyes.expect(f"foreign layers in {path}", [name for name in foreign if name in text], [])
    packed = zipfile.ZipFile(io.BytesIO(eyes.ask("GET", "/ogc/qgis/project.qgz").content))
    text = packed.read("citygrid.qgs").decode()
    eyes.expect("own layers in the project", {name for name in own if f"'{name}'" in text}, own)
    eyes.expect("foreign layers in the project", [name for name in foreign if name in text], [])


WHOLE_STYLES = (
    "styles", "styles?f=html", "styles/city-map?f=sld10", "styles/city-map?f=sld11",
    "styles/city-map/metadata", "styles/city-map/sprite.json", "qgis/project.qgs",
)  # fmt: skip


def style(path: str) -> Callable[[Eyes], None]:
    """A layer that may not be seen has no style, legend or file, in any form."""

    def probe(eyes: Eyes) -> None:
        for row in eyes.rows["layer"]:
            like_nothing(eyes, path, row["name"], eyes.sees("layer", row))

    return probe


def own_style(eyes: Eyes) -> None:
    """Read in every form, and changed: a layer that may not be seen cannot be told from none."""
    path = "/ogc/collections/{}/styles/default"
    for row in eyes.rows["layer"]:
        sees = eyes.sees("layer", row)
        for form in ("mapbox", "qml", "sld10", "sld11"):
            like_nothing(eyes, f"{path}?f={form}", row["name"], sees)
        if not sees:
            like_nothing(eyes, path, row["name"], False, "PUT", json={"classes": []})
            like_nothing(eyes, path, row["name"], False, "DELETE")


def change_legend(method: str, **options: Any) -> Callable[[Eyes], None]:
    """A layer that may not be seen answers like none."""

    def probe(eyes: Eyes) -> None:
        for row in eyes.rows["layer"]:
            if not eyes.sees("layer", row):
                like_nothing(eyes, "/api/layers/{}/legend", row["name"], False, method, **options)

    return probe


def ogc_openapi(eyes: Eyes) -> None:
    text = eyes.ask("GET", "/ogc/openapi").text
    foreign = [row["name"] for row in eyes.rows["layer"] if not eyes.sees("layer", row)]
    eyes.expect("layers in the definition", [name for name in foreign if name in text], [])


def catalogue_records(eyes: Eyes) -> None:
    """Records are of the layers that are seen, found by whatever; numbers tell no more."""
    wanted = {row["name"] for row in eyes.rows["layer"] if eyes.sees("layer", row)}
    page = eyes.get("/ogc/collections/catalogue/items?limit=1000")
    eyes.expect("records", {each["id"] for each in page["features"]}, wanted)
    eyes.expect("number of records", page["numberMatched"], len(wanted))
    for row in eyes.rows["layer"]:
        found = eyes.get("/ogc/collections/catalogue/items", params={"ids": row["name"]})["numberMatched"]
        eyes.expect(f"record of {row['name']}", found, int(row["name"] in wanted))
    for name in ("places", "events", "components"):
        shape = eyes.get(f"/ogc/collections/catalogue/items/{name}")["geometry"]
        ring = shape["coordinates"][0] if shape else None
        extent_of(eyes, name, [*ring[0], *ring[2]] if ring else None)
