"""Publish, replace and withdraw layers: one transaction each, so that readers see all of it or nothing.

All of this is for the owner of the tables: the command line, and the job process for those who asked over
HTTP (imports.py). In whose name it is done stands in `who`; the audit log has it.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg import Connection, errors, sql
from psycopg.types.json import Jsonb

from layers import changes
from layers.catalogue import Layer, everything, layers
from layers.imports import PublishOptions
from layers.imports_load import SCHEMA, Loaded, load, published_fields
from layers.publish_names import check_layer_name, free_layer_name, safe_layer_name
from layers.repairs import Findings
from spatial.database import in_name_of, query
from spatial.errors import Conflict, InvalidInput, NotFound
from spatial.geometry.read_features import FileLayer, ReadOptions, list_layers
from spatial.people.organisations import organisation_id
from spatial.rights.published import apply_published, published_tables, withdraw
from spatial.rights.reader import Reader
from spatial.types import BBox

ROOM = "layers"
KEPT_SECONDS = 120
"""How long a table that no layer shows any more is kept for those who are reading it."""
MOST_TILE_FIELDS = 6
_IN_TILES = ("string", "integer", "number", "date", "date-time", "boolean")
Tell = Callable[[float], None]
"""Called with the part that is done, 0 to 1."""


@dataclass(frozen=True)
class Outcome:
    """A layer that was published, and what was found in its file."""

    layer: str
    features: int
    problems: list[dict[str, Any]]


def publish_file(
    connection: Connection[Any],
    path: Path,
    filename: str,
    options: PublishOptions,
    who: Reader,
    tell: Tell = lambda _: None,
) -> list[Outcome]:
    """Publish the layers of a file, all or none of them; returns them in the file's order.

    connection: of the owner, in a transaction. filename: as its sender calls it. Raises InvalidInput for what
    must be refused, and Conflict for a name that is taken.
    """
    in_name_of(connection, who)
    digest = sha256_of(path)
    with tempfile.TemporaryDirectory(prefix="citygrid-import-") as folder:
        chosen = _chosen(path, filename, Path(folder), options)
        if options.name is not None and len(chosen) > 1:
            names = ", ".join(each.name for each in chosen)
            raise InvalidInput.at(
                "name", f"the file holds several layers ({names}): name one with 'layer', too"
            )
        said = Said(filename, digest)
        watch = _Watch(tell, chosen)
        return [
            outcome
            for each in chosen
            for outcome in _publish_layer(connection, each, options, who, said, watch)
        ]


def replace_file(
    connection: Connection[Any],
    name: str,
    path: Path,
    filename: str,
    options: PublishOptions,
    who: Reader,
    tell: Tell = lambda _: None,
) -> Outcome:
    """Put a new version of a file in a layer's place, for every reader at once; rights and titles stay.

    connection: of the owner, in a transaction. Raises NotFound, Conflict for a layer that is no file's, and
    InvalidInput.
    """
    in_name_of(connection, who)
    lock_name(connection, name)
    layer = layers(connection).get(name)
    if layer is None:
        raise NotFound(f"there is no layer '{name}'")
    if layer.kind != "file":
        raise Conflict(f"layer '{name}' was not made from a file")
    digest = sha256_of(path)
    with tempfile.TemporaryDirectory(prefix="citygrid-import-") as folder:
        chosen = _chosen(path, filename, Path(folder), options)
        if len(chosen) != 1:
            raise InvalidInput.at("layer", f"the file holds {len(chosen)} layers: say which one it is")
        kept = PublishOptions(
            **{
                **vars(options),
                "mixed": "keep",
                "id_column": options.id_column or _attribute(layer, layer.id_column),
                "unit_column": layer.unit_column,
                "organisation_column": layer.organisation_column,
            }
        )
        (loaded,) = load(connection, chosen[0], name, kept, city_box(connection), _Watch(tell, chosen).tell)
    swap_table(connection, layer, loaded, kept)
    return report(connection, name, loaded.features, loaded.findings, Said(filename, digest), "replace")


def sweep(connection: Connection[Any], kept_seconds: int = KEPT_SECONDS) -> list[str]:
    """Drop the tables that no layer has shown for a while, and leave tables published in place their own.

    connection: of the owner, in a transaction. Names what went.
    """
    connection.execute(query(ROOM, "publish_retire"))
    rows = connection.execute(query(ROOM, "publish_retired"), {"seconds": kept_seconds}).fetchall()
    gone = []
    for schema, relation in rows:
        (table,) = published_tables(connection, schema, relation)
        if table.relkind is not None:
            if table.made:
                drop = sql.SQL("DROP VIEW {}" if table.relkind == "v" else "DROP TABLE {}")
                connection.execute(drop.format(table.name))
            else:
                withdraw(connection, table)
        connection.execute(query(ROOM, "publish_forget"), {"schema": schema, "relation": relation})
        gone.append(f"{schema}.{relation}")
    return gone


def sha256_of(path: Path) -> str:
    """Digest a file, so that the log can say later which one it was."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def city_box(connection: Connection[Any]) -> BBox | None:
    """The box around the units of the city; None while there are none."""
    row = connection.execute(query(ROOM, "publish_city")).fetchone()
    return None if row is None or row[0] is None else BBox(*row)


@dataclass(frozen=True)
class Said:
    """What is told of a file."""

    filename: str
    sha256: str


class _Watch:
    """Adds up what was read of several layers."""

    def __init__(self, tell: Tell, chosen: list[FileLayer]) -> None:
        self._tell = tell
        self._whole = sum(max(each.features, 0) for each in chosen)
        self._before = 0
        self._here = 0

    def tell(self, features: int) -> None:
        """Tell the part that is read, and leave the rest for keys and indexes."""
        if features < self._here:
            self._before += self._here
        self._here = features
        self._tell(min(0.9, 0.9 * (self._before + features) / max(1, self._whole)))


def _chosen(path: Path, filename: str, folder: Path, options: PublishOptions) -> list[FileLayer]:
    found = list_layers(path, filename, folder, ReadOptions(options.encoding, options.lon, options.lat))
    if options.layer is None:
        return found
    chosen = [each for each in found if each.name == options.layer]
    if not chosen:
        names = ", ".join(each.name for each in found)
        raise InvalidInput.at("layer", f"the file has no layer '{options.layer}'; it has {names}")
    return chosen


def _publish_layer(
    connection: Connection[Any],
    source: FileLayer,
    options: PublishOptions,
    who: Reader,
    said: Said,
    watch: _Watch,
) -> Iterator[Outcome]:
    wanted = safe_layer_name(source.name) if options.name is None else check_layer_name(options.name)
    lock_name(connection, wanted)
    if options.name is not None and wanted in _taken(connection):
        raise Conflict(f"there is a layer '{wanted}' already: choose another name, or replace its file")
    parts = load(connection, source, wanted, options, city_box(connection), watch.tell)
    for loaded in parts:
        # Points in several parts are drawn as shapes are, and are points all the same.
        kind = f"_{loaded.geometry_type.replace('geometry', 'point')}" if len(parts) > 1 else ""
        name = free_layer_name(f"{wanted}{kind}", _taken(connection))
        row = {
            "name": name,
            "title": f"{options.title or source.name}{kind}",
            "title_en": f"{options.title_en or options.title or source.name}{kind}",
            "kind": "file",
            "schema": SCHEMA,
            "time_column": options.time_column,
            "sources": [f"{SCHEMA}.{loaded.relation}"],
            "about": Jsonb({"group": options.group} if options.group else {}),
            "by_clock": False,
            **shape_of(loaded, {}),
        }
        add_layer(connection, row, options, who, made=True)
        yield report(connection, name, loaded.features, loaded.findings, said, "publish")


def shape_of(loaded: Loaded, titles: Mapping[str, Any]) -> dict[str, Any]:
    """What the catalogue knows of a table that was made from a file."""
    fields = published_fields(loaded, dict(titles))
    return {
        "relation": loaded.relation,
        "id_column": loaded.id_column,
        "geometry_column": loaded.geometry_column,
        "geometry_type": loaded.geometry_type,
        "srid": loaded.srid,
        "fields": Jsonb(fields),
        "tile_fields": Jsonb(tile_fields(fields, loaded.id_column)),
    }


def tile_fields(fields: list[dict[str, Any]], id_column: str) -> list[str]:
    """Choose the attributes that tiles carry: the identifier and the first few short ones."""
    others = [each["name"] for each in fields if each["type"] in _IN_TILES and each["name"] != id_column]
    return [id_column, *others[:MOST_TILE_FIELDS]]


def add_layer(
    connection: Connection[Any], row: dict[str, Any], options: PublishOptions, who: Reader, made: bool
) -> None:
    """Write a layer into the catalogue, with its rights, its feed of changes and its grants.

    connection: of the owner. made: the table is ours. Conflict when the name is taken by now.
    """
    values = {
        "description": "",
        **row,
        "audience": options.audience,
        "editable": options.editable,
        "organisation_id": organisation_id(connection, options.organisation),
        "unit_column": options.unit_column,
        "organisation_column": options.organisation_column,
        "published_by": who.account_id,
        "made": made,
    }
    try:
        with connection.transaction():
            connection.execute(query(ROOM, "publish_layer"), values)
    except errors.UniqueViolation:
        raise Conflict(f"there is a layer '{row['name']}' already: choose another name") from None
    if who.account_id is not None:
        # Whoever publishes sees it, whatever its audience; by a grant, because caches go by grants.
        grant = {"layer": row["name"], "accounts": [who.account_id], "organisations": []}
        connection.execute(query(ROOM, "give_grants"), grant)
    _keep_rights(connection, values)


def _keep_rights(connection: Connection[Any], values: Mapping[str, Any]) -> None:
    try:
        with connection.transaction():
            connection.execute(query(ROOM, "publish_table"), values)
    except errors.UniqueViolation:
        raise Conflict("the table is published already") from None
    apply_published(connection, str(values["schema"]), str(values["relation"]))
    changes.watch(connection, values["sources"])


def swap_table(connection: Connection[Any], layer: Layer, loaded: Loaded, options: PublishOptions) -> None:
    """Let a layer show another table from now on; its titles, rights and grants stay."""
    titles = {
        each.name: {"title": each.title, "title_en": each.title_en, "required": each.required}
        for each in layer.fields
    }
    time_column = layer.time_column
    if time_column not in {column.name for column in loaded.columns}:
        time_column = None
    values = {
        **shape_of(loaded, titles),
        "name": layer.name,
        "layer": layer.name,
        "schema": SCHEMA,
        "time_column": time_column,
        "sources": [f"{SCHEMA}.{loaded.relation}"],
        "unit_column": options.unit_column,
        "organisation_column": options.organisation_column,
        "made": True,
    }
    connection.execute(query(ROOM, "publish_swap"), values)
    _keep_rights(connection, values)
    connection.execute(query(ROOM, "publish_retire"))


def _attribute(layer: Layer, name: str) -> str | None:
    """The identifier, when it is an attribute of the file and no number of ours."""
    return name if any(each.name == name and not each.read_only for each in layer.fields) else None


def report(
    connection: Connection[Any], name: str, features: int, findings: Findings, said: Said, action: str
) -> Outcome:
    """Keep what was found, and put on record what was done with which file."""
    values = {"layer": name, "filename": said.filename, "sha256": said.sha256, "features": features}
    connection.execute(query(ROOM, "publish_report"), {**values, "problems": Jsonb(findings.listed())})
    about = {"file": said.filename, "sha256": said.sha256, "features": features}
    connection.execute(
        query(ROOM, "publish_record"), {"action": action, "layer": name, "about": Jsonb(about)}
    )
    return Outcome(name, features, findings.listed())


def _taken(connection: Connection[Any]) -> set[str]:
    return set(everything(connection))


def lock_name(connection: Connection[Any], name: str) -> None:
    """Two that publish one name wait for each other: the second sees what the first made."""
    connection.execute(query(ROOM, "publish_lock"), {"name": name})
