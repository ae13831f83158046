"""The moment of a request: units are read as of it; events and the like are chosen by it as ever."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from api.ogc.items import span
from api.ogc.parameters import ITEM_CHECKS
from api.ogc.request import Ask
from spatial.rights.reader import Reader


def as_of(ask: Ask) -> Reader:
    """Give the reader of a request, as of the last moment of its `datetime`: an open end is now.

    What is wrong with `datetime` is told by whatever reads the parameters.
    """
    return reader_as_of(ask.reader, ask.query)


def reader_as_of(reader: Reader, query: Sequence[Sequence[str]]) -> Reader:
    """Give a reader as of the last moment of the `datetime` among parameters, as they were sent."""
    text = next((text for name, text in query if name == "datetime"), None)
    if text is None:
        return reader
    try:
        return replace(reader, as_of=span(ITEM_CHECKS["datetime"](text))[1])
    except ValueError:
        return reader
