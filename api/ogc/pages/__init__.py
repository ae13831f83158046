"""Pages of the OGC API for people: plain HTML and one style sheet, no script, everything escaped."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined

from api.ogc.pages import reading
from api.ogc.pages.sketch import sketch
from api.ogc.pages.words import WORDS
from spatial.errors import InvalidInput

if TYPE_CHECKING:
    from api.ogc.call import Document
    from api.ogc.request import Ask
    from layers.catalogue import Field

STYLE_SHEET = "ogc.css"


@cache
def style_sheet() -> bytes:
    """Read the one style sheet."""
    return (files(__package__) / STYLE_SHEET).read_bytes()


@cache
def version() -> bytes:
    """Digest the templates and their words: pages change with them though their documents do not."""
    digest = blake2b(repr(WORDS).encode(), digest_size=12)
    for name in sorted(_templates().list_templates(["html"])):
        digest.update((files(__package__) / name).read_bytes())
    return digest.digest()


_READING: tuple[Callable[..., Any], ...] = (
    reading.by_standard, reading.by_theme, reading.system, reading.files, reading.ways,
    reading.operations, reading.sortable, reading.examples,
)  # fmt: skip


@cache
def _templates() -> Environment:
    loader = PackageLoader("api.ogc", "pages")
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["segment"] = lambda text: quote(str(text), safe="")
    environment.filters["shown"] = shown
    environment.filters |= {each.__name__: each for each in _READING}
    environment.globals |= {"sketch": sketch, "counted": reading.counted}
    return environment


def shown(value: Any, field: Field, words: Mapping[str, str]) -> str:
    """Write a value for people; the JSON keeps every digit."""
    if value is None:
        return "—"
    if isinstance(value, bool):
        return words["yes"] if value else words["no"]
    if isinstance(value, float):
        return f"{value:.10g}"
    if field.type == "date-time":
        return f"{datetime.fromisoformat(str(value)):%Y-%m-%d %H:%M:%S %Z}"
    return str(value)


def page(ask: Ask, document: Document) -> bytes:
    """Render a document in the language asked for."""
    return _rendered(ask, document.template, document=document.body, layer=document.layer)


def refusal_page(ask: Ask, refusal: Mapping[str, Any]) -> bytes:
    """Render what a browser shows when a request was refused: the problem document as a page."""
    return _rendered(ask, "refusal.html", refusal=refusal)


def _rendered(ask: Ask, template: str, **values: Any) -> bytes:
    place = _Place(ask)
    text = (
        _templates()
        .get_template(template)
        .render(words=WORDS[ask.language], language=ask.language, place=place, **values)
    )
    return text.encode()


class _Place:
    """Where the page stands: its addresses are paths, so they hold behind any proxy."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self.address = _address(ask)
        self.root = urlsplit(self.address).path
        self.query = dict(ask._readable_query)

    @property
    def here(self) -> str:
        """Path of this very page."""
        return "/".join([self.root, *(quote(segment, safe="") for segment in self._safe_path())])

    def _safe_path(self) -> tuple[str, ...]:
        try:
            return self._ask.path
        except Exception:
            return ()

    def turned(self, **changes: str | int | None) -> str:
        """This page with some parameters changed, or left out where None."""
        query = {name: str(text) for name, text in {**self.query, **changes}.items() if text is not None}
        return f"{self.here}?{urlencode(query)}" if query else self.here

    def sorted(self, by: str) -> str:
        """This page from its beginning in another order."""
        return self.turned(sortby=by, offset=None, token=None)

    def page(self, href: str) -> str:
        """The address of another page of the same items, for people."""
        given = {**dict(parse_qsl(urlsplit(href).query, keep_blank_values=True)), "f": "html"}
        kept = {name: text for name, text in self.query.items() if name == "lang"}
        return f"{self.here}?{urlencode({**given, **kept})}"

    def local(self, href: str) -> str:
        """The same address as a path of this server."""
        return self.root + href.removeprefix(self.address)


def _address(ask: Ask) -> str:
    try:
        return ask.base_url
    except InvalidInput:
        return ask.base_path
