"""The processes there are, and how one is run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from api.ogc.processes.aggregating import AGGREGATE
from api.ogc.processes.asked import Asked
from api.ogc.processes.clustering import CLUSTERS
from api.ogc.processes.described import Process
from api.ogc.processes.desk import Desk
from api.ogc.processes.emerging import EMERGING
from api.ogc.processes.foretelling import FORECAST
from api.ogc.processes.heating import HEATMAP
from api.ogc.processes.hot_placing import HOT_PLACES
from api.ogc.processes.locating import LOCATE
from api.ogc.processes.relating import NEAR
from api.ogc.processes.replaying import REPLAY
from api.ogc.processes.scanning import SCAN
from api.ogc.processes.shifting import DATUM_SHIFT
from api.ogc.processes.spotting import HOT_SPOTS
from api.ogc.processes.surging import SURGES
from spatial.errors import InvalidInput, NotFound, Problem

TYPES = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0"
_OURS = ("inputs", "outputs", "body")

ANALYSES = (EMERGING, CLUSTERS, SCAN, SURGES, HOT_PLACES, NEAR, FORECAST)
"""Of events alone."""

PROCESSES: Mapping[str, Process] = {
    process.name: process
    for process in (LOCATE, DATUM_SHIFT, AGGREGATE, HEATMAP, HOT_SPOTS, *ANALYSES, REPLAY)
}


class NoSuchProcess(NotFound):
    """There is no process of that name."""

    problem_type = f"{TYPES}/no-such-process"


def process_of(name: str) -> Process:
    """Find a process; NoSuchProcess."""
    if name not in PROCESSES:
        raise NoSuchProcess(f"there is no process '{name[:100]}'; there are {', '.join(PROCESSES)}")
    return PROCESSES[name]


def calculate(process: Process, desk: Desk, asked: Asked) -> bytes:
    """Run a process; InvalidInput names the input that is wrong, whoever found it."""
    try:
        return process.run(desk, asked.inputs, asked.media_type)
    except InvalidInput as error:
        raise InvalidInput([_named(process, each) for each in error.problems]) from None


def _named(process: Process, problem: Problem) -> Problem:
    if problem.where.split(".")[0] in _OURS:
        return problem
    name = problem.where.split(".")[0].split("[")[0]
    # A door deeper down knows a parameter of another name.
    where = problem.where if name in process.inputs else {"bbox-crs": "bbox.crs"}.get(name, problem.where)
    return Problem(f"inputs.{where}", problem.reason)


def written(process: Process, asked: Asked, body: bytes) -> tuple[str, bytes]:
    """Write what came out as the answer that was asked for; returns media type and body."""
    if asked.response == "raw":
        return asked.media_type, body
    is_json = asked.media_type.endswith("json")
    value: Any = orjson.Fragment(body) if is_json else body.decode()
    document = {process.output.name: {"value": value, "mediaType": asked.media_type}}
    return "application/json", orjson.dumps(document)
