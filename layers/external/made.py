"""A service becomes a layer: its features a table of ours, its pictures a row of the catalogue.

All of it is for the owner of the tables, in one transaction: readers see the old features until the new ones
stand whole, and keep them when the service fails.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg import Connection, errors
from psycopg.types.json import Jsonb

from layers import publish
from layers.catalogue import everything, layers
from layers.external.remote import Json, Remote
from layers.external.store import Source
from layers.imports import PublishOptions
from layers.imports_load import SCHEMA, load
from layers.publish_names import check_layer_name, free_layer_name, safe_layer_name
from spatial.database import in_name_of, query
from spatial.errors import Conflict, NotFound
from spatial.geometry.read_features import FileLayer
from spatial.people.organisations import organisation_id


@dataclass(frozen=True)
class Gathered:
    """The features of a service as they were read: pages in a folder."""

    pages: FileLayer
    digest: str
    id_column: str | None
    """The attribute that the service names features by; none when some have no number."""


ABOUT = ("group", "licence", "attribution", "review_number", "rights", "keywords")
"""What whoever registers may say of a layer."""


def make_features(connection: Connection[Any], source: Source, remote: Remote, read: Gathered) -> str:
    """Make the layer of what was read; returns its name.

    connection: of the owner, in a transaction. Raises InvalidInput for what cannot be a layer, Conflict for a
    name that is taken.
    """
    in_name_of(connection, source.who)
    name = _name(connection, source, remote)
    options = _options(source, read)
    (loaded,) = load(connection, read.pages, name, options, publish.city_box(connection))
    row = {
        **_said(source, remote, name),
        "kind": "external",
        "schema": SCHEMA,
        "time_column": options.time_column,
        "sources": [f"{SCHEMA}.{loaded.relation}"],
        "by_clock": False,
        **publish.shape_of(loaded, {}),
    }
    publish.add_layer(connection, row, options, source.who, made=True)
    file = publish.Said(f"{source.protocol}: {remote.name}", read.digest)
    publish.report(connection, name, loaded.features, loaded.findings, file, "harvest")
    return name


def replace_features(connection: Connection[Any], source: Source, read: Gathered) -> int:
    """Put what was read in the place of a layer's features, for every reader at once; gives their number.

    connection: of the owner, in a transaction. NotFound when the layer was taken back meanwhile.
    """
    in_name_of(connection, source.who)
    name = str(source.layer)
    publish.lock_name(connection, name)
    layer = layers(connection).get(name)
    if layer is None:
        raise NotFound(f"there is no layer '{name}' any more")
    options = _options(source, read)
    (loaded,) = load(connection, read.pages, name, options, publish.city_box(connection))
    publish.swap_table(connection, layer, loaded, options)
    file = publish.Said(f"{source.protocol}: {source.remote}", read.digest)
    publish.report(connection, name, loaded.features, loaded.findings, file, "harvest")
    return loaded.features


def make_raster(connection: Connection[Any], source: Source, remote: Remote) -> str:
    """Make the layer of a service's pictures; returns its name. connection: as for `make_features`."""
    in_name_of(connection, source.who)
    name = _name(connection, source, remote)
    options = PublishOptions.of(source.options)
    row = {
        **_said(source, remote, name),
        "min_zoom": remote.plan["zooms"][0],
        "audience": options.audience,
        "organisation_id": organisation_id(connection, options.organisation),
        "published_by": source.account_id,
    }
    try:
        with connection.transaction():
            connection.execute(query("layers.external", "add_raster"), row)
    except errors.UniqueViolation:
        raise Conflict(f"there is a layer '{name}' already: choose another name") from None
    if source.account_id is not None:
        # Whoever registers it sees it, whatever its audience; by a grant, because caches go by grants.
        grant = {"layer": name, "accounts": [source.account_id], "organisations": []}
        connection.execute(query("layers", "give_grants"), grant)
    record = {"action": "register", "layer": name, "about": Jsonb({"protocol": source.protocol})}
    connection.execute(query("layers", "publish_record"), record)
    return name


def _name(connection: Connection[Any], source: Source, remote: Remote) -> str:
    if source.name is not None:
        publish.lock_name(connection, check_layer_name(source.name))
        if source.name in everything(connection):
            raise Conflict(f"there is a layer '{source.name}' already: choose another name")
        return source.name
    plain = remote.name.rpartition(":")[2]
    wanted = safe_layer_name(remote.title if plain.isdecimal() or plain == "*" else plain)
    publish.lock_name(connection, wanted)
    return free_layer_name(wanted, set(everything(connection)))


def _said(source: Source, remote: Remote, name: str) -> Json:
    """What the catalogue says of the layer: as registered, else as the service says of itself."""
    given = source.options
    about = {key: given[key] for key in ABOUT if given.get(key)}
    about.setdefault("attribution", remote.attribution)
    about["external"] = {"protocol": source.protocol, "mode": source.mode, "bbox": remote.bbox}
    title = given.get("title") or remote.title or name
    return {
        "name": name,
        "title": title[:200],
        "title_en": (given.get("title_en") or title)[:200],
        "description": given.get("description") or remote.description,
        "about": Jsonb({key: value for key, value in about.items() if value}),
    }


def _options(source: Source, read: Gathered) -> PublishOptions:
    """What is said of the features: one layer whatever they are, and never changed by hand."""
    given = {**source.options, "mixed": "keep", "editable": False, "name": None, "layer": None}
    given["id_column"] = given.get("id_column") or read.id_column
    return PublishOptions.of(given)
