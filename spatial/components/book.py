"""The book of classes: profiles of components, their classes, and which class of ours each of them is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from psycopg import Connection

from spatial.components.codes import Form, Parts
from spatial.components.names import plain
from spatial.database import query
from spatial.errors import InvalidInput, Problem

ROOM = "spatial.components"
Json = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """A class of components (部件小类) in a profile."""

    code: str
    name: str
    name_en: str
    class_code: str
    class_name: str
    to_class: str | None
    """Our class; None while it is not decided."""


@dataclass(frozen=True)
class Profile:
    """A standard of components, or a city's own."""

    name: str
    title: str
    title_en: str
    standard: str
    form: Form
    states: Mapping[str, Mapping[str, str]]
    """By key: key, title, title_en."""
    in_force_from: date | None
    in_force_until: date | None
    replaced_by: str | None
    source: str
    is_default: bool
    kinds: Mapping[str, Kind]

    @cached_property
    def by_name(self) -> Mapping[str, Kind]:
        """Kinds by their name as it is compared."""
        return {plain(kind.name): kind for kind in self.kinds.values()}

    @cached_property
    def states_by_word(self) -> Mapping[str, str]:
        """Keys of states by key and titles."""
        words: dict[str, str] = {}
        for key, state in self.states.items():
            words |= {plain(word): key for word in (key, state["title"], state["title_en"])}
        return words

    def is_in_force(self, day: date) -> bool:
        """Tell whether it is the standard of a day: from its first day, until the day before its end."""
        began = self.in_force_from is None or self.in_force_from <= day
        return began and (self.in_force_until is None or day < self.in_force_until)


@dataclass(frozen=True)
class Book:
    """All profiles; the default one's classes are the classes of components."""

    profiles: Mapping[str, Profile]
    fields: Mapping[str, Json]
    """Class → JSON schema of its extra fields, where it has any."""
    counties: frozenset[str] = field(default_factory=frozenset)
    """The first six digits of the codes of the city's units."""

    @cached_property
    def default(self) -> Profile:
        """The profile that codes are issued by unless told."""
        return next(each for each in self.profiles.values() if each.is_default)

    def profile(self, name: str | None, where: str = "profile") -> Profile:
        """Give a profile by its name; None: the default; InvalidInput for one that there is not."""
        if name is None:
            return self.default
        if name not in self.profiles:
            raise InvalidInput.at(where, f"'{name[:60]}' is not one of {', '.join(sorted(self.profiles))}")
        return self.profiles[name]

    def find_kind(self, text: str, profile: Profile | None = None) -> tuple[Profile, Kind] | None:
        """Find a class by code or name: in `profile`, else first in the default one, then in the others."""
        others = [each for each in self.profiles.values() if not each.is_default]
        for each in [profile] if profile else [self.default, *others]:
            kind = each.kinds.get(text.strip()) or each.by_name.get(plain(text))
            if kind is not None:
                return each, kind
        return None

    def our_class(self, text: str, profile: Profile | None = None, where: str = "class") -> str:
        """Say which class of ours a code or name in any profile means; InvalidInput where nobody knows."""
        found = self.find_kind(text, profile) or (profile and self.find_kind(text))
        if not found:
            raise InvalidInput.at(where, f"'{text[:60]}' is no class of a profile, neither code nor name")
        other, kind = found
        if kind.to_class is None:
            said = f"class {kind.code} {kind.name} of {other.name} is not mapped to one of ours yet"
            raise InvalidInput.at(where, said)
        return kind.to_class

    def profile_of_code(self, code: str, hint: Profile | None = None) -> tuple[Profile, Parts] | None:
        """Tell of which profile a code is, by its form and its class; the default one first."""
        others = [each for each in self.profiles.values() if not each.is_default]
        for each in [hint] if hint else [self.default, *others]:
            parts = each.form.parse(code)
            if parts is not None and (parts.kind in each.kinds or hint is not None):
                return each, parts
        return None

    def check_code(
        self, code: str, class_code: str, county: str | None, profile: Profile | None = None
    ) -> tuple[Profile | None, str | None]:
        """Say what is wrong with a code of a component of one of our classes, None for nothing.

        county: of the unit that it stands in, where it stands in one. Returns the code's profile, too.
        """
        found = self.profile_of_code(code, profile)
        if found is None:
            return None, f"has the form of no profile with its class ({self._forms()})"
        of, parts = found
        kind = of.kinds.get(parts.kind)
        if kind is None:
            return of, f"names the class {parts.kind}, which {of.name} does not have"
        if kind.to_class != class_code:
            return of, f"is of class {parts.kind} {kind.name}, and the component of class {class_code}"
        if self.counties and parts.county not in self.counties:
            return of, f"is of county {parts.county}, which is not in this city"
        if county is not None and parts.county != county:
            return of, f"is of county {parts.county}, and the point lies in {county}"
        return of, None

    def _forms(self) -> str:
        return ", ".join(f"{each.name}: {each.form}" for each in self.profiles.values())

    def kind_in(self, profile: Profile, class_code: str) -> Kind | None:
        """Give the class of a profile that codes of one of ours are issued under: the first of them."""
        kinds = (kind for _, kind in sorted(profile.kinds.items()) if kind.to_class == class_code)
        return next(kinds, None)

    def state(self, text: str, profile: Profile) -> str | Problem:
        """Read a state by its key or title."""
        key = profile.states_by_word.get(plain(text)) or self.default.states_by_word.get(plain(text))
        if key is None:
            return Problem("state", f"'{text[:40]}' is not one of {', '.join(profile.states)}")
        return key


def read_book(connection: Connection[Any]) -> Book:
    """Read profiles, classes and counties; a few hundred rows."""
    profiles, kinds, fields, counties = connection.execute(query(ROOM, "book")).fetchall()[0]
    known: dict[str, dict[str, Kind]] = {}
    for profile, *kind in kinds:
        known.setdefault(profile, {})[kind[0]] = Kind(*kind)
    return Book(
        {row["name"]: _profile(row, known.get(row["name"], {})) for row in profiles},
        dict(fields),
        frozenset(counties),
    )


def _profile(row: Json, kinds: dict[str, Kind]) -> Profile:
    days = {name: row[name] and date.fromisoformat(row[name]) for name in ("in_force_from", "in_force_until")}
    states = {state["key"]: state for state in row["states"]}
    return Profile(**{**row, **days, "form": Form.of(row["form"]), "states": states, "kinds": kinds})
