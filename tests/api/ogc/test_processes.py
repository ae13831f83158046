"""OGC API - Processes Part 1: the abstract tests by name, and what a hostile client may send."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import numpy as np
import pytest
from jsonschema import Draft202012Validator
from starlette.testclient import TestClient

from api.app import create_app
from api.ogc.processes import door
from api.ogc.processes.desk import Desk, Stopped
from spatial.database import Database, connect
from spatial.events.density import kernel_density
from spatial.geometry.datum import convert
from spatial.rights.reader import Reader
from spatial.settings import Settings
from tests.spatial.rights.people import hire
from tests.spatial.rights.town import GRIDS, build, middle

CONF = "http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf"
TYPES = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0"
REL = "http://www.opengis.net/def/rel/ogc/1.0"
NAMES = [
    "locate", "datum-shift", "aggregate-by-grid", "heatmap", "hot-spots", "emerging-hot-spots", "clusters",
    "space-time-scan", "surges", "hot-places", "near-things", "forecast", "dispatch-replay",
]  # fmt: skip
CHIEF, STREET = "administrator of the city", "administrator of street 1"
SHIFT = {"coordinates": [[116.3, 39.9]], "from": "wgs84", "to": "gcj02"}


class Clerk:
    """Asks the door in somebody's name."""

    def __init__(self, client: TestClient, keys: dict[str, str], base: str) -> None:
        self.client, self.keys, self.base = client, keys, base

    def ask(self, method: str, path: str, who: str = CHIEF, **options: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.keys[who]}", **options.pop("headers", {})}
        return self.client.request(method, f"/ogc{path}", headers=headers, **options)

    def get(self, path: str, who: str = CHIEF, **options: Any) -> Any:
        answer = self.ask("GET", path, who, **options)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def run(self, name: str, inputs: Any = None, who: str = CHIEF, **more: Any) -> httpx.Response:
        headers = more.pop("headers", {})
        body = {"inputs": inputs, **more} if inputs is not None else more
        return self.ask("POST", f"/processes/{name}/execution", who, json=body, headers=headers)

    def refused(self, name: str, inputs: Any, **more: Any) -> dict[str, str]:
        """Give where and why a request was refused."""
        answer = self.run(name, inputs, **more)
        assert answer.status_code == 400, answer.text[:1000]
        assert answer.headers["content-type"] == "application/problem+json"
        return {each["where"]: each["reason"] for each in answer.json()["errors"]}


@pytest.fixture(scope="module")
def clerk(
    make_city: Callable[..., Any], as_app: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Clerk]:
    with make_city(build) as url:
        with connect(url) as owner:
            keys = {name: key for name, (_, key) in hire(owner).items()}
        app = create_app(Settings(home=tmp_path_factory.mktemp("home")), as_app(url))
        with TestClient(app, client=("127.0.0.1", 50_000), raise_server_exceptions=False) as client:
            yield Clerk(client, keys, str(client.base_url))


def relations(body: Any) -> dict[str, str]:
    return {each["rel"]: each["href"] for each in body["links"]}


def test_conf_core_landingpage_and_conformance(clerk: Clerk) -> None:
    links = relations(clerk.get(""))
    assert links[f"{REL}/processes"].endswith("/ogc/processes")
    assert links[f"{REL}/job-list"].endswith("/ogc/jobs")
    declared = clerk.get("/conformance")["conformsTo"]
    for name in ("core", "json", "html", "oas30", "ogc-process-description", "job-list", "dismiss"):
        assert f"{CONF}/{name}" in declared


def test_conf_core_process_list(clerk: Clerk) -> None:
    body = clerk.get("/processes")
    assert [each["id"] for each in body["processes"]] == NAMES
    for each in body["processes"]:
        assert each["version"]
        assert set(each["jobControlOptions"]) == {"sync-execute", "async-execute"}
        assert each["outputTransmission"] == ["value"]
        assert clerk.get(relations(each)["self"].partition("/ogc")[2])["id"] == each["id"]
    assert relations(body)["self"].endswith("/processes")
    assert relations(body)["alternate"].endswith("f=html")
    assert [each["id"] for each in clerk.get("/processes?limit=2")["processes"]] == NAMES[:2]
    assert clerk.ask("GET", "/processes?limit=0").status_code == 400


@pytest.mark.parametrize("name", NAMES)
def test_conf_ogc_process_description(clerk: Clerk, name: str) -> None:
    body = clerk.get(f"/processes/{name}?lang=en")
    assert body["title"] != clerk.get(f"/processes/{name}?lang=zh")["title"]
    for each in [*body["inputs"].values(), *body["outputs"].values()]:
        Draft202012Validator.check_schema(each["schema"])
        assert each["title"]
    assert {each["minOccurs"] for each in body["inputs"].values()} <= {0, 1}
    assert relations(body)[f"{REL}/execute"].endswith(f"/processes/{name}/execution")
    for key, value in body["example"]["inputs"].items():
        Draft202012Validator(body["inputs"][key]["schema"]).validate(value)


def test_conf_core_process_exception_no_such_process(clerk: Clerk) -> None:
    for method, path in (("GET", "/processes/none"), ("POST", "/processes/none/execution")):
        answer = clerk.ask(method, path)
        assert (answer.status_code, answer.json()["type"]) == (404, f"{TYPES}/no-such-process")


@pytest.mark.parametrize("path", ["/processes", "/processes/heatmap", "/jobs"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_conf_html(clerk: Clerk, path: str, language: str) -> None:
    answer = clerk.ask("GET", f"{path}?f=html&lang={language}")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert "<script" not in answer.text
    assert "<h1>" in answer.text


def test_conf_oas30_describes_every_path(clerk: Clerk) -> None:
    document = clerk.get("/openapi")
    for name in NAMES:
        operation = document["paths"][f"/processes/{name}/execution"]["post"]
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        assert set(schema["properties"]) == {"inputs", "outputs", "response"}
        assert {"200", "201", "400", "404"} <= set(operation["responses"])
    for path, methods in {"/jobs": {"get"}, "/jobs/{jobId}": {"get", "delete"}}.items():
        assert methods <= set(document["paths"][path])
    names = {each.get("name") for each in document["paths"]["/jobs"]["get"]["parameters"]}
    assert {"type", "processID", "status", "minDuration", "maxDuration", "limit"} <= names


def test_conf_core_process_execute_sync_raw_value_one(clerk: Clerk) -> None:
    answer = clerk.run("datum-shift", SHIFT)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    lon, lat = convert([116.3], [39.9], "wgs84", "gcj02")
    assert answer.json()["coordinates"][0] == pytest.approx([lon[0], lat[0]], abs=1e-9)
    assert lon[0] != 116.3
    assert clerk.run("datum-shift", SHIFT, response="raw").content == answer.content


def test_conf_core_process_execute_sync_document(clerk: Clerk) -> None:
    raw = clerk.run("datum-shift", SHIFT).json()
    body = clerk.run("datum-shift", SHIFT, response="document").json()
    assert body == {"shifted": {"value": raw, "mediaType": "application/json"}}
    asked = {"outputs": {"places": {"format": {"mediaType": "text/csv"}}}, "response": "document"}
    table = clerk.run("hot-spots", {"layer": "places"}, **asked).json()
    assert table["places"]["value"].startswith("code,name,name_en,count,z,p,class,neighbours\r\n")


def test_conf_core_process_execute_default_outputs(clerk: Clerk) -> None:
    wanted = clerk.run("datum-shift", SHIFT).content
    for outputs in ({}, {"shifted": {}}, {"shifted": {"transmissionMode": "value"}}):
        assert clerk.run("datum-shift", SHIFT, outputs=outputs).content == wanted
    form = {"shifted": {"format": {"mediaType": "application/geo+json"}}}
    assert clerk.run("datum-shift", SHIFT, outputs=form).headers["content-type"] == "application/geo+json"


def test_conf_core_process_execute_default_execution_mode(clerk: Clerk) -> None:
    for preference in ("", "respond-sync", "return=minimal", "x=respond-async", "wait=10"):
        assert clerk.run("datum-shift", SHIFT, headers={"prefer": preference}).status_code == 200


def test_conf_core_process_execute_auto_execution_mode(clerk: Clerk) -> None:
    for preference in ("respond-async", "Respond-Async; x=1", "wait=1, respond-async"):
        answer = clerk.run("datum-shift", SHIFT, headers={"prefer": preference})
        assert answer.status_code == 201
        assert answer.headers["preference-applied"] == "respond-async"
        body = answer.json()
        assert body["status"] == "accepted"
        assert (body["processID"], body["type"], body["progress"]) == ("datum-shift", "process", 0)
        assert answer.headers["location"] == relations(body)["self"]
        assert clerk.get(answer.headers["location"].partition("/ogc")[2]) == body
        assert clerk.ask("DELETE", f"/jobs/{body['jobID']}").status_code == 200
        assert clerk.ask("DELETE", f"/jobs/{body['jobID']}").status_code == 200


def test_conf_core_process_execute_inputs_inline_and_qualified(clerk: Clerk) -> None:
    """input-inline, input-inline-object, input-array, input-inline-bbox."""
    wanted = clerk.run("datum-shift", SHIFT).content
    qualified = {name: {"value": value} for name, value in SHIFT.items()}
    assert clerk.run("datum-shift", qualified).content == wanted
    point = {"type": "Point", "coordinates": [116.3, 39.9]}
    for sent in (point, {"value": point, "mediaType": "application/geo+json"}):
        found = clerk.run("datum-shift", {"geojson": sent, "from": "wgs84", "to": "gcj02"}).json()
        assert found["coordinates"] == json.loads(wanted)["coordinates"][0]
    lon, lat = middle(GRIDS[0])
    box = {"bbox": [lon - 1e-3, lat - 1e-3, lon + 1e-3, lat + 1e-3]}
    crs = {"crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}
    for sent in (box, {**box, **crs}):
        found = clerk.run("aggregate-by-grid", {"layer": "places", "bbox": sent, "empty": False}).json()
        assert [each["properties"]["code"] for each in found["features"]] == [GRIDS[0]]


def test_conf_core_process_execute_inputs_by_reference(clerk: Clerk) -> None:
    wanted = clerk.run("datum-shift", SHIFT).content
    text = json.dumps(SHIFT["coordinates"])
    packed = base64.b64encode(text.encode()).decode()
    for href in (f"data:application/json,{text}", f"data:application/json;base64,{packed}"):
        assert clerk.run("datum-shift", {**SHIFT, "coordinates": {"href": href}}).content == wanted
    href = f"{clerk.base}/ogc/collections/places/items?limit=100"
    for who, number in ((CHIEF, 8), (STREET, 4)):
        given = {"geojson": {"href": href, "type": "application/geo+json"}, "from": "wgs84", "to": "bd09"}
        found = clerk.run("datum-shift", given, who)
        assert found.status_code == 200, found.text
        assert len(found.json()["features"]) == number, "the reader's own rows, whoever reads them"


@pytest.mark.parametrize(
    "href",
    [
        "http://127.0.0.1:5432/", "http://169.254.169.254/latest", "file:///etc/passwd", "https://example.org/x",
        "//example.org", "", "data:application/json", "data:;base64,%%%", "data:,{", 7,
        "{base}.example.org/ogc/x", "{base}/ogc@example.org/", "{base}/healthz",
        "{base}/ogc/collections/places/items?f=flatgeobuf",
    ],
)  # fmt: skip
def test_no_other_address_is_followed(clerk: Clerk, href: Any) -> None:
    href = href.replace("{base}", clerk.base) if isinstance(href, str) else href
    refused = clerk.refused("datum-shift", {**SHIFT, "coordinates": {"href": href}})
    assert list(refused) == ["inputs.coordinates.href"]


def test_a_reference_may_not_execute_nor_tell_of_foreign_things(clerk: Clerk) -> None:
    for path, status in (("/processes/locate/execution", 405), ("/collections/none/items", 404)):
        given = {**SHIFT, "coordinates": {"href": f"{clerk.base}/ogc{path}"}}
        assert clerk.run("datum-shift", given).status_code == status


def test_conf_core_process_execute_input_validation_and_cardinality(clerk: Clerk) -> None:
    assert set(clerk.refused("datum-shift", {})) == {"inputs.from", "inputs.to"}
    assert set(clerk.refused("datum-shift", None)) == {"inputs.from", "inputs.to"}
    refused = clerk.refused("heatmap", {"layer": "places", "resolution": 99, "cells": "circle", "radius": 1})
    assert set(refused) == {"inputs.resolution", "inputs.cells", "inputs.radius"}
    assert clerk.ask("POST", "/processes/datum-shift/execution").status_code == 400


@pytest.mark.parametrize(
    ("name", "inputs", "where"),
    [
        ("datum-shift", {**SHIFT, "to": "mars"}, "inputs.to"),
        ("datum-shift", {**SHIFT, "geojson": {"type": "Point"}}, "inputs.coordinates"),
        ("datum-shift", {"from": "wgs84", "to": "bd09"}, "inputs.coordinates"),
        ("datum-shift", {**SHIFT, "coordinates": [[116.3, 39.9], [39.9, 116.3]]}, "inputs.coordinates[1]"),
        ("datum-shift", {**SHIFT, "coordinates": [[116.3]]}, "inputs.coordinates[0]"),
        ("datum-shift", {**SHIFT, "coordinates": "1,2"}, "inputs.coordinates"),
        ("datum-shift", {"geojson": {"type": "Blob"}, "from": "wgs84", "to": "bd09"}, "inputs.geojson.type"),
        ("locate", {}, "inputs.points"),
        ("locate", {"points": [[1]]}, "inputs.points[0]"),
        ("locate", {"points": [[116.3, 39.9]], "at": "yesterday"}, "inputs.at"),
        ("locate", {"points": [[116.3, 39.9]], "category": "a"}, "inputs.category"),
        ("heatmap", {"layer": "no such"}, "inputs.layer"),
        ("heatmap", {"layer": "places", "filter": "kind ="}, "inputs.filter"),
        ("heatmap", {"layer": "places", "filter": "nothing = 1"}, "inputs.filter"),
        ("heatmap", {"layer": "events", "datetime": "soon"}, "inputs.datetime"),
        ("heatmap", {"layer": "places", "bbox": {"bbox": [1, 2, 3]}}, "inputs.bbox.bbox"),
        ("heatmap", {"layer": "places", "bbox": {"bbox": [1, 9, 3, 4]}}, "inputs.bbox"),
        ("heatmap", {"layer": "places", "bbox": [1, 2, 3, 4]}, "inputs.bbox"),
        ("heatmap", {"layer": "places", "bandwidth_m": 100_000}, "inputs.bandwidth_m"),
        ("heatmap", {"layer": "places", "cells": "square", "side_m": 1}, "inputs.side_m"),
        ("heatmap", {"layer": ["places"]}, "inputs.layer"),
        ("aggregate-by-grid", {"layer": "places", "attribute": "name"}, "inputs.attribute"),
        ("aggregate-by-grid", {"layer": "places", "attribute": "geom"}, "inputs.attribute"),
        ("aggregate-by-grid", {"layer": "places", "level": "planet"}, "inputs.level"),
        ("hot-spots", {"layer": "places", "by": "hexagon", "resolution": 12}, "inputs.by"),
        ("hot-spots", {"layer": "places", "level": "district"}, "inputs.by"),
        ("hot-spots", {"layer": "places", "bbox": {"bbox": [1, 2, 3, 4]}}, "inputs.bbox"),
        ("hot-spots", {"layer": "places", "by": "square", "bbox": {"bbox": [1, 2, 3, 4]}}, "inputs.bbox"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(clerk: Clerk, name: str, inputs: Any, where: str) -> None:
    assert list(clerk.refused(name, inputs)) == [where]


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ([], "body"), ("x", "body"), ({"inputs": []}, "inputs"),
        ({"inputs": SHIFT, "response": "xml"}, "response"),
        ({"inputs": SHIFT, "outputs": []}, "outputs"), ({"inputs": SHIFT, "outputs": {"y": {}}}, "outputs.y"),
        ({"inputs": SHIFT, "outputs": {"shifted": {"transmissionMode": "reference"}}},
         "outputs.shifted.transmissionMode"),
        ({"inputs": SHIFT, "outputs": {"shifted": {"format": {"mediaType": "text/html"}}}},
         "outputs.shifted.format.mediaType"),
        ({"inputs": SHIFT, "subscriber": {"successUri": "http://127.0.0.1"}}, "subscriber"),
        ({"inputs": SHIFT, "mode": "async"}, "mode"),
    ],
)  # fmt: skip
def test_a_request_that_is_none_is_refused(clerk: Clerk, body: Any, where: str) -> None:
    answer = clerk.ask("POST", "/processes/datum-shift/execution", json=body)
    assert answer.status_code == 400, answer.text
    assert [each["where"] for each in answer.json()["errors"]] == [where]


def test_hostile_bodies_are_refused(clerk: Clerk) -> None:
    path = "/processes/datum-shift/execution"

    def send(content: bytes, kind: str = "application/json") -> int:
        return clerk.ask("POST", path, content=content, headers={"content-type": kind}).status_code

    assert send(b"{") == 400
    assert send(b"\xff\xfe") == 400
    assert send(b'{"inputs": NaN}') == 400
    assert send(b"[" * 100_000) == 400
    assert send(b"{}", "text/plain") == 415
    assert send(b'{"inputs": {"from": "wgs84\\u0000", "to": "bd09", "coordinates": []}}') == 400
    assert send(b'{"inputs": {"coordinates": [' + b"[1,2]," * 3_200_000 + b"[1,2]]}}") == 400
    big = b'{"inputs": {"from": "wgs84", "to": "bd09", "coordinates": [[1e999, 0]]}}'
    assert send(big) == 400
    assert clerk.ask("GET", path).status_code == 405
    assert clerk.ask("GET", path).headers["allow"] == "POST, OPTIONS"
    assert clerk.ask("POST", f"{path}?x=1", json={"inputs": SHIFT}).status_code == 400


def test_who_may_not_see_a_layer_hears_that_there_is_none(clerk: Clerk) -> None:
    foreign = clerk.run("heatmap", {"layer": "plans_roads"}, "viewer of water")
    nothing = clerk.run("heatmap", {"layer": "plans_nothing"}, "viewer of water")
    assert foreign.status_code == nothing.status_code == 400
    assert foreign.text.replace("plans_roads", "plans_nothing") == nothing.text


def test_who_would_wait_while_all_places_are_taken_hears_it(clerk: Clerk) -> None:
    for _ in range(door.AT_ONCE):
        assert door._slots.acquire(blocking=False)
    try:
        answer = clerk.run("datum-shift", SHIFT)
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "5")
    finally:
        door._slots.release(door.AT_ONCE)
    assert clerk.run("datum-shift", SHIFT).status_code == 200


def test_a_stranger_gets_nothing(clerk: Clerk) -> None:
    for method, path in (("GET", "/processes"), ("GET", "/jobs"), ("POST", "/processes/locate/execution")):
        assert clerk.client.request(method, f"/ogc{path}").status_code == 401


def test_conf_core_job_exception_no_such_job(clerk: Clerk) -> None:
    for name in ("x", "00000000-0000-0000-0000-000000000000", "1", "' OR 1=1"):
        for method, path in (("GET", ""), ("GET", "/results"), ("DELETE", "")):
            answer = clerk.ask(method, f"/jobs/{name}{path}")
            assert (answer.status_code, answer.json()["type"]) == (404, f"{TYPES}/no-such-job")


def test_conf_job_list_parameters_and_their_checks(clerk: Clerk) -> None:
    jobs = [
        clerk.run("datum-shift", SHIFT, headers={"prefer": "respond-async"}).json()["jobID"] for _ in range(3)
    ]
    heat = clerk.run("heatmap", {"layer": "places"}, headers={"prefer": "respond-async"}).json()["jobID"]

    def listed(query: str = "") -> list[str]:
        return [each["jobID"] for each in clerk.get(f"/jobs?{query}")["jobs"]]

    assert listed() == [heat, *reversed(jobs)]
    assert listed("processID=heatmap") == [heat]
    assert listed("processID=heatmap,datum-shift&type=process&status=accepted,running") == [heat, *jobs[::-1]]
    assert listed("status=successful,failed") == []
    assert listed("datetime=2001-01-01/2002-01-01") == []
    assert listed("datetime=2001-01-01/..") == [heat, *jobs[::-1]]
    assert listed("minDuration=0") == [], "none has begun"
    page = clerk.get("/jobs?limit=3&status=accepted")
    following = clerk.get("/jobs?" + relations(page)["next"].partition("?")[2])
    assert [each["jobID"] for each in page["jobs"] + following["jobs"]] == [heat, *jobs[::-1]]
    assert "next" not in relations(following)
    for query in ("limit=0", "status=done", "type=x", "datetime=x", "minDuration=-1", "minDuration=a", "y=1"):
        assert clerk.ask("GET", f"/jobs?{query}").status_code == 400, query
    for number in (*jobs, heat):
        assert clerk.ask("DELETE", f"/jobs/{number}").json()["status"] == "dismissed"
        assert clerk.get(f"/jobs/{number}")["status"] == "dismissed"
        assert clerk.ask("GET", f"/jobs/{number}/results").status_code == 404
        clerk.ask("DELETE", f"/jobs/{number}")
        assert clerk.ask("GET", f"/jobs/{number}").status_code == 404


def test_an_account_has_so_many_jobs_and_nobody_elses(clerk: Clerk) -> None:
    headers = {"prefer": "respond-async"}
    jobs = []
    while (answer := clerk.run("datum-shift", SHIFT, STREET, headers=headers)).status_code == 201:
        jobs.append(answer.json()["jobID"])
    assert (answer.status_code, len(jobs)) == (409, 20)
    for method, path in (("GET", ""), ("GET", "/results"), ("DELETE", "")):
        own = clerk.ask(method, f"/jobs/{jobs[0]}{path}", CHIEF)
        none = clerk.ask(method, f"/jobs/00000000-0000-0000-0000-000000000000{path}", CHIEF)
        assert (own.status_code, own.text) == (none.status_code, none.text)
    assert clerk.get("/jobs")["jobs"] == []
    assert clerk.get(f"/jobs/{jobs[0]}", STREET)["status"] == "accepted"
    page = clerk.ask("GET", f"/jobs/{jobs[0]}?f=html", STREET)
    assert jobs[0] in page.text


def test_what_is_called_off_ends_between_two_pieces_of_work(gallery: Database) -> None:
    """Where no statement runs that could be ended: while densities are added up."""
    told: list[float] = []
    desk = Desk(gallery, Reader(1, "x", "x", "viewer"), None)

    def tell(share: float, _: str) -> None:
        told.append(share)
        desk.stop()

    desk.tell = tell
    points = np.random.default_rng(1).uniform(0, 100, (50, 2))
    with pytest.raises(Stopped):
        for _ in range(2):
            kernel_density(points, points, 10.0, desk.tick)
    assert told == [1.0]
