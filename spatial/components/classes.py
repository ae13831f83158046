"""Classes of components as people see them: profiles, extra fields, and what other profiles' classes are."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from spatial.components.book import Book, Profile
from spatial.database import query
from spatial.errors import Forbidden, NotFound
from spatial.extras import check_schema
from spatial.rights.reader import Reader
from spatial.rights.rules import SYSTEM_ROLE, rule_of

ROOM = "spatial.components"
Json = dict[str, Any]


def described(book: Book) -> Json:
    """Describe all profiles, and the classes of the default one by code, each with its extra fields."""
    classes = {
        code: {**_without(asdict(kind), "to_class"), "fields": book.fields.get(code, {})}
        for code, kind in book.default.kinds.items()
    }
    return {"profiles": [_profile(each) for each in book.profiles.values()], "classes": classes}


def mapped(connection: Connection[Any], book: Book, name: str) -> Json:
    """Describe a profile with its classes; of each, which of ours it may be, the score and the evidence."""
    if name not in book.profiles:
        raise NotFound(f"there is no profile '{name[:60]}'")
    profile = book.profiles[name]
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(query(ROOM, "mappings"), {"profile": name}).fetchall()
    likely: dict[str, list[Json]] = {}
    for row in rows:
        likely.setdefault(row.pop("code"), []).append(row)
    classes = [{**asdict(kind), "may_be": likely.get(code, [])} for code, kind in profile.kinds.items()]
    return {**_profile(profile), "classes": sorted(classes, key=lambda each: str(each["code"]))}


def set_fields(connection: Connection[Any], reader: Reader, code: str, schema: Any) -> None:
    """Say which extra fields the components of a class have: a JSON schema, {} for none.

    Components that are there are checked when they are changed next. NotFound, Forbidden, InvalidInput.
    """
    may = reader.role in rule_of("component_class").may("update") and reader.scope == "all"
    if not (may and (reader.sees_everything or reader.role == SYSTEM_ROLE)):
        raise Forbidden("you may not change classes of components: they are those of the whole city")
    check_schema(schema, "fields")
    values = {"code": code, "fields": Jsonb(schema)}
    if connection.execute(query(ROOM, "class_fields"), values).rowcount != 1:
        raise NotFound(f"there is no class '{code[:20]}'")


def _profile(profile: Profile) -> Json:
    told = {name: getattr(profile, name) for name in _TOLD}
    return {**told, "form": str(profile.form), "states": list(profile.states.values())}


_TOLD = (
    "name", "title", "title_en", "standard", "in_force_from", "in_force_until", "replaced_by", "source",
    "is_default",
)  # fmt: skip


def _without(row: Json, name: str) -> Json:
    return {key: value for key, value in row.items() if key != name}
