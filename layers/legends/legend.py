"""The look of a layer as data: classes, symbols, labels, and the zooms at which they show.

Zooms are MapLibre's (512-pixel tiles of Web Mercator); sizes are CSS pixels (1/96 inch); colours #rrggbb.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints

STRICT = ConfigDict(extra="forbid", allow_inf_nan=False)

FAR, NEAR = 0.0, 24.0
"""The ends of the range of zooms."""


def _stops(given: Any) -> Any:
    """A bare number holds at every zoom."""
    return ((FAR, given),) if isinstance(given, int | float) and not isinstance(given, bool) else given


Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$", to_lower=True)]
Zoom = Annotated[float, Field(ge=FAR, le=NEAR)]
Share = Annotated[float, Field(ge=0, le=1)]
Size = Annotated[float, Field(ge=0, le=200)]
Title = Annotated[str, StringConstraints(max_length=200)]
Value = bool | int | float | Annotated[str, StringConstraints(max_length=500)]
Stops = Annotated[tuple[tuple[Zoom, Size], ...], BeforeValidator(_stops), Field(min_length=1, max_length=10)]
"""(zoom, size) in rising order: in between linear, beyond the ends constant."""
Shares = Annotated[
    tuple[tuple[Zoom, Share], ...], BeforeValidator(_stops), Field(min_length=1, max_length=10)
]

Shape = Literal["circle", "square", "diamond", "triangle", "star", "cross"]
GeometryType = Literal["point", "line", "polygon", "geometry"]


def always(value: float) -> tuple[tuple[float, float], ...]:
    """Write a value that is the same at every zoom."""
    return ((FAR, value),)


def at_zoom(stops: tuple[tuple[float, float], ...], zoom: float) -> float:
    """Read stops at a zoom."""
    after = bisect_right([stop for stop, _ in stops], zoom)
    if after in (0, len(stops)):
        return stops[max(0, after - 1)][1]
    (low, small), (high, large) = stops[after - 1], stops[after]
    return small + (large - small) * (zoom - low) / (high - low)


@dataclass(frozen=True)
class Fill:
    """The inside of an area."""

    __pydantic_config__ = STRICT
    colour: Colour
    opacity: Shares = ((FAR, 0.35),)


@dataclass(frozen=True)
class Stroke:
    """A line, or the border of an area."""

    __pydantic_config__ = STRICT
    colour: Colour
    width_px: Stops = ((FAR, 1.0),)
    opacity: Shares = ((FAR, 1.0),)
    dashes: Annotated[tuple[Annotated[float, Field(gt=0, le=100)], ...], Field(max_length=8)] = ()
    """Lengths of dash, gap, dash …, in widths of the line; empty: a whole line."""


@dataclass(frozen=True)
class Mark:
    """The sign of a point; size_px is the side of the box around it, its rim left out."""

    __pydantic_config__ = STRICT
    shape: Shape
    colour: Colour
    size_px: Stops = ((FAR, 8.0),)
    rim: Colour = "#ffffff"
    rim_px: Annotated[float, Field(ge=0, le=10)] = 1.5
    opacity: Share = 1.0


@dataclass(frozen=True)
class Symbol:
    """What a feature is drawn with; the first stroke lies lowest."""

    __pydantic_config__ = STRICT
    fill: Fill | None = None
    strokes: Annotated[tuple[Stroke, ...], Field(max_length=5)] = ()
    mark: Mark | None = None


@dataclass(frozen=True)
class Class:
    """One entry of a legend: the features that it takes, by value or by range, and their symbol."""

    __pydantic_config__ = STRICT
    title: Title
    title_en: Title
    symbol: Symbol
    values: Annotated[tuple[Value, ...], Field(max_length=200)] = ()
    low: float | None = None
    """It takes numbers from here, inclusive; None: from anywhere."""
    high: float | None = None
    """… up to here, exclusive."""
    others: bool = False
    """It takes what no class names, too."""

    @property
    def by_range(self) -> bool:
        """Whether it takes a range of numbers."""
        return self.low is not None or self.high is not None

    def name(self, language: str) -> str:
        """Give its title."""
        return self.title if language == "zh" else self.title_en


@dataclass(frozen=True)
class Labels:
    """What is written beside features: the first of the attributes that has text."""

    __pydantic_config__ = STRICT
    attributes: Annotated[tuple[str, ...], Field(min_length=1, max_length=3)]
    attributes_en: Annotated[tuple[str, ...], Field(max_length=3)] = ()
    """The same in English; empty: as in Chinese."""
    size_px: Stops = ((FAR, 11.0),)
    colour: Colour = "#33383f"
    halo: Colour = "#ffffff"
    halo_px: Annotated[float, Field(ge=0, le=10)] = 1.5
    bold: bool = False
    min_zoom: Zoom = FAR
    max_zoom: Zoom = NEAR
    skip: Annotated[int, Field(ge=0, le=100)] = 0
    """Characters left out at the beginning."""
    priority: Annotated[int, Field(ge=0, le=10)] = 5
    """Where two labels want the same spot, the higher one has it."""

    def texts(self, language: str) -> tuple[str, ...]:
        """Name the attributes to try, in order."""
        return self.attributes if language == "zh" else self.attributes_en or self.attributes


@dataclass(frozen=True)
class Cluster:
    """How many features stand for one circle, at least, where tiles count points in place of showing them."""

    __pydantic_config__ = STRICT
    count: Annotated[int, Field(ge=1)]
    colour: Colour
    radius_px: Annotated[float, Field(gt=0, le=100)]


@dataclass(frozen=True)
class Legend:
    """The look of a layer (图例). Of two classes the earlier is the weightier: it is drawn on top."""

    __pydantic_config__ = STRICT
    classes: Annotated[tuple[Class, ...], Field(min_length=1, max_length=100)]
    attribute: str | None = None
    """What the classes go by; None for a single class."""
    characters: Annotated[int, Field(ge=1, le=50)] | None = None
    """Classes go by so many first characters of it: a class code is the beginning of its kinds' codes."""
    labels: Labels | None = None
    min_zoom: Zoom = FAR
    max_zoom: Zoom = NEAR
    single_zoom: Zoom | None = None
    """From where desktop GIS draws single features of a layer whose far tiles count them; None: min_zoom."""
    clusters: Annotated[tuple[Cluster, ...], Field(max_length=10)] = ()
    """Circles for counted points, by rising count."""
    order: Annotated[int, Field(ge=-1000, le=1000)] = 0
    """Place among the layers of a map: higher lies on top."""

    @property
    def others(self) -> Class | None:
        """The class of what no class names."""
        return next((each for each in self.classes if each.others), None)

    @property
    def by_range(self) -> bool:
        """Whether classes are ranges of numbers."""
        return any(each.by_range for each in self.classes)

    @property
    def marks(self) -> tuple[Mark, ...]:
        """Every mark of it."""
        return tuple(each.symbol.mark for each in self.classes if each.symbol.mark)


GENERATED_MARKS = ("(生成)", "（生成）", " (generated)")
"""What the demo writes behind a made-up name; on a map two thousand of them would drown the names."""


def zooms(many: Iterable[tuple[tuple[float, float], ...]]) -> list[float]:
    """List the zooms at which any of these stops bends."""
    return sorted({zoom for stops in many for zoom, _ in stops})
