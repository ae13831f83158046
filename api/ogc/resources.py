"""All that the OGC door offers, and the search for the resource that was asked for."""

from __future__ import annotations

from collections.abc import Mapping

from api.asgi import MethodNotAllowed
from api.ogc import (
    documents,
    exports,
    items,
    moving_features,
    processes,
    qgis,
    records,
    schemas,
    styles,
    tiles,
    transaction_actions,
    transactions,
)
from api.ogc.call import Answer, Call, Handler, Offer, Reply
from spatial.errors import NotFound

OFFERS: tuple[Offer, ...] = (
    documents.OFFER,
    schemas.OFFER,
    items.OFFER,
    exports.OFFER,
    transactions.OFFER,
    transaction_actions.OFFER,
    styles.OFFER,
    qgis.OFFER,
    tiles.OFFER,
    records.OFFER,
    processes.OFFER,
    moving_features.OFFER,
)
"""Every part of the door."""

RESOURCES: dict[str, dict[str, Handler]] = {}
for _offer in OFFERS:
    for _path, _methods in _offer.resources.items():
        RESOURCES.setdefault(_path, {}).update(_methods)
"""Path below /ogc → method → handler; the test of leaks asks for each."""

_Found = tuple[tuple[str, ...], Mapping[str, Handler]]
_BY_LENGTH: dict[int, list[_Found]] = {}
# Plain parts come before {…}: a resource of that very name is meant by it.
for _pattern in sorted(RESOURCES, key=lambda pattern: pattern.count("{")):
    _parts = tuple(_pattern.split("/")) if _pattern else ()
    _BY_LENGTH.setdefault(len(_parts), []).append((_parts, RESOURCES[_pattern]))


def answer(call: Call) -> Answer:
    """Give the answer of a resource; NotFound or MethodNotAllowed when there is none for it."""
    methods, values = find(call.ask.path)
    handler = methods.get("GET" if call.ask.method == "HEAD" else call.ask.method)
    if handler is None:
        raise MethodNotAllowed(_allowed_here(call, methods, values))
    return handler(call, *values)


def takes_files(path: tuple[str, ...]) -> bool:
    """Tell whether a resource takes bodies of more than the usual size; see api.asgi.takes_files."""
    try:
        return any(getattr(handler, "takes_files", False) for handler in find(path)[0].values())
    except NotFound:
        return False


def find(path: tuple[str, ...]) -> tuple[Mapping[str, Handler], list[str]]:
    """Find the methods of a path, and what stands in place of its {…}; NotFound."""
    for parts, methods in _BY_LENGTH.get(len(path), ()):
        pairs = list(zip(parts, path, strict=True))
        if all(part == given or part[0] == "{" for part, given in pairs):
            return methods, [given for part, given in pairs if part[0] == "{"]
    raise NotFound("there is no such resource under this address")


def allowed(methods: Mapping[str, Handler]) -> tuple[str, ...]:
    """Name the methods that a resource answers."""
    return tuple(dict.fromkeys([*(["GET", "HEAD"] if "GET" in methods else []), *methods, "OPTIONS"]))


def _allowed_here(call: Call, methods: Mapping[str, Handler], values: list[str]) -> tuple[str, ...]:
    """Ask a resource that answers OPTIONS itself which methods it has for this reader."""
    options = methods["OPTIONS"](call, *values) if "OPTIONS" in methods else None
    if not isinstance(options, Reply):
        return allowed(methods)
    return tuple(dict(options.headers)[b"allow"].decode().split(", "))
