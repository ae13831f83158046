"""The leak matrix: every readable route × accounts of different areas and organisations × every form.

The routes come from the ASGI tree; one without a probe here fails. Each account must see its own rows, all
of them, and no foreign one, and a foreign row must answer exactly like one that does not exist.
"""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import mapbox_vector_tile
import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
from google.protobuf.message import DecodeError
from psycopg import sql
from starlette.testclient import TestClient

from api.app import create_app
from spatial.database import connect
from spatial.rights import apply
from spatial.rights.rules import DISTRICT_ADMINISTRATOR, RULES
from spatial.settings import Settings
from tests.api.leaks import LAYERS, Eyes, routes
from tests.spatial.rights.town import DISTRICT, GRIDS, build, hire, middle, rows_of
from tiles.vector import Tile

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


def schema(eyes: Eyes) -> None:
    for row in eyes.rows["layer"]:
        _like_nothing(eyes, "/ogc/collections/{}/schema", row["name"], eyes.sees("layer", row))


def ogc_openapi(eyes: Eyes) -> None:
    text = eyes.ask("GET", "/ogc/openapi").text
    foreign = [row["name"] for row in eyes.rows["layer"] if not eyes.sees("layer", row)]
    eyes.expect("layers in the definition", [name for name in foreign if name in text], [])


def tiles(eyes: Eyes) -> None:
    """Every layer at a zoom of single features and from afar, and the ETag of what is not there."""
    for layer, (table, _, key) in LAYERS.items():
        near: set[str] = set()
        for grid in GRIDS:
            near |= _features(eyes, layer, _tile_at(grid, 14), "code" if key == "code" else "id")
        eyes.expect(f"tiles of {layer}", near, eyes.own(layer))
        if table in ("place", "event", "component"):
            _counted(eyes, layer)
    for row in eyes.rows["layer"]:
        _like_nothing(eyes, "/tiles/{}/10/843/387.mvt", row["name"], eyes.sees("layer", row))


def _counted(eyes: Eyes, layer: str) -> None:
    counted = 0
    for tile in {_tile_at(grid, 8) for grid in GRIDS}:
        answer = eyes.ask("GET", f"/tiles/{layer}/{tile.z}/{tile.x}/{tile.y}.mvt")
        found = mapbox_vector_tile.decode(answer.content) if answer.content else {}
        counted += sum(each["properties"]["count"] for each in found.get(layer, {"features": []})["features"])
    eyes.expect(f"counts in tiles of {layer}", counted, len(eyes.own(layer)))


def _tile_at(grid: str, zoom: int) -> Tile:
    lon, lat = middle(grid)
    scale = 2**zoom
    x = int((lon + 180) / 360 * scale)
    y = int((1 - np.arcsinh(np.tan(np.radians(lat))) / np.pi) / 2 * scale)
    return Tile(zoom, x, y)


def _features(eyes: Eyes, layer: str, tile: Tile, key: str) -> set[str]:
    answer = eyes.ask("GET", f"/tiles/{layer}/{tile.z}/{tile.x}/{tile.y}.mvt")
    found = mapbox_vector_tile.decode(answer.content) if answer.content else {}
    parts = (found.get(layer), found.get(f"{layer}_label"))
    return {str(each["properties"][key]) for part in parts if part for each in part["features"]}


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


PROBES: dict[str, Callable[[Eyes], None]] = {
    "/ogc/collections": collections,
    "/ogc/collections/{collection}": collection,
    "/ogc/collections/{collection}/queryables": queryables,
    "/ogc/collections/{collection}/schema": schema,
    "/ogc/collections/{collection}/items": items,
    "/ogc/collections/{collection}/items/{item}": item,
    "/ogc/openapi": ogc_openapi,
    "/tiles/": tiles,
    "/api/grids/locate": locate,
    "GET /api/city": city,
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
    "GET /api/audit": audit,
    "GET /api/audit/export": audit_export,
}
"""Route → how it is looked through."""

NOTHING_TO_LEAK = {
    "/ogc": "names and links, the same for all",
    "/ogc/conformance": "a list of standards",
    "/ogc/static/{file}": "our own style sheet",
    "GET /": "the page of the map, the same for all",
    "GET /healthz": "alive or not",
    "GET /readyz": "the number of the version, which every answer of locate names",
    "GET /metrics": "counters, from this machine alone",
    "GET /api/openapi.json": "the description of the API",
    "GET /api/categories": "the national list of matters",
    "GET /api/layers": "looked through with /ogc/collections",
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
            try:
                assert look(two, [PUBLISHED[table]]) != []
            finally:
                for statement in list(apply.statements(owner)):
                    owner.execute(statement)
    assert _soon(lambda: look(two, [PUBLISHED[table]]) == [])


def _soon(holds: Callable[[], bool]) -> bool:
    """What is published is looked up once a second."""
    deadline = time.monotonic() + 10
    while not (held := holds()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return held
