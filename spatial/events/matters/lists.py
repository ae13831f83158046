"""Lists of matters (事项目录): a city's own, which are in use, and what others mean in them.

Whoever calls is the owner of the tables: lists are reference data, changed on the command line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb

from spatial.components.mapping import BY_HAND
from spatial.components.names import best_matches, chosen
from spatial.database import query
from spatial.errors import InvalidInput, NotFound, Problem
from spatial.events.matters import matters, profiles

ROOM = "spatial.events.matters"
KINDS = ("", "事项", "事件", "matter", "event")
"""What a column `kind` of a table says of matters; rows of other kinds are left out."""
BY_TABLE = "stands in the table"
_NAME, _PREFIX = re.compile("[a-z0-9_]{1,40}"), re.compile("[a-z]{1,8}")
_CODE = re.compile("[0-9][0-9A-Za-z]{0,19}")
"""A digit first: where the prefix ends and the code begins is the same for everybody."""
_CODE_RULE = "must be 1 to 20 digits and letters, a digit first"

Json = dict[str, Any]


@dataclass(frozen=True)
class Outcome:
    """What an import of a list did."""

    matters: int
    mapped: int
    open: tuple[str, ...]
    """Codes, as they are here, of what a person has to decide: what they are in the lists in use."""


def add_list(connection: Connection[Any], given: Mapping[str, str]) -> None:
    """Add a list, or correct what is said of it: name, title, title_en, standard, source, prefix.

    prefix: small letters in front of its codes, other than any list's; it stays what it is. InvalidInput.
    """
    name, prefix = given["name"], given["prefix"]
    if not _NAME.fullmatch(name):
        raise InvalidInput.at("name", "must be 1 to 40 small letters, digits and _")
    known = {each["name"]: each["prefix"] for each in profiles(connection)}
    if name in known and known[name] != prefix:
        raise InvalidInput.at("prefix", f"of {name} is '{known[name]}' and stays so: nothing was changed")
    if name not in known and (not _PREFIX.fullmatch(prefix) or prefix in known.values()):
        raise InvalidInput.at("prefix", "must be 1 to 8 small letters that no other list has")
    connection.execute(query(ROOM, "lists_add"), {"title_en": given["title"], **given})


def import_matters(connection: Connection[Any], name: str, rows: Sequence[Mapping[str, str]]) -> Outcome:
    """Give a list its matters: code, name, class_code, class_name; to_class: what it is in ours, where known.

    What is not in the table any more is retired; what a person decided stays, whatever to_class says.
    Raises NotFound, InvalidInput naming each wrong row.
    """
    of = _list(connection, name)
    if not of["prefix"]:
        raise InvalidInput.at("profile", "its matters come with the platform")
    if problems := [*_problems(rows)]:
        raise InvalidInput(problems[:50])
    values = {"profile": name, "prefix": of["prefix"], "standard": of["standard"]}
    _put(connection, values, rows)
    _choose_by_table(connection, of["prefix"], rows)
    derive(connection)
    return _outcome(connection, name)


def use(connection: Connection[Any], names: Sequence[str]) -> Outcome:
    """Let reports name the matters of these lists and of no others; what the others mean is derived anew.

    Events keep what they are. NotFound for a list that there is not, InvalidInput for none or an empty one.
    """
    found = [_list(connection, name) for name in names]
    if not found:
        raise InvalidInput.at("names", "name a list: reports must be of something")
    if empty := [each["name"] for each in found if not each["matters"]]:
        raise InvalidInput.at("names", f"{empty[0]} has no matters yet: import them first")
    connection.execute(query(ROOM, "lists_use"), {"names": list(names)})
    derive(connection)
    others = [each["name"] for each in profiles(connection) if not each["in_use"]]
    parts = [_outcome(connection, name) for name in others]
    waiting = tuple(code for part in parts for code in part.open)
    return Outcome(len(matters(connection)), sum(part.mapped for part in parts), waiting)


def choose(connection: Connection[Any], code: str, to_code: str, evidence: str = BY_HAND) -> None:
    """Decide which matter another list's is: reports that name the one become events of the other."""
    rows = connection.execute("SELECT code FROM matter WHERE code = ANY (%s)", ([code, to_code],)).fetchall()
    for where, wanted in (("code", code), ("to_code", to_code)):
        if (wanted,) not in rows:
            raise InvalidInput.at(where, f"there is no matter '{wanted[:40]}'")
    if code == to_code:
        raise InvalidInput.at("to_code", "is the same matter")
    connection.execute(query(ROOM, "lists_choose"), {"code": code, "to": to_code, "evidence": evidence})


def derive(connection: Connection[Any]) -> None:
    """Find by their names what matters that are not in use are in the lists in use; decisions stay."""
    decided = {"decided": [BY_HAND, BY_TABLE]}
    waiting = connection.execute(query(ROOM, "lists_waiting"), decided).fetchall()
    ours = [(each["code"], each["name"]) for each in matters(connection)]
    found: list[tuple[str, str, float, str, bool]] = []
    for code, name in waiting:
        likely = best_matches(name, ours)
        best = chosen(likely)
        found += [(code, each.code, each.score, each.evidence, each is best) for each in likely]
    connection.execute(query(ROOM, "lists_forget"), {"codes": [code for code, _ in waiting], **decided})
    names = ("codes", "to_codes", "scores", "evidence", "chosen")
    columns = {name: [row[at] for row in found] for at, name in enumerate(names)}
    connection.execute(query(ROOM, "lists_map"), columns)


def named(connection: Connection[Any]) -> dict[str, int]:
    """Count what still names matters that no list in use has, by what it is."""
    return dict(connection.execute(query(ROOM, "lists_named")).fetchall())


def _list(connection: Connection[Any], name: str) -> Json:
    found = next((each for each in profiles(connection) if each["name"] == name), None)
    if found is None:
        raise NotFound(f"there is no list of matters '{name[:60]}'")
    return found


def _put(connection: Connection[Any], values: Json, rows: Sequence[Mapping[str, str]]) -> None:
    given = Jsonb([dict(row) for row in rows])
    put = {code for (code,) in connection.execute(query(ROOM, "lists_put"), {**values, "rows": given})}
    for number, row in enumerate(rows, 2):
        if row["code"] not in put:
            code = values["prefix"] + row["code"]
            raise InvalidInput.at(f"row[{number}].code", f"{code} is a matter of another list already")


def _choose_by_table(connection: Connection[Any], prefix: str, rows: Sequence[Mapping[str, str]]) -> None:
    by_hand = "SELECT code FROM matter_mapping WHERE chosen AND evidence = %s"
    kept = {code for (code,) in connection.execute(by_hand, (BY_HAND,))}
    for row in rows:
        code = prefix + row["code"]
        if row.get("to_class") and code not in kept:
            choose(connection, code, row["to_class"], BY_TABLE)


def _problems(rows: Sequence[Mapping[str, str]]) -> Iterator[Problem]:
    seen: set[str] = set()
    if not rows:
        yield Problem("body", "holds no matters")
    for number, row in enumerate(rows, 2):
        if not _CODE.fullmatch(row["code"]):
            yield Problem(f"row[{number}].code", _CODE_RULE)
        elif row["code"] in seen:
            yield Problem(f"row[{number}].code", f"{row['code']} stands twice")
        if not row["name"] or len(row["name"]) > 100:
            yield Problem(f"row[{number}].name", "must have 1 to 100 characters")
        if row.get("class_code") and not _CODE.fullmatch(row["class_code"]):
            yield Problem(f"row[{number}].class_code", _CODE_RULE)
        seen.add(row["code"])


def _outcome(connection: Connection[Any], name: str) -> Outcome:
    of = _list(connection, name)
    if of["in_use"]:
        return Outcome(of["matters"], 0, ())
    rows = connection.execute(query(ROOM, "lists_open"), {"profile": name}).fetchall()
    return Outcome(of["matters"], of["mapped"], tuple(code for (code,) in rows))
