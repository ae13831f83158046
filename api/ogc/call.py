"""A request on its way through the door, the three forms of an answer, and what a part of the door offers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.asgi import Headers
from api.ogc.publication import Publication, Published
from api.ogc.request import Ask
from grid_editor.bases import Bases
from layers.catalogue import Layer
from layers.features import Counts
from spatial.database import Database
from spatial.errors import NotFound
from spatial.grids.stamping import Stamper
from spatial.rights.reader import Reader

if TYPE_CHECKING:
    from api.ogc.processes.desk import Answering
    from api.tiles import TileMaker

Json = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """A request together with what answers it: the publication and the database, for its reader."""

    ask: Ask
    publication: Publication
    database: Database
    reader: Reader
    offers: tuple[Offer, ...] = ()
    body: bytes = b""
    """What POST, PUT or PATCH carry."""
    stamper: Stamper | None = None
    """Says in which grid a point lies, for what is written."""
    home: Path | None = None
    """The state folder; files that are sent wait below it."""
    counts: Counts = field(default_factory=Counts)
    """How many features matched, as it was counted last."""
    tiles: TileMaker | None = None
    """Makes tiles, and keeps them where changes are heard of."""
    assignments: Answering | None = None
    """Says in which grid points lie, as far as a reader may know."""
    bases: Bases | None = None
    """Versions of coverages, for edits of grids; without them grids cannot be edited here."""

    @property
    def language(self) -> str:
        """zh or en."""
        return self.ask.language

    @property
    def base_url(self) -> str:
        """The address that was called, up to and with /ogc: links begin with it."""
        return self.ask.base_url

    def collection(self, name: str) -> Published:
        """Find a collection; NotFound when there is none of that name for this reader."""
        found = self.publication.published.get(name)
        if found is None:
            raise NotFound(f"there is no collection '{name[:100]}'")
        return found


@dataclass(frozen=True)
class Document:
    """A document before it is written: as JSON of `media_type`, or as the page `template`."""

    body: Json
    media_type: str
    template: str
    layer: Layer | None = None
    headers: tuple[tuple[bytes, bytes], ...] = ()


@dataclass(frozen=True)
class Reply:
    """An answer ready to be sent."""

    status: int
    content_type: bytes
    headers: Headers
    body: bytes


@dataclass(frozen=True)
class Stream:
    """An answer that is sent while it is made; `pieces` is closed when the client has gone.

    What can be refused is refused before the first piece: with it, the status is sent.
    """

    content_type: bytes
    headers: Headers
    pieces: Iterator[bytes]


Answer = Document | Reply | Stream
Handler = Callable[..., Answer]
"""handler(call, *parts of the path that stand where its pattern has {…}), run in a thread."""


def _nothing(*_: Any) -> Any:
    return ()


def _always(_: Call) -> bool:
    return True


@dataclass(frozen=True)
class Offer:
    """What one part of the door (features, tiles, styles …) brings to the common documents."""

    resources: Mapping[str, Mapping[str, Handler]]
    """Path below /ogc → method → handler; HEAD is GET, and OPTIONS is answered from the methods there are."""
    conformance: tuple[str, ...] = ()
    """Classes that our tests prove."""
    paths: Callable[[Mapping[str, Layer], str], Json] | None = None
    """(layers by name, language) → paths of the OpenAPI document."""
    collection_links: Callable[[Call, Published], list[Json]] = field(default=_nothing)
    landing_links: Callable[[Call], list[Json]] = field(default=_nothing)
    collections: Callable[[Call], list[Json]] = field(default=_nothing)
    """Collections that are no layers, as far as the reader may know of them."""
    is_open: Callable[[Call], bool] = field(default=_always)
    """Whether the reader may know of this part at all: else its paths are not described."""


def link(rel: str, media_type: str, href: str, title: str = "") -> Json:
    """Write a link."""
    return {"rel": rel, "type": media_type, "href": href, **({"title": title} if title else {})}
