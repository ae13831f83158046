"""Read a request to execute a process: inputs with their defaults, form of the output and of the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from api.ogc.processes.described import Input, Output, Process
from spatial.errors import InvalidInput, Problem

Json = dict[str, Any]
Fetch = Callable[[Any, str], Any]
"""fetch(href, where) → the value that an address stands for; InvalidInput."""

MEMBERS = frozenset({"inputs", "outputs", "response"})
_QUALIFIED = frozenset({"value", "mediaType", "encoding", "schema", "format"})
_LINK = frozenset({"href", "rel", "type", "hreflang", "title"})
_MOST_SAID = 200


@dataclass(frozen=True)
class Asked:
    """What is to be calculated, and how it is to be answered."""

    inputs: Json
    media_type: str
    response: str = "raw"
    """raw: the output itself; document: JSON that holds the output by name."""


def read_request(process: Process, body: Any, fetch: Fetch) -> Asked:
    """Check a request as it was sent; InvalidInput names every input or member that is wrong."""
    if not isinstance(body, dict):
        raise InvalidInput.at("body", "must be an object with 'inputs'")
    problems = [Problem(name[:60], "is not known here") for name in body if name not in MEMBERS]
    given = body.get("inputs", {})
    if not isinstance(given, dict):
        problems.append(Problem("inputs", "must be an object"))
    if body.get("response", "raw") not in ("raw", "document"):
        problems.append(Problem("response", "must be raw or document"))
    if problems:
        raise InvalidInput(problems)
    media_type = _media_type(process.output, body.get("outputs"))
    return Asked(_inputs(process.inputs, given, fetch), media_type, body.get("response", "raw"))


def _inputs(known: Mapping[str, Input], given: Json, fetch: Fetch) -> Json:
    problems = [
        Problem(f"inputs.{name[:60]}", "is no input of this process") for name in given if name not in known
    ]
    values = {}
    for name, each in known.items():
        where = f"inputs.{name}"
        if given.get(name) is not None:
            values[name] = _value(given[name], fetch, where)
            problems += _wrong(each, values[name], where)
        elif each.required:
            problems.append(Problem(where, "is missing"))
        elif "default" in each.schema:
            values[name] = each.schema["default"]
    if problems:
        raise InvalidInput(problems[:50])
    return values


def _value(sent: Any, fetch: Fetch, where: str) -> Any:
    """Unwrap a qualified value, or follow a link; an object that is neither stands for itself."""
    if not isinstance(sent, dict):
        return sent
    if "href" in sent and sent.keys() <= _LINK:
        return fetch(sent["href"], f"{where}.href")
    if "value" in sent and sent.keys() <= _QUALIFIED:
        return sent["value"]
    return sent


def _wrong(each: Input, value: Any, where: str) -> Iterator[Problem]:
    """Check a value against its schema; long ones are checked by their process, all at once."""
    if each.is_long:
        kinds = {"array": list, "object": dict}
        if not isinstance(value, kinds[each.schema["type"]]):
            yield Problem(where, f"must be of type {each.schema['type']}")
        return
    # Late: the library takes its time to load, and the door must open soon.
    from jsonschema import Draft202012Validator

    for error in Draft202012Validator(each.schema).iter_errors(value):
        path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.absolute_path)
        yield Problem(where + path[:100], error.message[:_MOST_SAID])


def _media_type(output: Output, asked: Any) -> str:
    """Choose the form of the output; without `outputs` all of them are asked for, which is the one."""
    first = next(iter(output.forms))
    if asked is None or asked == {}:
        return first
    if not isinstance(asked, dict):
        raise InvalidInput.at("outputs", "must be an object")
    for name in asked:
        if name != output.name:
            raise InvalidInput.at(f"outputs.{name[:60]}", f"is no output of this process; '{output.name}' is")
    wanted = asked[output.name] if isinstance(asked[output.name], dict) else {}
    if wanted.get("transmissionMode", "value") != "value":
        raise InvalidInput.at(f"outputs.{output.name}.transmissionMode", "must be value")
    form = wanted.get("format")
    chosen = form.get("mediaType", first) if isinstance(form, dict) else first
    if chosen not in output.forms:
        where = f"outputs.{output.name}.format.mediaType"
        raise InvalidInput.at(where, f"must be one of {', '.join(output.forms)}")
    return str(chosen)
