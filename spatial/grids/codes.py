"""Codes of units (网格编码) by profile: read, check, give for the first time, give to a new unit.

Profiles, and what they rest on:

* `6+3+3+3`: district of GB/T 2260, street, community, grid: 15 digits, as DB11/T 2157-2023 has it.
* `12+3`: a community's 12 digits of the statistical division codes and three more.
* `20`: CJ/T 349-2010: class of the object (6), district (6), street (3), community (3), part of it (2).
  A grid made of several communities counts its community digits from 601.
* `grid+2`: a micro-grid: its grid's code and two digits.
* `local`: a city's own: letters, digits, `-` and `_`; what is issued counts on after its prefix.

Every function is pure. A number is never given twice: `issued` are all codes that ever were.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spatial.errors import Conflict, InvalidInput, Problem

LOCAL = "local"
_LOCAL_CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,31}")
_LOCAL_DIGITS = 3
_FIRST_OF_SEVERAL = 601
"""CJ/T 349-2010: community digits of a grid that is made of several communities."""


@dataclass(frozen=True)
class Profile:
    """How a code is put together: named groups of digits, of which the last one counts."""

    groups: tuple[tuple[str, int], ...]
    """(name, digits) in order."""
    lengths: tuple[int, ...]
    """Whole lengths that a code may have."""

    @property
    def counting(self) -> dict[int, int]:
        """Of how many digits the last group is, by the length of the code."""
        ends = np.cumsum([digits for _, digits in self.groups]).tolist()
        sizes = [digits for _, digits in self.groups]
        return {end: size for end, size in zip(ends, sizes, strict=True) if end in self.lengths}


PROFILES: Mapping[str, Profile | None] = {
    "6+3+3+3": Profile(
        (("district", 6), ("street", 3), ("community", 3), ("grid", 3)), (6, 9, 12, 15)
    ),
    "12+3": Profile((("community", 12), ("number", 3)), (15,)),
    "20": Profile(
        (("class", 6), ("district", 6), ("street", 3), ("community", 3), ("part", 2)), (20,)
    ),
    "grid+2": Profile((("grid", 15), ("number", 2)), (17,)),
    LOCAL: None,
}  # fmt: skip
"""By name; `local` has no groups."""


@dataclass(frozen=True)
class Code:
    """A code taken apart."""

    text: str
    parts: Mapping[str, str]
    """Its groups by name; of a local code, none."""
    parent: str | None
    """What stands before the number; of a local code, and of a first level, nothing."""
    number: int | None


def parse(profile: str, text: str, where: str = "code") -> Code:
    """Take a code apart; InvalidInput at `where` when it is none of its profile."""
    form = _profile(profile)
    if form is None:
        if not _LOCAL_CODE.fullmatch(text):
            raise InvalidInput.at(where, f"'{text[:40]}' is not 1 to 32 letters, digits, - or _")
        return Code(text, {}, None, None)
    if not (text.isascii() and text.isdecimal() and len(text) in form.lengths):
        wanted = " or ".join(map(str, form.lengths))
        raise InvalidInput.at(where, f"'{text[:40]}' is not {wanted} digits, as profile {profile} has it")
    parts, at = {}, 0
    for name, digits in form.groups:
        if at < len(text):
            parts[name] = text[at : at + digits]
        at += digits
    cut = len(text) - form.counting[len(text)]
    return Code(text, parts, text[:cut] or None, int(text[cut:]))


def check(profile: str, text: str, parent_code: str | None, where: str = "code") -> list[Problem]:
    """List what is wrong with the code of a unit below `parent_code`; nothing when it is right."""
    try:
        code = parse(profile, text, where)
    except InvalidInput as error:
        return list(error.problems)
    if _profile(profile) is None:
        return []
    before = code.parent[6:] if profile == "20" and code.parent else code.parent
    if parent_code is not None and before != parent_code:
        return [Problem(where, f"'{text}' does not begin with its parent's code {parent_code}")]
    if code.number == 0 and code.parent is not None and profile != "20":
        return [Problem(where, f"'{text}' has the number 0; numbers begin at 1")]
    return []


def numbered(profile: str, parent_code: str | None, number: int) -> str:
    """Write the code with a number below a parent; InvalidInput when there is no such level or no room.

    Of `20` the parent is the 18 digits of class, district, street and community. Of `local` it is a prefix.
    """
    form = _profile(profile)
    prefix = parent_code or ""
    if form is None:
        return parse(profile, f"{prefix}{number:0{_LOCAL_DIGITS}d}").text
    digits = next((size for end, size in form.counting.items() if end - size == len(prefix)), None)
    if digits is None or not (prefix.isascii() and (prefix.isdecimal() or not prefix)):
        raise InvalidInput.at("parent", f"profile {profile} has no level below '{prefix[:40]}'")
    if not 1 <= number < 10**digits:
        raise Conflict(f"all {10**digits - 1} numbers below {prefix} have been given")
    return f"{prefix}{number:0{digits}d}"


def next_free(profile: str, parent_code: str | None, issued: Collection[str]) -> str:
    """Give a new unit below a parent the number after the highest that was ever given there.

    issued: every code that was given once, of units in force and retired. Conflict when none is left.
    """
    number = 1 + max((_number(profile, parent_code, code) for code in issued), default=0)
    return numbered(profile, parent_code, number)


def _number(profile: str, parent_code: str | None, code: str) -> int:
    """The number of a code below that parent; 0 when it is no such code."""
    prefix = parent_code or ""
    rest = code[len(prefix) :]
    if not code.startswith(prefix) or not (rest.isascii() and rest.isdecimal()):
        return 0
    try:
        return int(rest) if numbered(profile, parent_code, int(rest)) == code else 0
    except (InvalidInput, Conflict):
        return 0


def several_communities(class_code: str, street_code: str, issued: Collection[str]) -> str:
    """Give a `20` code to a grid that is made of several communities of a street (9 digits): from 601 on."""
    prefix = class_code + street_code
    taken = [int(code[15:18]) for code in issued if len(code) == 20 and code.startswith(prefix)]
    number = max([_FIRST_OF_SEVERAL - 1, *(each for each in taken if each >= _FIRST_OF_SEVERAL)]) + 1
    if number > 999:
        raise Conflict(f"all numbers from {_FIRST_OF_SEVERAL} below {prefix} have been given")
    return parse("20", f"{prefix}{number:03d}00").text


def first_codes(
    profile: str, parent_code: str | None, points: npt.ArrayLike, issued: Collection[str] = ()
) -> list[str]:
    """Code the units of a parent for the first time, by a point in each (n, 2), lon/lat degrees.

    In the order of `reading_order`; counts on after what was issued before.
    """
    order = reading_order(points)
    begin = next_free(profile, parent_code, issued) if len(order) else ""
    start = _number(profile, parent_code, begin)
    codes = [""] * len(order)
    for place, unit in enumerate(order):
        codes[unit] = numbered(profile, parent_code, start + place)
    return codes


def reading_order(points: npt.ArrayLike) -> Sequence[int]:
    """Order points (n, 2), lon/lat degrees: west to east in a row, rows from north to south.

    There are as many rows as squares of one size would need to fill the box around the points.
    """
    lonlat = np.asarray(points, np.float64).reshape(-1, 2)
    if len(lonlat) < 2:
        return list(range(len(lonlat)))
    width = np.ptp(lonlat[:, 0]) * np.cos(np.radians(lonlat[:, 1].mean()))
    height = np.ptp(lonlat[:, 1])
    wanted = np.sqrt(len(lonlat) * height / width) if width > 0 else np.inf
    rows = int(min(max(np.rint(wanted), 1), len(lonlat)))
    from_north = (lonlat[:, 1].max() - lonlat[:, 1]) / (height or 1.0)
    row = np.rint(from_north * (rows - 1))
    order: list[int] = np.lexsort((-lonlat[:, 1], lonlat[:, 0], row)).tolist()
    return order


def _profile(name: str) -> Profile | None:
    if name not in PROFILES:
        raise InvalidInput.at("profile", f"'{name[:40]}' is not one of {', '.join(PROFILES)}")
    return PROFILES[name]
