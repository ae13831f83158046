"""Read the payload of an operation: every mistake is named by its field, all of them at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID, uuid4

import numpy as np

from grid_editor.noding import Line, Vertex
from spatial.errors import InvalidInput, Problem
from spatial.geometry.datum import DATUMS, convert
from spatial.geometry.precision import to_nano

Area = tuple[tuple[Line, ...], ...]
"""Polygons, each of rings that are closed (first vertex repeated), the shell first."""
ROLES = ("leader", "worker", "liaison")
_NOWHERE: Vertex = (0, 0)
_LONGEST_TEXT = 200
MOST_VERTICES = 10_000
"""Of an ordinary operation; an import may have more."""
_T = TypeVar("_T")


class Payload:
    """A payload that is asked for its fields one after another; `done` refuses what was wrong."""

    def __init__(self, fields: Mapping[str, Any], within: Payload | None = None, prefix: str = "") -> None:
        self._fields, self._prefix = fields, prefix
        self._asked = {"op", "datum"}
        self._problems: list[Problem] = within._problems if within else []
        self._entries: list[Payload] = []
        self._vertices: list[int] = within._vertices if within else [0, MOST_VERTICES]
        self._datum = fields.get("datum") or "wgs84"
        if self._datum not in DATUMS:
            self._refuse("datum", f"'{self._datum}' is not one of {', '.join(DATUMS)}")
            self._datum = "wgs84"

    def allow(self, vertices: int) -> None:
        """Let the payload have more vertices than is usual."""
        self._vertices[1] = vertices

    def done(self) -> None:
        """Raise InvalidInput when a field was wrong, missing or unknown."""
        for payload in (self, *self._entries):
            payload._refuse_unknown()
        if self._problems:
            raise InvalidInput(self._problems)

    def _refuse_unknown(self) -> None:
        for name in sorted(set(map(str, self._fields)) - self._asked):
            self._refuse(name, "this operation has no such field")

    def has(self, name: str) -> bool:
        """Tell whether a field was sent with a value."""
        self._asked.add(name)
        return self._fields.get(name) is not None

    def text(self, name: str) -> str:
        """Read a text that must be there and must not be blank."""
        return self._one(name, self._text, "")

    def text_or_none(self, name: str) -> str | None:
        """Read a text that need not be there."""
        return self._text(name, self._fields[name]) if self.has(name) else None

    def word_or_none(self, name: str) -> str | None:
        """Read a text that need not be there, and may be empty."""
        return "" if self.has(name) and self._fields[name] == "" else self.text_or_none(name)

    def texts(self, name: str, least: int = 0) -> tuple[str, ...]:
        """Read a list of texts, without repetitions, in the order given."""
        given = self._list(name, least)
        return tuple(dict.fromkeys(self._text(f"{name}[{i}]", value) for i, value in enumerate(given)))

    def names(self, name: str) -> tuple[str, ...]:
        """Read a list of names in the order given; a name may stand in it twice, or be empty."""
        given = self._list(name, 0)
        return tuple(
            "" if value == "" else self._text(f"{name}[{i}]", value) for i, value in enumerate(given)
        )

    def flag(self, name: str) -> bool:
        """Read a yes or no; no when it is not there."""
        value = self._fields.get(name) if self.has(name) else False
        if not isinstance(value, bool):
            self._refuse(name, "must be true or false")
        return bool(value)

    def new_id(self, name: str = "new") -> str:
        """Read the identity of what is made, or draw it: it is kept in the payload from then on."""
        value = self._fields[name] if self.has(name) else str(uuid4())
        try:
            return str(UUID(str(value)))
        except ValueError:
            self._refuse(name, "must be a UUID")
            return ""

    def people(self, name: str) -> tuple[tuple[int, str], ...]:
        """Read [[worker id, role], …]."""
        found = set()
        for i, entry in enumerate(self._list(name, 0)):
            worker, role = entry if isinstance(entry, list | tuple) and len(entry) == 2 else (None, None)
            if not isinstance(worker, int) or isinstance(worker, bool) or role not in ROLES:
                self._refuse(f"{name}[{i}]", f"must be a worker's number and one of {', '.join(ROLES)}")
            else:
                found.add((worker, str(role)))
        return tuple(sorted(found))

    def vertex(self, name: str) -> Vertex:
        """Read a place: [lon, lat] or a GeoJSON Point."""
        return self._one(name, self._vertex, _NOWHERE)

    def vertex_or_none(self, name: str) -> Vertex | None:
        """Read a place that need not be there."""
        return self._vertex(name, self._fields[name]) if self.has(name) else None

    def line(self, name: str) -> Line:
        """Read a line of two vertices or more: [[lon, lat], …] or a GeoJSON LineString."""
        return self._one(name, self._line, ())

    def lines(self, name: str, single: str) -> tuple[Line, ...]:
        """Read several lines, or one under the name of a single line."""
        if self.has(single):
            return (self.line(single),)
        value: Any = self._one(name, _as_it_is, ())
        if isinstance(value, Mapping):
            value = value.get("coordinates")
        given = value if isinstance(value, list | tuple) else [value]
        if not given and name in self._fields:
            self._refuse(name, "must hold a line at least")
        return tuple(self._line(f"{name}[{i}]", line) for i, line in enumerate(given))

    def area(self, name: str) -> Area:
        """Read a GeoJSON Polygon or MultiPolygon, or the coordinates of one."""
        return self._one(name, self._area, ())

    def _area(self, name: str, value: Any) -> Area:
        kind: Any = "Polygon"
        coordinates = value
        if isinstance(value, Mapping):
            kind, coordinates = value.get("type"), value.get("coordinates")
        if kind not in ("Polygon", "MultiPolygon") or not _is_list(coordinates):
            self._refuse(name, "must be a GeoJSON Polygon or MultiPolygon")
            return ()
        is_several = kind == "MultiPolygon" or (value is coordinates and _depth(value) > 3)
        polygons = coordinates if is_several else [coordinates]
        return tuple(self._rings(f"{name}[{i}]", rings) for i, rings in enumerate(polygons))

    def entries(self, name: str) -> list[Payload]:
        """Read a list of objects, each to be asked for its own fields."""
        for i, entry in enumerate(self._list(name, 1)):
            if isinstance(entry, Mapping):
                fields = {"datum": self._datum, **entry}
                self._entries.append(Payload(fields, self, f"{name}[{i}]."))
            else:
                self._refuse(f"{name}[{i}]", "must be an object")
        return self._entries

    def _rings(self, name: str, rings: Any) -> tuple[Line, ...]:
        if not _is_list(rings) or not rings:
            self._refuse(name, "must be a list of rings")
            return ()
        return tuple(self._ring(f"{name}[{i}]", ring) for i, ring in enumerate(rings))

    def _ring(self, name: str, value: Any) -> Line:
        line = self._line(name, value)
        closed = line if line[:1] == line[-1:] else (*line, line[0])
        if line and len(set(closed)) < 3:
            self._refuse(name, "must have three different vertices at least")
        return closed

    def _line(self, name: str, value: Any) -> Line:
        if isinstance(value, Mapping):
            value = value.get("coordinates") if value.get("type") == "LineString" else None
        if not _is_list(value) or len(value) < 2:
            self._refuse(name, "must be a line of two vertices [longitude, latitude] at least")
            return ()
        for i, vertex in enumerate(value):
            if not _is_pair(vertex):
                self._refuse(f"{name}[{i}]", "must be [longitude, latitude] in degrees")
                return ()
        return self._converted(name, value)

    def _vertex(self, name: str, value: Any) -> Vertex:
        if isinstance(value, Mapping):
            value = value.get("coordinates") if value.get("type") == "Point" else None
        if not _is_pair(value):
            self._refuse(name, "must be [longitude, latitude] in degrees")
            return _NOWHERE
        return self._converted(name, [value])[0]

    def _converted(self, name: str, pairs: Sequence[Sequence[float]]) -> Line:
        self._vertices[0] += len(pairs)
        if self._vertices[0] > self._vertices[1]:
            self._refuse(name, f"more than {self._vertices[1]} vertices are too many for one operation")
            return ()
        lonlat = np.array([pair[:2] for pair in pairs], np.float64)
        lon, lat = convert(lonlat[:, 0], lonlat[:, 1], self._datum, "wgs84")
        return tuple((int(x), int(y)) for x, y in to_nano(np.stack([lon, lat], axis=1)).tolist())

    def _list(self, name: str, least: int) -> Sequence[Any]:
        value: Any = self._fields[name] if self.has(name) else ()
        if not _is_list(value) or len(value) < least:
            self._refuse(name, f"must be a list of {least} or more" if least else "must be a list")
            return ()
        return tuple(value)

    def _text(self, name: str, value: Any) -> str:
        text = value.strip() if isinstance(value, str) else ""
        if not text or len(text) > _LONGEST_TEXT or not text.isprintable():
            self._refuse(name, f"must be a text of 1 to {_LONGEST_TEXT} characters")
        return text

    def _one(self, name: str, read: Callable[[str, Any], _T], otherwise: _T) -> _T:
        if self.has(name):
            return read(name, self._fields[name])
        self._refuse(name, "is missing")
        return otherwise

    def _refuse(self, where: str, reason: str) -> None:
        self._problems.append(Problem(self._prefix + where, reason))


def _as_it_is(_: str, value: Any) -> Any:
    return value


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple)


def _depth(value: Any) -> int:
    return 1 + _depth(value[0]) if _is_list(value) and len(value) else 0


def _is_pair(value: Any) -> bool:
    return (
        _is_list(value)
        and len(value) in (2, 3)
        and all(isinstance(x, int | float) and not isinstance(x, bool) and math.isfinite(x) for x in value)
        and abs(value[0]) <= 180
        and abs(value[1]) <= 90
    )
