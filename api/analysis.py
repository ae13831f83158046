"""Analyses of events (分析研判): the processes of the OGC door that look at events, as plain questions."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from api.dependencies import TAKES_ANYTHING, CityOf, ReaderOf, once_and_known
from api.ogc.processes.aggregating import AGGREGATE
from api.ogc.processes.asked import read_request
from api.ogc.processes.catalogue import ANALYSES, calculate
from api.ogc.processes.described import Input, Process
from api.ogc.processes.desk import Desk
from api.ogc.processes.heating import HEATMAP
from api.ogc.processes.spotting import HOT_SPOTS
from api.ogc.processes.written import CSV, GEOJSON
from spatial.errors import InvalidInput, NotFound, Problem, TooMany

router = APIRouter(tags=["analysis"])

Json = dict[str, Any]
_OF_LAYERS = (AGGREGATE, HEATMAP, HOT_SPOTS)
"""Processes of any layer: here they look at events unless told."""
KNOWN: Mapping[str, Process] = {each.name: each for each in (*_OF_LAYERS, *ANALYSES)}
_slots = threading.BoundedSemaphore(2)
"""Calculations at a time, of this process: they take the processor from all other requests."""
_EVENTS = {each.name: {"layer": "events"} for each in _OF_LAYERS}

Pairs = Sequence[tuple[str, str]]


@router.get("/api/analysis")
def analyses(_: ReaderOf) -> Json:
    """List the analyses with what each can be asked."""
    return {
        "analyses": [
            {
                "name": each.name,
                "title": each.title[0],
                "title_en": each.title[1],
                "description": each.description[0],
                "description_en": each.description[1],
                "parameters": {name: given.schema for name, given in each.inputs.items()},
            }
            for each in KNOWN.values()
        ]
    }


@router.get("/api/analysis/{name}")
def analysis(name: str, request: Request, city: CityOf, reader: ReaderOf) -> Response:
    """Answer one analysis as GeoJSON, or as CSV (`f=csv`); what takes longer is a job of the OGC door."""
    process, query = analysis_of(name), request.query_params.multi_items()
    form = {"geojson": GEOJSON, "csv": CSV}.get(dict(query).get("f", "geojson"))
    if form is None:
        raise InvalidInput.at("f", "must be geojson or csv")
    desk = Desk(city.database, reader, city.assignments)
    body = answered(process, [pair for pair in query if pair[0] != "f"], desk, form)
    return Response(body, media_type=form, headers={"cache-control": "private, no-cache"})


TAKES_ANYTHING.add(analysis)


def analysis_of(name: str) -> Process:
    """Find an analysis; NotFound names those there are."""
    if name not in KNOWN:
        raise NotFound(f"there is no analysis '{name[:60]}'; there are {', '.join(KNOWN)}")
    return KNOWN[name]


def answered(process: Process, pairs: Pairs, desk: Desk, form: str, wait_s: float = 0.0) -> bytes:
    """Calculate what parameters (name, text) ask for; waits so long for its turn. InvalidInput, TooMany."""
    inputs = {**_EVENTS.get(process.name, {}), **_given(process, pairs)}
    try:
        asked = read_request(process, {"inputs": inputs, "outputs": _output(process, form)}, _no_links)
        with calculating(wait_s):
            return calculate(process, desk, asked)
    except InvalidInput as error:
        # Here they are parameters of the address.
        raise InvalidInput(
            [Problem(each.where.removeprefix("inputs."), each.reason) for each in error.problems]
        ) from None


@contextmanager
def calculating(wait_s: float = 0.0) -> Iterator[None]:
    """Hold one of the few slots of calculations of this process; TooMany when none comes free in time."""
    if not _slots.acquire(blocking=wait_s > 0, timeout=wait_s or None):
        raise TooMany("too much is calculated just now: try again soon, or ask the OGC door for a job", 5)
    try:
        yield
    finally:
        _slots.release()


def _output(process: Process, form: str) -> Json:
    return {process.output.name: {"format": {"mediaType": form}}}


def _no_links(_: Any, where: str) -> Any:
    raise InvalidInput.at(where, "must be a value")


def _given(process: Process, pairs: Pairs) -> Json:
    """Read parameters as the values that inputs take; InvalidInput for what stands twice or is unknown."""
    once_and_known([name for name, _ in pairs], process.inputs)
    return {name: _value(process.inputs[name], text) for name, text in pairs}


def _value(given: Input, text: str) -> Any:
    """Read a text as its schema's type; what does not fit stays a text, which the schema refuses."""
    kind = given.schema.get("type")
    if kind == "array":
        return [_number(part) for part in text.split(",")]
    if kind in ("number", "integer"):
        return _number(text)
    if kind == "boolean":
        return {"true": True, "false": False}.get(text, text)
    if kind == "object":
        box = text.split(",")
        return {"bbox": [_number(part) for part in box]} if len(box) == 4 and "{" not in text else _json(text)
    return text


def _number(text: str) -> float | int | str:
    try:
        return int(text) if text.lstrip("-").isdecimal() else float(text)
    except ValueError:
        return text


def _json(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
