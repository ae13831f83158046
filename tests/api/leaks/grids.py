"""Grids: the city's units and portraits, who lies where, and what is calculated of them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import shapely

from tests.api.leaks.alike import NOBODY_THERE, like_nothing
from tests.api.leaks.eyes import LAYERS, Eyes
from tests.api.leaks.features import extent_of
from tests.spatial.rights.town import DISTRICT, GRIDS, middle


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
        extent_of(eyes, layer, eyes.get(f"/api/layers/{layer}/extent")["bbox"])
    for row in eyes.rows["layer"]:
        like_nothing(eyes, "/api/layers/{}/extent", row["name"], eyes.sees("layer", row))


def search(eyes: Eyes) -> None:
    for layer, (table, _, key) in LAYERS.items():
        # Pipes are not searched for, and their codes are like any number.
        for row in [] if layer.startswith("pipe") else eyes.of(layer):
            for text in {row.get("code") or row.get("no"), row.get("name") or row.get("title")} - {None}:
                found = eyes.get("/api/search", params={"q": text, "limit": 50})["results"]
                shown = {each["code"] if key == "code" else each["id"] for each in found}
                own = row[key] in shown
                unsearched = {"events": row.get("title"), "components": row.get("name")}
                searched = text != unsearched.get(layer)
                eyes.expect(f"search for {text}", own, searched and eyes.sees(table, row))
    everything = eyes.get("/api/search", params={"q": DISTRICT, "limit": 50})["results"]
    units = {each["code"] for each in everything if each["kind"] == "unit"}
    own = set().union(*(eyes.own(layer) for layer in ("districts", "streets", "communities", "grids")))
    eyes.expect("units found by the district's code", units, own)


def record(layer: str) -> Callable[[Eyes], None]:
    def probe(eyes: Eyes) -> None:
        table, _, key = LAYERS[layer]
        for row in eyes.of(layer):
            like_nothing(eyes, f"/api/{layer}/{{}}", row[key], eyes.sees(table, row))

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
