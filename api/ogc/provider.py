"""Our provider for pygeoapi: every layer is read through the session of whoever asks.

Loaded by its dotted path from the configuration, so this module may import pygeoapi at its top.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pygeoapi.provider.base import BaseProvider

from api.ogc.parameters import OPEN
from layers import features
from layers.catalogue import Field, Layer
from spatial.database import Database, session
from spatial.rights.reader import Reader
from spatial.types import BBox


@dataclass(frozen=True)
class Asker:
    """For whom a provider reads, and from where."""

    database: Database
    reader: Reader


_asker: ContextVar[Asker] = ContextVar("ogc_asker")


@contextmanager
def asking(database: Database, reader: Reader) -> Iterator[None]:
    """Let providers of this thread and context read as `reader` until the block ends."""
    token = _asker.set(Asker(database, reader))
    try:
        yield
    finally:
        _asker.reset(token)


class LayerProvider(BaseProvider):  # type: ignore[misc]
    """A layer of the catalogue as pygeoapi wants to see it; `data` of its definition is the Layer.

    Outside `asking` every read fails with LookupError: there is no reader to fall back on.
    """

    def __init__(self, provider_def: dict[str, Any]) -> None:
        super().__init__(provider_def)
        self.layer: Layer = provider_def["data"]
        self._fields = self.get_fields()

    def get_fields(self) -> dict[str, dict[str, str]]:
        """Describe the published attributes in JSON Schema; fresh, since pygeoapi writes into them."""
        return {field.name: schema_of(field) for field in self.layer.fields}

    def query(
        self,
        offset: int = 0,
        limit: int = 10,
        bbox: Sequence[float] = (),
        datetime_: str | None = None,
        properties: Sequence[tuple[str, str]] = (),
        sortby: Sequence[dict[str, str]] = (),
        select_properties: Sequence[str] = (),
        skip_geometry: bool = False,
        **_: Any,
    ) -> dict[str, Any]:
        """Read one page as a FeatureCollection with exact counts; InvalidInput for what the layer lacks."""
        since, until = _span(datetime_)
        selection = features.Selection(
            bbox=BBox(*bbox) if bbox else None,
            since=since,
            until=until,
            equals=dict(properties),
            sort=[(sort["property"], sort["order"] == "-") for sort in sortby],
            limit=limit,
            offset=offset,
            attributes=list(select_properties) or None,
            geometry=not skip_geometry,
        )
        return self._page(selection)

    def _page(self, selection: features.Selection) -> dict[str, Any]:
        asker = _asker.get()
        with session(asker.database, asker.reader) as connection:
            found = features.features(connection, self.layer, selection)
            matched = features.count(connection, self.layer, selection)
        return {
            "type": "FeatureCollection",
            "features": [_finite(feature) for feature in found],
            "numberMatched": matched,
            "numberReturned": len(found),
        }

    def get(self, identifier: str, **_: Any) -> dict[str, Any]:
        """Read one feature; NotFound when this reader has none of that identifier."""
        asker = _asker.get()
        with session(asker.database, asker.reader) as connection:
            return _finite(features.feature(connection, self.layer, identifier))


def schema_of(field: Field) -> dict[str, str]:
    """Write the JSON Schema of one attribute."""
    if field.type in ("date", "date-time"):
        return {"type": "string", "format": field.type, "title": field.title}
    return {"type": field.type, "title": field.title}


def _span(text: str | None) -> tuple[datetime | None, datetime | None]:
    """Read a plain instant or interval (see parameters.py) into its two inclusive ends."""
    if text is None:
        return None, None
    first, _, last = text.partition("/")
    return _moment(first), _moment(last or first)


def _moment(text: str) -> datetime | None:
    return None if text == OPEN else datetime.fromisoformat(text)


def _finite(feature: dict[str, Any]) -> dict[str, Any]:
    """NaN and infinity have no form in JSON; they are published as null."""
    for name, value in feature["properties"].items():
        if isinstance(value, float) and not math.isfinite(value):
            feature["properties"][name] = None
    return feature
