"""Classes of other profiles, and which class of ours each is: derived from names, decided by people."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb

from spatial.components.book import Book, read_book
from spatial.components.codes import Form
from spatial.components.names import best_matches, chosen
from spatial.database import query
from spatial.errors import InvalidInput, NotFound, Problem

ROOM = "spatial.components"
MOST_BYTES = 2 * 2**20
MOST_CLASSES = 5_000
BY_HAND = "decided by a person"

COLUMNS = {
    "code": ("code", "小类代码", "代码", "编码"),
    "name": ("name", "小类名称", "名称", "部件名称"),
    "class_code": ("class_code", "大类代码"),
    "class_name": ("class_name", "大类名称", "大类"),
    "kind": ("kind", "类型"),
    "to_class": ("to_class", "新代码", "国标代码"),
}
"""What the columns of a table of classes may be called."""

COMPONENTS = ("", "部件", "component")
"""Rows of other kinds (事件, 事项) are left out."""


@dataclass(frozen=True)
class Outcome:
    """What an import of classes did."""

    classes: int
    mapped: int
    open: tuple[str, ...]
    """Codes of classes that a person has to decide, in order."""


def read_classes(body: bytes, kinds: Collection[str] = COMPONENTS) -> list[dict[str, str]]:
    """Read a CSV of classes: code, name, class_code, class_name; to_class where it is known already.

    kinds: what a column `kind` says of the rows that are wanted.

    InvalidInput names the row: a table is taken whole or not at all.
    """
    if len(body) > MOST_BYTES:
        raise InvalidInput.at("body", f"is larger than {MOST_BYTES // 2**20} MiB")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = body.decode("gb18030", "replace")
    rows = list(csv.reader(io.StringIO(text)))
    if not rows or len(rows) > MOST_CLASSES:
        raise InvalidInput.at("body", f"must hold a head and 1 to {MOST_CLASSES} classes")
    names = _names(rows[0])
    found = [{name: _cell(row, at) for name, at in names.items()} for row in rows[1:] if any(row)]
    return [row for row in found if row.get("kind", "").strip() in kinds]


def _names(head: Sequence[str]) -> dict[str, int]:
    at = {cell.strip().lower(): number for number, cell in enumerate(head)}
    found = {name: next((at[word] for word in words if word in at), -1) for name, words in COLUMNS.items()}
    missing = [name for name in ("code", "name") if found[name] < 0]
    if missing:
        raise InvalidInput([Problem(name, "there is no such column") for name in missing])
    return {name: number for name, number in found.items() if number >= 0}


def _cell(row: Sequence[str], at: int) -> str:
    return row[at].strip() if at < len(row) else ""


def add_profile(connection: Connection[Any], given: Mapping[str, Any]) -> bool:
    """Add a profile, or correct it: name, title, title_en, standard, form, in_force_from, …_until, source.

    connection: of the owner. The classes that it has stay. Returns whether anything changed; InvalidInput for
    another form than it has, in which no code of it could be read any more.
    """
    try:
        form = Form.of(str(given["form"]))
    except ValueError as error:
        raise InvalidInput.at("form", str(error)) from None
    if form.county != 6 or form.number != 6:
        raise InvalidInput.at("form", "must begin with 6 digits of the county and end with 6 of the number")
    book = read_book(connection)
    known = book.profiles.get(str(given["name"]))
    if known is not None and known.form != form:
        raise InvalidInput.at("form", f"of {known.name} is {known.form} and stays so: nothing was changed")
    states = [dict(state) for state in book.default.states.values()]
    values: dict[str, Any] = {"title_en": given["title"], "in_force_from": None, "in_force_until": None}
    values |= {**given, "states": Jsonb(given.get("states") or states)}
    return connection.execute(query(ROOM, "profile_add"), values).rowcount > 0


def import_classes(connection: Connection[Any], profile: str, rows: Sequence[Mapping[str, str]]) -> Outcome:
    """Give a profile its classes, and find for each which of ours it is; what people decided stays.

    connection: of the owner, in a transaction. Raises NotFound, InvalidInput naming each wrong row.
    """
    book = read_book(connection)
    if profile not in book.profiles:
        raise NotFound(f"there is no profile '{profile}'")
    _check(book, profile, rows)
    connection.execute(query(ROOM, "profile_classes"), {"profile": profile, "rows": Jsonb(list(rows))})
    ours = [(kind.code, kind.name) for kind in book.default.kinds.values()]
    for row in rows:
        _derive(connection, profile, row, ours)
    return _outcome(connection, profile)


def _check(book: Book, profile: str, rows: Sequence[Mapping[str, str]]) -> None:
    of, seen, problems = book.profiles[profile], set[str](), []
    if of.is_default:
        raise InvalidInput.at("profile", "its classes come with the platform")
    for number, row in enumerate(rows, 2):
        code = row["code"]
        if not (code.isascii() and code.isdecimal() and len(code) == of.form.kind):
            problems.append(Problem(f"row[{number}].code", f"must have {of.form.kind} digits ({of.form})"))
        elif code in seen:
            problems.append(Problem(f"row[{number}].code", f"{code} stands twice"))
        if not row["name"]:
            problems.append(Problem(f"row[{number}].name", "is empty"))
        if row.get("to_class") and row["to_class"] not in book.default.kinds:
            problems.append(Problem(f"row[{number}].to_class", f"there is no class {row['to_class'][:20]}"))
        seen.add(code)
    if problems:
        raise InvalidInput(problems[:50])


def _derive(connection: Connection[Any], profile: str, row: Mapping[str, str], ours: Any) -> None:
    key = {"profile": profile, "code": row["code"]}
    if row.get("to_class"):
        choose(connection, profile, row["code"], row["to_class"], "stands in the table")
        return
    if connection.execute(query(ROOM, "mapping_decided"), {**key, "by_hand": BY_HAND}).fetchone():
        return
    matches = best_matches(row["name"], ours)
    best = chosen(matches)
    connection.execute(query(ROOM, "mapping_forget"), key)
    for match in matches:
        told = {"to": match.code, "score": match.score, "evidence": match.evidence, "chosen": match is best}
        connection.execute(query(ROOM, "mapping_add"), {**key, **told})


def choose(
    connection: Connection[Any], profile: str, code: str, to_class: str, evidence: str = BY_HAND
) -> None:
    """Decide which class of ours a class of a profile is. NotFound for no such class."""
    book = read_book(connection)
    if code not in book.profile(profile).kinds:
        raise NotFound(f"profile {profile} has no class '{code}'")
    if to_class not in book.default.kinds:
        raise InvalidInput.at("to_class", f"there is no class '{to_class[:20]}'")
    values = {"profile": profile, "code": code, "to": to_class, "evidence": evidence}
    connection.execute(query(ROOM, "mapping_choose"), values)
    connection.execute(query(ROOM, "mapping_add"), {**values, "score": 1.0, "chosen": True})


def _outcome(connection: Connection[Any], profile: str) -> Outcome:
    kinds = read_book(connection).profiles[profile].kinds
    still = tuple(sorted(code for code, kind in kinds.items() if kind.to_class is None))
    return Outcome(len(kinds), len(kinds) - len(still), still)
