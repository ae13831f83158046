"""Generic REST push: requests in a partner's own words, by configuration.

    {"create": {"body": MAPPING}, "reference": "$.ticket.id",
     "update": {"method": "PATCH", "path": "/tickets/{reference}", "body": MAPPING}}

The first message of an event creates it there; what the partner calls it is read from the answer and kept,
and the messages that follow go to that name. A mapping is one of spatial.partners.mapping; it sees the
CloudEvent, with `reference` beside.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

import orjson
from jsonpath_rfc9535 import JSONPathError

from spatial.errors import InvalidInput, Problem
from spatial.partners.mapping import Mapping
from spatial.partners.mapping_paths import read_path

METHODS = ("POST", "PUT", "PATCH")
FORMATS = {"json": "application/json", "form": "application/x-www-form-urlencoded"}
MOST_BYTES = 65_536
"""Of the options as JSON."""
LONGEST_REFERENCE = 500
_PLACES = ("reference", "id", "no", "external_id", "verb")
_SAFE = "/%:@!$&'()*+,;=~"
_PLACE = re.compile(r"\{([^{}]*)\}")
_HEADER = re.compile(r"[A-Za-z0-9-]{1,60}")
_HEADERS_OF_OURS = frozenset({
    "host", "content-length", "content-type", "transfer-encoding", "connection", "accept-encoding",
    "authorization", "cookie", "idempotency-key", "user-agent",
})  # fmt: skip

Json = dict[str, Any]


def check_options(kind: str, topics: Sequence[str], options: Json) -> list[Problem]:
    """Say what is wrong with the options of a webhook of a kind; none are of the kind webhook."""
    if kind != "rest":
        return [Problem("options", "are for webhooks of the kind rest")] if options else []
    if (wrong := _check_size(options)) is not None:
        return [Problem("options", wrong)]
    problems = [
        Problem("topics", "of the kind rest are of events") for each in topics if each.startswith("coverages")
    ]
    problems += _unknown(options, ("create", "update", "reference"), "options")
    problems += _check_part(options.get("create"), "options.create")
    if "update" in options:
        problems += _check_part(options["update"], "options.update")
        if "reference" not in options:
            problems.append(
                Problem("options.reference", "must be given with update: where the answer names it")
            )
    if "reference" in options:
        problems += _raised(lambda: read_path(options["reference"], "options.reference"))
    return problems[:50]


def _check_size(options: Json) -> str | None:
    try:
        large = len(orjson.dumps(options)) > MOST_BYTES
    except (TypeError, ValueError, RecursionError):
        return "is nested too deeply, or holds what is no JSON"
    return f"may have {MOST_BYTES // 1024} KiB at most" if large else None


def _unknown(given: Json, known: Sequence[str], where: str) -> list[Problem]:
    return [Problem(f"{where}.{str(name)[:60]}", "is not known here") for name in given if name not in known]


def _check_part(part: Any, where: str) -> list[Problem]:
    if not isinstance(part, dict):
        return [Problem(where, "must say how the request is made")]
    problems = _unknown(part, ("method", "path", "headers", "format", "body"), where)
    if part.get("method", "POST") not in METHODS:
        problems.append(Problem(f"{where}.method", f"must be one of {', '.join(METHODS)}"))
    if part.get("format", "json") not in FORMATS:
        problems.append(Problem(f"{where}.format", f"must be one of {', '.join(FORMATS)}"))
    if "path" in part:
        problems += _check_path(part["path"], f"{where}.path")
    problems += _check_headers(part.get("headers", {}), f"{where}.headers")
    return problems + _raised(lambda: Mapping.parse(part.get("body"), f"{where}.body"))


def _check_path(path: Any, where: str) -> list[Problem]:
    good = isinstance(path, str) and path.startswith("/") and not path.startswith("//") and len(path) <= 1_000
    if not good or not path.isprintable() or "\\" in path or " " in path or "#" in path:
        return [Problem(where, "must begin with one slash: a path on the webhook's own host")]
    places = set(_PLACE.findall(path)) - set(_PLACES)
    return [
        Problem(where, f"knows no {{{each[:40]}}}: there are {', '.join(_PLACES)}") for each in sorted(places)
    ]


def _check_headers(headers: Any, where: str) -> list[Problem]:
    if not isinstance(headers, dict) or len(headers) > 20:
        return [Problem(where, "must be up to twenty headers by name")]
    problems = []
    for name, value in headers.items():
        if not _HEADER.fullmatch(str(name)) or str(name).lower() in _HEADERS_OF_OURS:
            problems.append(Problem(f"{where}.{str(name)[:60]}", "is no header to be set here"))
        elif (
            not isinstance(value, str) or not value.isprintable() or not value.isascii() or len(value) > 1_000
        ):
            problems.append(Problem(f"{where}.{name}", "must be one line of ASCII"))
    return problems


def _raised(look: Callable[[], object]) -> list[Problem]:
    try:
        look()
    except InvalidInput as error:
        return list(error.problems)
    return []


def write(url: str, part: Json, message: Json) -> tuple[str, str, dict[str, str], bytes] | str:
    """Write a request: method, address, headers, body; or why it cannot be written.

    message: the CloudEvent, with `reference` beside.
    """
    mapped = Mapping.parse(part["body"]).apply(message)
    if mapped.problems:
        return "; ".join(f"{each.where}: {each.reason}" for each in mapped.problems[:5])
    form = part.get("format", "json")
    try:
        body = _form(mapped.fields) if form == "form" else orjson.dumps(mapped.values)
    except (TypeError, ValueError) as error:
        return f"the body cannot be written: {error}"
    headers = {**part.get("headers", {}), "content-type": FORMATS[form]}
    return part.get("method", "POST"), _address(url, part.get("path"), message), headers, body


def _form(fields: Any) -> bytes:
    return urlencode([(name, _text(value)) for name, value in fields.items()]).encode()


def _text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _address(url: str, path: str | None, message: Json) -> str:
    """Fill a path in, on the webhook's own host: what the partner is opened with goes nowhere else."""
    if path is None:
        return url
    event = message["data"]["event"]
    verb = message["data"].get("step", {}).get("verb", "warning")
    known = {"reference": message["reference"], "id": event["id"], "no": event["no"],
             "external_id": event["external_id"], "verb": verb}  # fmt: skip
    filled = _PLACE.sub(lambda found: quote(str(known[found[1]] or ""), safe=""), path)
    parts = urlsplit(url)
    there, _, asked = filled.partition("?")
    # As check_url does; what was filled in is quoted already, and % stays.
    there, asked = quote(there, safe=_SAFE), quote(asked, safe=_SAFE + "?")
    return urlunsplit((parts.scheme, parts.netloc, there, asked, ""))


def reference_in(body: bytes, path: str | None) -> str | None:
    """Find what the partner calls an event in its answer; None when it is not there."""
    if path is None:
        return None
    try:
        answer = orjson.loads(body)
        found = next(iter(read_path(path, "reference").found(answer)), None)
    except (orjson.JSONDecodeError, InvalidInput, JSONPathError, RecursionError):
        return None
    if isinstance(found, bool) or not isinstance(found, str | int):
        return None
    # What the database or an address cannot hold (U+0000, line ends, half a pair) names nothing.
    return "".join(filter(str.isprintable, str(found)))[:LONGEST_REFERENCE] or None
