"""All that the OGC door offers, and the search for the resource that was asked for."""

from __future__ import annotations

from collections.abc import Mapping

from api.asgi import MethodNotAllowed
from api.ogc import documents, items
from api.ogc.call import Answer, Call, Handler, Offer
from spatial.errors import NotFound

OFFERS: tuple[Offer, ...] = (documents.OFFER, items.OFFER)
"""Every part of the door."""

RESOURCES: Mapping[str, Mapping[str, Handler]] = {
    pattern: methods for offer in OFFERS for pattern, methods in offer.resources.items()
}
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
        raise MethodNotAllowed(allowed(methods))
    return handler(call, *values)


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
