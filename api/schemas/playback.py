"""Parameters of the routes of playback."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from api.schemas.tracks import SpanQuery
from spatial.errors import InvalidInput
from spatial.patrols.playback.happenings import KINDS, After
from spatial.patrols.playback.layout import EXTRAS
from spatial.patrols.playback.planning import Wanted
from spatial.types import BBox

MOST_NAMED = 1_000
"""Movers by number."""
Code = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\x00]+$")]


class _InBox(SpanQuery):
    """A span, and a box."""

    bbox: Annotated[str | None, Field(max_length=120)] = None

    @property
    def box(self) -> BBox | None:
        """The box in degrees."""
        if self.bbox is None:
            return None
        try:
            west, south, east, north = map(float, self.bbox.split(","))
        except ValueError:
            raise InvalidInput.at("bbox", "must be west,south,east,north in degrees") from None
        if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
            raise InvalidInput.at("bbox", "must lie within longitude ±180 and latitude ±90, west before east")
        return BBox(west, south, east, north)


class PlaybackQuery(_InBox):
    """Whose fixes, of what time; everything that is given must hold."""

    movers: Annotated[str | None, Field(max_length=12_000)] = None
    """Numbers, with commas."""
    unit: Code | None = None
    organisation: Code | None = None
    fixes: Literal["clean", "all"] = "clean"
    columns: Annotated[str, Field(max_length=60)] = ""
    """Further columns, with commas."""

    @property
    def wanted(self) -> Wanted:
        """Write the question; InvalidInput names the parameter."""
        begin, end = self.span
        return Wanted(
            begin,
            end,
            self._numbers,
            self.unit,
            self.organisation,
            self.box,
            self.fixes == "clean",
            _names(self.columns, tuple(EXTRAS), "columns"),
        )

    @property
    def _numbers(self) -> tuple[int, ...] | None:
        if self.movers is None:
            return None
        words = self.movers.split(",")
        if len(words) > MOST_NAMED:
            raise InvalidInput.at("movers", f"are {len(words):,}, more than {MOST_NAMED:,}; ask by unit")
        for word in words:
            if not (word.isascii() and word.isdecimal() and len(word) < 19):
                raise InvalidInput.at("movers", "must be numbers of movers with commas between")
        return tuple({int(word) for word in words})


class HappeningsQuery(_InBox):
    """What happened, of what time."""

    kinds: Annotated[str, Field(max_length=200)] = ""
    """With commas; all unless told."""
    after: Annotated[str | None, Field(max_length=80)] = None
    limit: Annotated[int, Field(ge=1, le=5_000)] = 1_000

    @property
    def chosen(self) -> tuple[str, ...]:
        """The kinds."""
        return _names(self.kinds, KINDS, "kinds") or KINDS

    @property
    def behind(self) -> After | None:
        """Where the page begins."""
        return None if self.after is None else After.read(self.after)


def _names(text: str, known: tuple[str, ...], where: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(text.split(","))) if text else ()
    for name in names:
        if name not in known:
            raise InvalidInput.at(where, f"must be some of {', '.join(known)}, with commas between")
    return names
