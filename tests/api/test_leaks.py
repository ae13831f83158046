"""The leak matrix: every readable route × accounts of different areas and organisations × every form.

The routes come from the ASGI tree; one without a probe here fails. Each account must see its own rows, all
of them, and no foreign one, and a foreign row must answer exactly like one that does not exist.
"""

from __future__ import annotations

import csv
import io
import json
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import mapbox_vector_tile
import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pyogrio
import pytest
import shapely
from google.protobuf.message import DecodeError
from psycopg import sql
from starlette.testclient import TestClient

from api.app import Doors, create_app
from api.ogc.exports import FILES
from spatial.database import connect
from spatial.geometry.datum import convert
from spatial.geometry.tile_matrix import TILE_MATRIX_SETS, tile_at
from spatial.rights import apply
from spatial.rights.rules import DISTRICT_ADMINISTRATOR, EDITORS, RULES
from spatial.settings import Settings
from tests.api.leaks import LAYERS, Eyes, routes
from tests.spatial.rights.town import DISTRICT, GRIDS, build, hire, middle, rows_of

NOBODY_THERE = "999999999"


@pytest.fixture(scope="module")
def town_url(make_city: Callable[..., Any]) -> Iterator[str]:
    with make_city(build) as url:
        yield url


@pytest.fixture(scope="module")
def client(
    town_url: str, as_app: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    app = create_app(settings, as_app(town_url))
    with TestClient(app, client=("127.0.0.1", 50_000), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module")
def everybody(town_url: str, client: TestClient) -> list[Eyes]:
    with connect(town_url) as owner:
        staff = hire(owner)
    with connect(town_url) as owner:
        rows = {rule.table: list(rows_of(owner, rule.table)) for rule in RULES}
    return [Eyes(name, reader, client, token, rows) for name, (reader, token) in staff.items()]


# Probes: each asks one route in every form it has, and notes what is too much or missing.


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


def exports(eyes: Eyes) -> None:
    eyes.expect("foreign exports", eyes.get("/api/exports"), {"exports": []})


def foreign_export(method: str, path: str) -> Callable[[Eyes], None]:
    def probe(eyes: Eyes) -> None:
        for row in eyes.rows["export"]:
            _like_nothing(eyes, path, row["id"], eyes.sees("export", row), method)

    return probe


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
            _like_nothing(eyes, path, row[key], eyes.sees(table, row))
            if layer in EDITABLE:
                _changed(eyes, layer, path, row[key], eyes.sees(table, row))


EDITABLE = {
    "places": {"kind": "k", "name": "n", "risk_level": 1},
    "components": {"state": "intact", "name": "n"},
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
        _like_nothing(eyes, path, key, False, method, **({} if body is None else {"json": body}))


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


def _like_nothing(eyes: Eyes, path: str, key: str, sees: bool, method: str = "GET", **options: Any) -> None:
    """A foreign row answers like none: same status, same words, same headers but for its own name."""
    answer = eyes.ask(method, path.format(key), **options)
    if sees:
        if answer.status_code not in (200, 201, 204, 400):
            eyes.problems.append(
                f"{eyes.name}: {method} {path.format(key)}: {answer.status_code} for an own row"
            )
        return
    nothing = eyes.ask(method, path.format(NOBODY_THERE), **options)
    eyes.expect(f"{method} {path} of a foreign row", answer.status_code, nothing.status_code)
    eyes.expect(f"{path}: words", *_words(answer, key, nothing))
    if answer.status_code < 400:
        eyes.problems.append(f"{eyes.name}: {path.format(key)} shows a foreign row")


def _words(answer: Any, key: str, nothing: Any) -> tuple[str, str]:
    return answer.text.replace(f"'{key}'", "?"), nothing.text.replace(f"'{NOBODY_THERE}'", "?")


def collections(eyes: Eyes) -> None:
    listed = {each["id"]: each for each in eyes.get("/ogc/collections")["collections"]}
    wanted = {row["name"] for row in eyes.rows["layer"] if eyes.sees("layer", row)}
    eyes.expect("collections", set(listed), wanted)
    names = {each["name"] for each in eyes.get("/api/layers")["layers"]}
    eyes.expect("layers", names, wanted)
    for name in LAYERS:
        _extent(eyes, name, listed[name]["extent"].get("spatial", {"bbox": [None]})["bbox"][0])


def _extent(eyes: Eyes, layer: str, bbox: list[float] | None) -> None:
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
        _like_nothing(eyes, "/ogc/collections/{}", row["name"], eyes.sees("layer", row))


def queryables(eyes: Eyes) -> None:
    for row in eyes.rows["layer"]:
        _like_nothing(eyes, "/ogc/collections/{}/queryables", row["name"], eyes.sees("layer", row))


def sortables(eyes: Eyes) -> None:
    for row in eyes.rows["layer"]:
        _like_nothing(eyes, "/ogc/collections/{}/sortables", row["name"], eyes.sees("layer", row))


def schema(eyes: Eyes) -> None:
    for row in eyes.rows["layer"]:
        _like_nothing(eyes, "/ogc/collections/{}/schema", row["name"], eyes.sees("layer", row))


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
            _like_nothing(eyes, path, row["name"], eyes.sees("layer", row))

    return probe


def own_style(eyes: Eyes) -> None:
    """Read in every form, and changed: a layer that may not be seen cannot be told from none."""
    path = "/ogc/collections/{}/styles/default"
    for row in eyes.rows["layer"]:
        sees = eyes.sees("layer", row)
        for form in ("mapbox", "qml", "sld10", "sld11"):
            _like_nothing(eyes, f"{path}?f={form}", row["name"], sees)
        if not sees:
            _like_nothing(eyes, path, row["name"], False, "PUT", json={"classes": []})
            _like_nothing(eyes, path, row["name"], False, "DELETE")


def change_legend(method: str, **options: Any) -> Callable[[Eyes], None]:
    """A layer that may not be seen answers like none."""

    def probe(eyes: Eyes) -> None:
        for row in eyes.rows["layer"]:
            if not eyes.sees("layer", row):
                _like_nothing(eyes, "/api/layers/{}/legend", row["name"], False, method, **options)

    return probe


def ogc_openapi(eyes: Eyes) -> None:
    text = eyes.ask("GET", "/ogc/openapi").text
    foreign = [row["name"] for row in eyes.rows["layer"] if not eyes.sees("layer", row)]
    eyes.expect("layers in the definition", [name for name in foreign if name in text], [])


Address = Callable[[str, float, float, int], str]
"""(layer, lon, lat, zoom as wide as Web Mercator's) → address of the tile there."""


def plain_tile(layer: str, lon: float, lat: float, zoom: int, query: str = "") -> str:
    tile = tile_at(lon, lat, zoom)
    return f"/tiles/{layer}/{tile.z}/{tile.x}/{tile.y}.mvt{query}"


def shifted_tile(layer: str, lon: float, lat: float, zoom: int) -> str:
    (x,), (y,) = convert([lon], [lat], "wgs84", "gcj02")
    return plain_tile(layer, float(x), float(y), zoom, "?datum=gcj02")


def ogc_tile(matrix: str, dataset: bool = False) -> Address:
    def address(layer: str, lon: float, lat: float, zoom: int) -> str:
        found = TILE_MATRIX_SETS[matrix]
        tile = tile_at(lon, lat, zoom - found.detail(found.first) + found.first, found)
        numbers = f"{matrix}/{tile.z}/{tile.y}/{tile.x}"
        if dataset:
            return f"/ogc/tiles/{numbers}?collections={layer}"
        return f"/ogc/collections/{layer}/tiles/{numbers}"

    return address


def tiles(*addresses: Address) -> Callable[[Eyes], None]:
    """Every layer at a zoom of single features and from afar, in each form that tiles have."""

    def probe(eyes: Eyes) -> None:
        for address in addresses:
            for layer, (table, _, key) in LAYERS.items():
                near: set[str] = set()
                for grid in GRIDS:
                    near |= _features(eyes, layer, address(layer, *middle(grid), 14), key)
                eyes.expect(f"tiles of {layer}", near, eyes.own(layer))
                if table in ("place", "event", "component"):
                    _counted(eyes, layer, address)
        lon, lat = middle(GRIDS[0])
        for row in eyes.rows["layer"]:
            path = addresses[0]("\0", lon, lat, 10).replace("\0", "{}")
            _like_nothing(eyes, path, row["name"], eyes.sees("layer", row))

    return probe


def _counted(eyes: Eyes, layer: str, address: Address) -> None:
    for zoom in (1, 8, 13):
        counted = 0
        for path in {address(layer, *middle(grid), zoom) for grid in GRIDS}:
            found = _layers(eyes, path).get(layer, {"features": []})
            counted += sum(each["properties"]["count"] for each in found["features"])
        eyes.expect(f"counts in tiles of {layer}", counted, len(eyes.own(layer)))


def _features(eyes: Eyes, layer: str, path: str, key: str) -> set[str]:
    found = _layers(eyes, path)
    parts = (found.get(layer), found.get(f"{layer}_label"))
    return {
        str(each["properties"].get(key, each.get("id")))
        for part in parts
        if part
        for each in part["features"]
    }


def _layers(eyes: Eyes, path: str) -> Any:
    answer = eyes.ask("GET", path)
    return mapbox_vector_tile.decode(answer.content) if answer.content else {}


def tile_json(eyes: Eyes) -> None:
    for row in eyes.rows["layer"]:
        _like_nothing(eyes, "/tiles/{}.json", row["name"], eyes.sees("layer", row))
    for layer in ("places", "events", "components"):
        bounds = eyes.get(f"/tiles/{layer}.json")["bounds"]
        _extent(eyes, layer, bounds if bounds[0] > -180 else None)


def plain_tiles(eyes: Eyes) -> None:
    tiles(plain_tile, shifted_tile)(eyes)
    tile_json(eyes)


def tilesets(path: str) -> Callable[[Eyes], None]:
    def probe(eyes: Eyes) -> None:
        for row in eyes.rows["layer"]:
            _like_nothing(eyes, path, row["name"], eyes.sees("layer", row))

    return probe


def dataset_tileset(eyes: Eyes) -> None:
    found = eyes.get("/ogc/tiles/WebMercatorQuad")
    wanted = {row["name"] for row in eyes.rows["layer"] if eyes.sees("layer", row)}
    eyes.expect("layers of the dataset", {each["id"] for each in found["layers"]}, wanted)


def city(eyes: Eyes) -> None:
    facts = eyes.get("/api/city")
    for level, layer in enumerate(("districts", "streets", "communities", "grids"), 1):
        eyes.expect(f"units of level {level}", facts["levels"][level - 1]["units"], len(eyes.own(layer)))
    tables = {"events": "event", "places": "place", "components": "component", "workers": "worker"}
    for name, table in tables.items():
        wanted = sum(eyes.sees(table, row) for row in eyes.rows[table])
        eyes.expect(f"count of {name}", facts["counts"][name], wanted)


def extent(eyes: Eyes) -> None:
    for layer in LAYERS:
        _extent(eyes, layer, eyes.get(f"/api/layers/{layer}/extent")["bbox"])
    for row in eyes.rows["layer"]:
        _like_nothing(eyes, "/api/layers/{}/extent", row["name"], eyes.sees("layer", row))


def search(eyes: Eyes) -> None:
    for layer, (table, _, key) in LAYERS.items():
        for row in eyes.of(layer):
            for text in {row.get("code") or row.get("no"), row.get("name") or row.get("title")} - {None}:
                found = eyes.get("/api/search", params={"q": text, "limit": 50})["results"]
                shown = {each["code"] if key == "code" else each["id"] for each in found}
                own = row[key] in shown
                searched = not (layer == "events" and text == row.get("title")) and not (
                    layer == "components" and text == row.get("name")
                )
                eyes.expect(f"search for {text}", own, searched and eyes.sees(table, row))
    everything = eyes.get("/api/search", params={"q": DISTRICT, "limit": 50})["results"]
    units = {each["code"] for each in everything if each["kind"] == "unit"}
    own = set().union(*(eyes.own(layer) for layer in ("districts", "streets", "communities", "grids")))
    eyes.expect("units found by the district's code", units, own)


def record(layer: str) -> Callable[[Eyes], None]:
    def probe(eyes: Eyes) -> None:
        table, _, key = LAYERS[layer]
        for row in eyes.of(layer):
            _like_nothing(eyes, f"/api/{layer}/{{}}", row[key], eyes.sees(table, row))

    return probe


def locate(eyes: Eyes) -> None:
    """One by one, as JSON, CSV, Arrow and Parquet: a foreign grid answers as if it lay outside the city."""
    wanted = [grid if grid in eyes.own("grids") else None for grid in GRIDS]
    points = [middle(grid) for grid in GRIDS]
    far = eyes.get("/api/grids/locate?lon=100&lat=10")["assignments"][0]
    for (lon, lat), code in zip(points, wanted, strict=True):
        answer = eyes.get(f"/api/grids/locate?lon={lon}&lat={lat}")["assignments"][0]
        eyes.expect(f"locate {lon},{lat}", answer["code"], code)
        if code is None:
            eyes.expect("a foreign grid and no grid", answer, far)
        elif answer["runner_up"] is not None:
            eyes.expect("runner-up", answer["runner_up"]["code"] in eyes.own("grids"), True)
    many = eyes.ask("POST", "/api/grids/locate", json={"points": points}).json()["assignments"]
    eyes.expect("locate by JSON", [each["code"] for each in many], wanted)
    table = pa.table({"lon": [lon for lon, _ in points], "lat": [lat for _, lat in points]})
    for media_type, (write, read) in FORMS.items():
        answer = eyes.ask(
            "POST", "/api/grids/locate?detail=1", content=write(table), headers={"content-type": media_type}
        )
        codes, beyond = read(answer.content)
        eyes.expect(f"locate by {media_type}", codes, wanted)
        eyes.expect(f"beyond, by {media_type}", {each for each in beyond if each} - eyes.own("grids"), set())


def _arrow(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def _parquet(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pyarrow.parquet.write_table(table, sink)
    return sink.getvalue().to_pybytes()


def _csv(table: pa.Table) -> bytes:
    lines = [
        f"{lon},{lat}" for lon, lat in zip(table["lon"].to_pylist(), table["lat"].to_pylist(), strict=True)
    ]
    return "\n".join(["lon,lat", *lines]).encode()


def _columns(table: pa.Table) -> tuple[list[Any], list[Any]]:
    return table["code"].to_pylist(), table["runner_up"].to_pylist()


def _read_csv(body: bytes) -> tuple[list[Any], list[Any]]:
    lines = list(csv.DictReader(io.StringIO(body.decode())))
    return [line["code"] or None for line in lines], [line["runner_up"] or None for line in lines]


FORMS: dict[str, tuple[Callable[[pa.Table], bytes], Callable[[bytes], tuple[list[Any], list[Any]]]]] = {
    "text/csv": (_csv, _read_csv),
    "application/vnd.apache.arrow.stream": (
        _arrow,
        lambda body: _columns(pa.ipc.open_stream(body).read_all()),
    ),
    "application/vnd.apache.parquet": (
        _parquet,
        lambda body: _columns(pyarrow.parquet.ParquetFile(io.BytesIO(body)).read()),
    ),
}


def calculated(eyes: Eyes, name: str, inputs: dict[str, Any]) -> Any:
    """Run a process."""
    return eyes.ask("POST", f"/ogc/processes/{name}/execution", json={"inputs": inputs}).json()


def processes(eyes: Eyes) -> None:
    """Counts, sums and densities are of own rows, and of units that the reader may know."""
    for layer in ("places", "components", "events", "grids"):
        own = eyes.own(layer)
        heat = calculated(eyes, "heatmap", {"layer": layer, "resolution": 8})
        eyes.expect(f"heat of {layer}", heat["facts"]["counted"], len(own))
        shown = sum(each["properties"]["count"] for each in heat["features"])
        eyes.expect(f"cells of {layer}", shown, len(own))
        for level, name in (("grid", "grids"), ("street", "streets")):
            found = calculated(eyes, "aggregate-by-grid", {"layer": layer, "level": level})
            eyes.expect(f"{name} of sums", {each["id"] for each in found["features"]}, eyes.own(name))
            facts = found["facts"]
            eyes.expect(f"{layer} in sums", facts["counted"] + facts["in_no_unit"], len(own))
    _spots(eyes)
    _by_reference(eyes)


def _spots(eyes: Eyes) -> None:
    """Only own grids are compared, and cells in them; who has too few of them hears that."""
    mine = {code for code in eyes.own("grids") if eyes.reader.area is None or eyes.reader.holds(code)}
    for by in ("unit", "hexagon"):
        found = calculated(eyes, "hot-spots", {"layer": "events", "by": by, "resolution": 10})
        if "features" not in found:
            eyes.expect(f"places to compare by {by}", (by == "unit" and len(mine) < 3) or not mine, True)
            continue
        shapes = shapely.from_geojson([json.dumps(each["geometry"]) for each in found["features"]])
        middles = shapely.get_coordinates(shapely.centroid(shapes)).tolist()
        answer = eyes.ask("POST", "/api/grids/locate", json={"points": middles})
        codes = {each["code"] for each in answer.json()["assignments"]}
        eyes.expect(f"places compared by {by}", codes, mine)


def _by_reference(eyes: Eyes) -> None:
    """An input by reference is read with the asker's rights."""
    href = "http://testserver/ogc/collections/places/items?limit=1000"
    given = {"geojson": {"href": href}, "from": "wgs84", "to": "gcj02"}
    found = calculated(eyes, "datum-shift", given)
    eyes.expect("places by reference", {str(each["id"]) for each in found["features"]}, eyes.own("places"))


def units(eyes: Eyes) -> None:
    """Lists by level and moment, and portraits: a foreign unit answers as none; lineage and people, too."""
    for level, layer in enumerate(("districts", "streets", "communities", "grids"), 1):
        for more in ("", f"&at={_MOMENT_OF_TOWN}"):
            path = f"/api/grids/units?level={level}{more}"
            found = {unit["code"] for unit in eyes.get(path)["units"]}
            eyes.expect(path, found, eyes.own(layer))


def portraits(eyes: Eyes) -> None:
    nothing = eyes.ask("GET", f"/api/grids/units/{NOBODY_THERE}")
    workers = {row["id"] for row in eyes.rows["worker"] if eyes.sees("worker", row)}
    for grid in GRIDS:
        answer = eyes.ask("GET", f"/api/grids/units/{grid}")
        if grid not in eyes.own("grids"):
            alike = nothing.text.replace(NOBODY_THERE, grid)
            eyes.expect(f"foreign unit {grid}", (answer.status_code, answer.text), (404, alike))
            continue
        people = {str(person["worker_id"]) for person in answer.json()["people"]}
        eyes.expect(f"people of {grid}", people - workers, set())
        ends = {each[end] for each in answer.json()["lineage"] for end in ("from_code", "to_code")} - {None}
        eyes.expect(f"lineage of {grid}", ends - eyes.own("grids"), set())


_MOMENT_OF_TOWN = (datetime.now(UTC) - timedelta(days=1)).isoformat().replace("+00:00", "Z")


def crosswalks(eyes: Eyes) -> None:
    for form in ("json", "csv"):
        answer = eyes.ask("GET", f"/api/grids/crosswalk?from={_MOMENT_OF_TOWN}&f={form}")
        shares = answer.json()["shares"] if form == "json" else list(csv.DictReader(io.StringIO(answer.text)))
        for end in ("from_code", "to_code"):
            found = {share[end] for share in shares if share[end]}
            eyes.expect(f"crosswalk, {form}, {end}", found, eyes.own("grids"))


def statistics(eyes: Eyes) -> None:
    """What is counted by unit is what the account sees, whoever counts and however."""
    for of, table in (("events", "event"), ("places", "place"), ("components", "component")):
        seen = [row for row in eyes.rows[table] if eyes.sees(table, row)]
        answer = eyes.get(f"/api/grids/statistics?of={of}")
        counted = sum(unit["count"] for unit in answer["units"]) + answer["unassigned"]
        eyes.expect(f"{of} as counted then", counted, len(seen))
        eyes.expect(f"units of {of}", {unit["code"] for unit in answer["units"]} - eyes.own("grids"), set())
        anew = eyes.get(f"/api/grids/statistics?of={of}&counted=restated")
        codes = {unit["code"] for unit in anew["units"]}
        eyes.expect(f"units of {of}, restated", codes - eyes.own("grids"), set())


def located(eyes: Eyes) -> None:
    points = {"points": [middle(grid) for grid in GRIDS]}
    found, wanted = calculated(eyes, "locate", points), eyes.ask("POST", "/api/grids/locate", json=points)
    eyes.expect("what the process locates", found, wanted.json())
    processes(eyes)


def jobs(eyes: Eyes) -> None:
    eyes.expect("foreign jobs", eyes.get("/ogc/jobs?limit=1000")["jobs"], [])


def foreign_job(path: str, *methods: str) -> Callable[[Eyes], None]:
    def probe(eyes: Eyes) -> None:
        for row in eyes.rows["process_job"]:
            for method in methods:
                nothing = eyes.ask(method, path.format("00000000-0000-0000-0000-000000000000"))
                found = eyes.ask(method, path.format(row["number"]))
                eyes.expect(f"{method} {path}", (found.status_code, found.text), (404, nothing.text))

    return probe


def accounts(eyes: Eyes) -> None:
    """Administrators find accounts of their reach that have no more rights than they, others none."""
    own = {row["id"] for row in eyes.rows["account"] if eyes.sees("account", row)}
    answer = eyes.ask("GET", "/api/accounts?limit=500")
    listed = {str(each["id"]) for each in answer.json().get("accounts", [])}
    eyes.expect("foreign accounts", listed - own, set())
    if eyes.reader.role == DISTRICT_ADMINISTRATOR:
        eyes.expect("accounts", listed, own)


def masked(table: str, path: str, key: str) -> Callable[[Eyes], None]:
    def probe(eyes: Eyes) -> None:
        for row in eyes.rows[table]:
            _like_nothing(eyes, path, row[key], eyes.sees(table, row))

    return probe


def in_clear(table: str, path: str, key: str) -> Callable[[Eyes], None]:
    """Own rows are asked for in tests/api/test_personal.py: that needs their clear text."""

    def probe(eyes: Eyes) -> None:
        for row in eyes.rows[table]:
            if not eyes.sees(table, row):
                sent = {"field": "phone", "reason": "look for leaks"}
                _like_nothing(eyes, path, row[key], False, "POST", json=sent)

    return probe


def _me(eyes: Eyes) -> str:
    return str(eyes.reader.account_id)


def account(method: str, path: str, **options: Any) -> Callable[[Eyes], None]:
    """Foreign accounts answer like none, whatever is tried."""

    def probe(eyes: Eyes) -> None:
        for row in eyes.rows["account"]:
            if not eyes.sees("account", row):
                _like_nothing(eyes, path, row["id"], False, method, **options)

    return probe


def me(eyes: Eyes) -> None:
    eyes.expect("who I am", eyes.get("/api/me")["username"], eyes.reader.username)
    kept = {str(each["id"]) for each in eyes.get("/api/me/keys")["keys"]}
    own = {row["id"] for row in eyes.rows["token"] if row["account_id"] == _me(eyes)}
    eyes.expect("my keys", kept, own)


def foreign_key(eyes: Eyes) -> None:
    for row in eyes.rows["token"]:
        if row["account_id"] != _me(eyes):
            _like_nothing(eyes, "/api/me/keys/{}", row["id"], False, "DELETE")


def grants(eyes: Eyes) -> None:
    for row in eyes.rows["layer"]:
        _like_nothing(eyes, "/api/layers/{}/grants", row["name"], eyes.reader.role == DISTRICT_ADMINISTRATOR)


def of_layer(method: str, path: str, sent: Any = None) -> Callable[[Eyes], None]:
    """A layer that may not be seen answers like none, whatever is tried."""

    def probe(eyes: Eyes) -> None:
        for row in eyes.rows["layer"]:
            sees = eyes.sees("layer", row)
            if method == "GET" or not sees:
                _like_nothing(eyes, path, row["name"], sees, method, **({"json": sent} if sent else {}))

    return probe


def replacement(eyes: Eyes) -> None:
    """Whoever may not publish hears that; the others, of a layer that they do not see, nothing."""
    of_layer("PUT", "/api/layers/{}/file?filename=x", {"x": 1})(eyes)


def foreign_import(eyes: Eyes) -> None:
    for row in eyes.rows["import"]:
        _like_nothing(eyes, "/api/imports/{}", row["id"], row["account_id"] == _me(eyes))


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
        _extent(eyes, name, [*ring[0], *ring[2]] if ring else None)


def audit(eyes: Eyes) -> None:
    """The log in pages: all that was there before and that the account may see, and nothing of others."""
    found, after = [], ""
    while after is not None:
        page = eyes.get(f"/api/audit?limit=1000{after and f'&after={after}'}")
        found, after = found + page["entries"], page["next"]
    _log(eyes, found)


def audit_export(eyes: Eyes) -> None:
    text = eyes.ask("GET", "/api/audit/export?format=jsonl").text
    _, *found, _ = (json.loads(line) for line in text.splitlines())
    _log(eyes, found)
    sheet = eyes.ask("GET", "/api/audit/export").content.decode("utf-8-sig")
    _, names, *rows, _ = csv.reader(io.StringIO(sheet))
    _log(eyes, [{**dict(zip(names, row, strict=True)), "id": int(row[0])} for row in rows])


def _log(eyes: Eyes, found: list[dict[str, Any]]) -> None:
    before = {int(row["id"]) for row in eyes.rows["audit"] if eyes.sees("audit", row)}
    eyes.expect("entries of the log that are missing", before - {entry["id"] for entry in found}, set())
    if not (eyes.reader.role == DISTRICT_ADMINISTRATOR and eyes.reader.reach == "city"):
        whose = {str(entry["account_id"]) for entry in found}
        eyes.expect("foreign entries of the log", whose - {_me(eyes)}, set())


def foreign_service(eyes: Eyes) -> None:
    for row in eyes.rows["external_source"]:
        _like_nothing(eyes, "/api/external/{}", row["id"], eyes.sees("external_source", row))


def service_of_layer(eyes: Eyes) -> None:
    """How a service does is for whoever sees the layer; where it is, for administrators and its registrar."""
    for row in eyes.rows["external_source"]:
        layer = next(each for each in eyes.rows["layer"] if each["name"] == row["layer"])
        _like_nothing(eyes, "/api/layers/{}/external", row["layer"], eyes.sees("layer", layer))
        if eyes.sees("layer", layer):
            told = eyes.get(f"/api/layers/{row['layer']}/external")["source"]
            eyes.expect("the address of a service", told is not None, eyes.sees("external_source", row))


def change_of_service(method: str, path: str) -> Callable[[Eyes], None]:
    """A service is changed by whoever may change its layer; a layer that is not seen answers like none."""

    def probe(eyes: Eyes) -> None:
        body = {"json": {"every_minutes": 60}} if method == "PATCH" else {}
        for row in eyes.rows["external_source"]:
            layer = next(each for each in eyes.rows["layer"] if each["name"] == row["layer"])
            if not eyes.sees("layer", layer):
                _like_nothing(eyes, path, row["layer"], False, method, **body)

    return probe


def rasters(eyes: Eyes) -> None:
    """No layer of the town is of pictures: every name answers like none. More in tests/api/external."""
    for row in eyes.rows["layer"]:
        _like_nothing(eyes, "/rasters/{}.json", row["name"], False)
        _like_nothing(eyes, "/rasters/{}/1/1/0", row["name"], False)


def plans(eyes: Eyes) -> None:
    """Lists hold own plans; a page further is no more than that."""
    wanted = {row["id"] for row in eyes.rows["plan"] if eyes.sees("plan", row)}
    found = {str(each["id"]) for each in eyes.get("/api/plans?limit=500")["plans"]}
    eyes.expect("plans", found, wanted)


def plan(method: str, path: str, sent: Any = None) -> Callable[[Eyes], None]:
    """A plan of another area answers like none, whatever is tried; own ones: tests/api/test_plans.py."""

    def probe(eyes: Eyes) -> None:
        for row in eyes.rows["plan"]:
            sees = eyes.sees("plan", row)
            if method == "GET" or not sees:
                _like_nothing(eyes, path, row["id"], sees, method, **({} if sent is None else {"json": sent}))

    return probe


def plan_units(eyes: Eyes) -> None:
    """In whatever is told of a plan stands no unit of another area, by id, code or name."""
    foreign = [row for row in eyes.rows["unit_version"] if not eyes.sees("unit_version", row)]
    words = [word for row in foreign for word in (row["unit_id"], f'"{row["code"]}"', f'"{row["name"]}"')]
    for row in eyes.rows["plan"]:
        for what in PLAN_VIEWS:
            path = f"/api/plans/{{}}/{what}"
            _like_nothing(eyes, path, row["id"], eyes.sees("plan", row))
            text = eyes.ask("GET", path.format(row["id"])).text
            eyes.expect(f"foreign units in {path}", [word for word in words if word in text], [])
        if eyes.sees("plan", row):
            units = eyes.get(f"/api/plans/{row['id']}/units?bbox=-180,-90,180,90")["units"]["features"]
            own = {
                code for code in eyes.own("grids") if eyes.reader.reach == "city" or code != eyes.reader.area
            }
            eyes.expect("grids of a plan", {each["properties"]["code"] for each in units}, own)


def live_points(eyes: Eyes) -> None:
    """What is added up beside a dragged border is the own rows, each in its place."""
    found = eyes.get("/api/plans/points?bbox=116.25,39.85,116.45,40.1")
    sums = dict.fromkeys(found["kinds"], 0.0)
    for kind, weight in zip(found["kind"], found["weight"], strict=True):
        sums[found["kinds"][kind]] += weight
    tables = {"places": "place", "components": "component", "events_open": "event", "events_year": "event"}
    for kind, table in tables.items():
        own = [row for row in eyes.rows[table] if eyes.sees(table, row)]
        eyes.expect(f"{kind} of the live points", sums[kind], float(len(own)))


def quarrel_map(eyes: Eyes) -> None:
    """Borders are told by the own units beside them; what lies beyond has neither name nor figure."""
    found = eyes.get("/api/grids/quarrels?bbox=116.25,39.85,116.45,40.1")["features"]
    own = {row["unit_id"] for row in eyes.rows["unit_version"] if eyes.sees("unit_version", row)}
    for arc in (feature["properties"] for feature in found):
        sides = {arc["left"], arc["right"]} - {None}
        eyes.expect("units beside a border that are not the own", sides - own, set())
        for side in ("left", "right"):
            eyes.expect("figure of a foreign side", arc[f"of_{side}"] is None, arc[side] is None)
    # An organisation sees a part of the events everywhere: no figure of it would be true anywhere.
    eyes.expect("borders", bool(found), eyes.reader.reach != "organisation")


def plan_suggestions(eyes: Eyes) -> None:
    """Of a foreign plan there is nothing; a foreign unit is refused like one that is not there."""
    foreign = [row for row in eyes.rows["unit_version"] if not eyes.sees("unit_version", row)]
    for row in eyes.rows["plan"]:
        path = "/api/plans/{}/suggestions?kind=split&parts=2&units="
        _like_nothing(eyes, path, row["id"], eyes.sees("plan", row))
        if eyes.sees("plan", row):
            codes = [each["code"] for each in foreign if each["coverage"] == "grids"]
            texts = [eyes.ask("GET", path.format(row["id"]) + code).text for code in (*codes, "nothing")]
            eyes.expect(
                "suggestions for foreign units", [text for text in texts if "is no unit" not in text], []
            )


PLAN_VIEWS = (
    "units?bbox=-180,-90,180,90", "tree", "problems", "impact", "diff", "conflicts", "steps", "comments",
)  # fmt: skip


PROBES: dict[str, Callable[[Eyes], None]] = {
    "GET /api/plans": plans,
    "GET /api/plans/{identifier}/suggestions": plan_suggestions,
    "GET /api/plans/points": live_points,
    "GET /api/grids/quarrels": quarrel_map,
    "GET /api/plans/{identifier}": plan("GET", "/api/plans/{}"),
    "PATCH /api/plans/{identifier}": plan("PATCH", "/api/plans/{}", {"title": "x"}),
    "DELETE /api/plans/{identifier}": plan("DELETE", "/api/plans/{}"),
    **{
        f"GET /api/plans/{{identifier}}/{what.partition('?')[0]}": plan_units
        if what.startswith("units")
        else plan("GET", f"/api/plans/{{}}/{what}")
        for what in PLAN_VIEWS
    },
    **{
        f"POST /api/plans/{{identifier}}/{what}": plan("POST", f"/api/plans/{{}}/{what}", {})
        for what in (
            "undo",
            "redo",
            "rebase",
            "submit",
            "approve",
            "return",
            "withdraw",
            "publish",
            "counter",
        )
    },
    "POST /api/plans/{identifier}/operations": plan("POST", "/api/plans/{}/operations", {"op": "undo"}),
    "POST /api/plans/{identifier}/comments": plan("POST", "/api/plans/{}/comments", {"text": "x"}),
    "POST /api/plans/{identifier}/waivers": plan(
        "POST", "/api/plans/{}/waivers", {"issue": "gap:1", "reason": "test"}
    ),
    "DELETE /api/plans/{identifier}/waivers/{issue}": plan("DELETE", "/api/plans/{}/waivers/gap:1"),
    "/ogc/collections": collections,
    "/ogc/collections/{collection}": collection,
    "/ogc/collections/{collection}/queryables": queryables,
    "/ogc/collections/{collection}/sortables": sortables,
    "/ogc/collections/{collection}/schema": schema,
    "/ogc/collections/{collection}/items": items,
    "/ogc/collections/{collection}/items/{item}": item,
    "/ogc/transactions": transactions,
    "/ogc/openapi": ogc_openapi,
    "/ogc/styles": styles,
    "/ogc/styles/{style}": style("/ogc/styles/{}"),
    "/ogc/styles/{style}/metadata": style("/ogc/styles/{}/metadata"),
    "/ogc/styles/{style}/{sprite}": style("/ogc/styles/{}/sprite.json"),
    "/ogc/collections/{collection}/styles": style("/ogc/collections/{}/styles"),
    "/ogc/collections/{collection}/styles/{style}": own_style,
    "/ogc/collections/{collection}/legend": style("/ogc/collections/{}/legend"),
    "/ogc/qgis/{file}": style("/ogc/qgis/{}.qlr"),
    "GET /api/layers/{name}/style.json": style("/api/layers/{}/style.json"),
    "GET /api/layers/{name}/legend": style("/api/layers/{}/legend"),
    "PUT /api/layers/{name}/legend": change_legend("PUT", json={"classes": []}),
    "DELETE /api/layers/{name}/legend": change_legend("DELETE"),
    "/tiles/": plain_tiles,
    "/ogc/collections/{collection}/tiles": tilesets("/ogc/collections/{}/tiles"),
    "/ogc/collections/{collection}/tiles/{tileMatrixSetId}": tilesets(
        "/ogc/collections/{}/tiles/WebMercatorQuad"
    ),
    "/ogc/collections/{collection}/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}": tiles(
        ogc_tile("WebMercatorQuad"), ogc_tile("WorldCRS84Quad"), ogc_tile("CGCS2000Quad")
    ),
    "/ogc/tiles/{tileMatrixSetId}": dataset_tileset,
    "/ogc/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}": tiles(
        ogc_tile("WorldCRS84Quad", dataset=True)
    ),
    "/api/grids/locate": locate,
    "GET /api/city": city,
    "GET /api/grids/units": units,
    "GET /api/grids/units/{code}": portraits,
    "GET /api/grids/crosswalk": crosswalks,
    "GET /api/grids/statistics": statistics,
    "GET /api/layers/{name}/extent": extent,
    "GET /api/search": search,
    "GET /api/events/{identifier}": record("events"),
    "GET /api/places/{identifier}": record("places"),
    "GET /api/components/{identifier}": record("components"),
    "GET /api/workers/{identifier}": masked("worker", "/api/workers/{}", "id"),
    "GET /api/events/{identifier}/reporter": masked("reporter", "/api/events/{}/reporter", "event_id"),
    "POST /api/workers/{identifier}/reveal": in_clear("worker", "/api/workers/{}/reveal", "id"),
    "POST /api/events/{identifier}/reporter/reveal": in_clear(
        "reporter", "/api/events/{}/reporter/reveal", "event_id"
    ),
    "GET /api/accounts": accounts,
    "GET /api/accounts/{identifier}": account("GET", "/api/accounts/{}"),
    "PATCH /api/accounts/{identifier}": account("PATCH", "/api/accounts/{}", json={"display_name": "x"}),
    "POST /api/accounts/{identifier}/password": account("POST", "/api/accounts/{}/password"),
    "GET /api/accounts/{identifier}/keys": account("GET", "/api/accounts/{}/keys"),
    "POST /api/accounts/{identifier}/keys": account(
        "POST", "/api/accounts/{}/keys", json={"name": "x", "days": 1}
    ),
    "DELETE /api/accounts/{identifier}/keys/{key}": account("DELETE", "/api/accounts/{}/keys/1"),
    "GET /api/me": me,
    "DELETE /api/me/keys/{identifier}": foreign_key,
    "GET /api/layers/{name}/grants": grants,
    "GET /api/exports": exports,
    "GET /api/exports/{identifier}": foreign_export("GET", "/api/exports/{}"),
    "GET /api/exports/{identifier}/file": foreign_export("GET", "/api/exports/{}/file"),
    "DELETE /api/exports/{identifier}": foreign_export("DELETE", "/api/exports/{}"),
    "GET /api/layers/{name}": of_layer("GET", "/api/layers/{}"),
    "PATCH /api/layers/{name}": of_layer("PATCH", "/api/layers/{}", {"title": "x"}),
    "DELETE /api/layers/{name}": of_layer("DELETE", "/api/layers/{}"),
    "PUT /api/layers/{name}/file": replacement,
    "GET /api/layers/{name}/report": of_layer("GET", "/api/layers/{}/report"),
    "GET /api/imports/{identifier}": foreign_import,
    "GET /api/external/{identifier}": foreign_service,
    "GET /api/layers/{name}/external": service_of_layer,
    "PATCH /api/layers/{name}/external": change_of_service("PATCH", "/api/layers/{}/external"),
    "POST /api/layers/{name}/external/refresh": change_of_service("POST", "/api/layers/{}/external/refresh"),
    "/rasters/": rasters,
    "/ogc/collections/catalogue/items": catalogue_records,
    "/ogc/collections/catalogue/items/{record}": of_layer("GET", "/ogc/collections/catalogue/items/{}"),
    "/ogc/collections/{collection}/metadata": of_layer("GET", "/ogc/collections/{}/metadata?f=xml"),
    "/ogc/processes/{process}/execution": located,
    "/ogc/jobs": jobs,
    "/ogc/jobs/{job}": foreign_job("/ogc/jobs/{}", "GET", "DELETE"),
    "/ogc/jobs/{job}/results": foreign_job("/ogc/jobs/{}/results", "GET"),
    "GET /api/audit": audit,
    "GET /api/audit/export": audit_export,
}
"""Route → how it is looked through."""

NOTHING_TO_LEAK = {
    "/ogc": "names and links, the same for all",
    "/ogc/processes": "what can be calculated, the same for all",
    "/ogc/processes/{process}": "inputs and outputs, the same for all",
    "/ogc/conformance": "a list of standards",
    "/ogc/functions": "a list of functions",
    "/ogc/tiles": "the tile matrix sets, the same for all",
    "/ogc/tileMatrixSets": "the tile matrix sets, the same for all",
    "/ogc/tileMatrixSets/{tileMatrixSetId}": "numbers of a standard",
    "/ogc/static/{file}": "our own style sheet",
    "GET /editor": "the page of the grid editor; what it shows is asked for by the routes of plans",
    "GET /": "the page of the map, the same for all",
    "GET /healthz": "alive or not",
    "GET /readyz": "the number of the version, which every answer of locate names",
    "GET /metrics": "counters, from this machine alone",
    "GET /api/openapi.json": "the description of the API",
    "GET /api/categories": "the national list of matters",
    "GET /api/grids/coverages": "which coverages there are and their rules, the same for all",
    "GET /api/layers": "looked through with /ogc/collections",
    "/ogc/collections/catalogue": "a title, and the box around what the items show",
    "POST /api/layers": "publishes a table of open schemas; tests/api/test_layers.py",
    "POST /api/layers/external": "registers a service; tests/api/external/test_services.py",
    "POST /api/external/look": "asks another platform; tests/api/external/test_services.py",
    "POST /api/layers/files": "publishes the sender's own file; tests/api/test_layers.py",
    "POST /api/plans": "begins a plan of the own area; tests/api/test_plans.py",
    "POST /api/exports": "asks for a file of what the asker may see; tests/api/test_exports.py",
    "POST /api/personal/search": "masks of own rows; tests/spatial/rights/test_personal.py, by hand",
    "GET /api/me/keys": "looked through with /api/me",
    "POST /api/me/keys": "makes a key of one's own; tests/api/test_me.py",
    "POST /api/me/password": "changes the own password; tests/api/test_me.py",
    "GET /api/organisations": "the list of responsible units, the same for all",
    "POST /api/organisations": "a change; tests/api/test_accounts.py",
    "PATCH /api/organisations/{identifier}": "a change; tests/api/test_accounts.py",
    "POST /api/accounts": "a change; tests/api/test_accounts.py",
    "PUT /api/layers/{name}/grants": "a change by whole-city administrators; tests/api/test_accounts.py",
    "POST /api/auth/token": "gives a key or refuses; tests/api/test_login.py",
    "POST /api/auth/session": "gives a session or refuses; tests/api/test_login.py",
    "DELETE /api/auth/session": "ends the own session; tests/api/test_login.py",
    "GET /api/auth/methods": "the ways to log in, the same for all",
    "GET /api/auth/oidc/login": "a redirect to the provider",
    "GET /api/auth/oidc/callback": "a session or a refusal; tests/api/test_oidc.py",
    "/assets/…": "built files",
}
"""Route → why there is nothing to look for."""


def test_every_route_is_looked_through(client: TestClient) -> None:
    assert routes(client.app) == {*PROBES, *NOTHING_TO_LEAK}


@pytest.mark.parametrize("route", PROBES)
def test_everybody_sees_the_own_rows_and_no_foreign_one(everybody: list[Eyes], route: str) -> None:
    assert look(everybody, [route]) == []


def look(everybody: list[Eyes], asked: Iterable[str]) -> list[str]:
    """Let everybody look through some routes; returns what is too much or missing."""
    for eyes in everybody:
        eyes.problems.clear()
        for route in asked:
            try:
                PROBES[route](eyes)
            except (KeyError, DecodeError) as error:
                eyes.problems.append(f"{eyes.name}: {route} answered something else: {error!r}")
    return [problem for eyes in everybody for problem in eyes.problems]


PUBLISHED = {
    "unit_version": "GET /api/city",
    "place": "/ogc/collections/{collection}/items",
    "component": "GET /api/components/{identifier}",
    "event": "/tiles/",
    "layer_count": "/tiles/",
    "layer": "/ogc/collections",
}
"""Table → one route that shows its rows."""


@pytest.mark.parametrize("table", PUBLISHED)
@pytest.mark.parametrize("standpoint", ["city", "area"])
def test_dropping_a_policy_turns_its_routes_red(
    everybody: list[Eyes], town_url: str, table: str, standpoint: str
) -> None:
    """And switching row security off for the table, which shows everything to everybody, does too."""
    two = [eyes for eyes in everybody if eyes.name in ("viewer of the city", "administrator of street 1")]
    with connect(town_url, autocommit=True) as owner:
        for harm in ("DROP POLICY {policy} ON {table}", "ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"):
            names = {"policy": sql.Identifier(f"{standpoint}_read"), "table": sql.Identifier(table)}
            owner.execute(sql.SQL(harm).format(**names))
            _forget(two[0].client)
            try:
                assert look(two, [PUBLISHED[table]]) != []
            finally:
                for statement in list(apply.statements(owner)):
                    owner.execute(statement)
                _forget(two[0].client)
    assert look(two, [PUBLISHED[table]]) == []


def _forget(client: TestClient) -> None:
    """Tiles are kept until they change, and extents for a minute; that a policy goes, nobody tells."""
    app: Any = client.app
    while not isinstance(app, Doors):
        app = app.app
    app.under["/tiles/"]._maker._cache.clear()
    app.under["/ogc/"]._publisher._held.clear()
