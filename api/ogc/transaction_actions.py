"""Many changes in one go: OGC API - Features Part 11 (draft), with atomic semantics: all of them or none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson
from psycopg import Connection, sql

from api.asgi import PreconditionFailed, PreconditionRequired, takes_files
from api.ogc.bodies import content_crs, read_json
from api.ogc.call import Call, Json, Offer, Reply, link
from api.ogc.parameters import plain
from api.ogc.preconditions import conditions
from api.ogc.transactions import JSON, PERSONAL, editing, etag, item_address
from layers import edits
from layers.catalogue import Layer
from layers.edits import Editor, Written
from layers.edits.changes import MOST_FEATURES, Check
from layers.filters import compile_filter, parse
from spatial.database import quoted, session
from spatial.errors import Conflict, Forbidden, InvalidInput, NotFound

TYPES = ("application/ogc-tx+json", "application/json")
PART_11 = "http://www.opengis.net/spec/ogcapi-features-11/1.0/conf"
CONFORMANCE = tuple(
    f"{PART_11}/{name}"
    for name in ("transactions", "atomic-semantics", "atomic-transactions", "json-transactions", "features")
)
TOTALS = {"insert": "Inserted", "update": "Updated", "replace": "Replaced", "delete": "Deleted"}


@dataclass(frozen=True)
class Action:
    """One action of a transaction, on one collection."""

    editor: Editor
    body: Json
    where: str
    """Its place, such as `transaction[2].`."""


Done = tuple[list[str], list[str]]
"""Identifiers and tags of what an action changed, in its order; no tags of what is gone."""


@takes_files
def transact(call: Call) -> Reply:
    """Carry out all actions of a transaction, or none."""
    plain(call.ask.query)
    body = read_json(call, TYPES)
    actions = _actions(body)
    results = []
    with session(call.database, call.reader) as connection:
        for number, action in enumerate(actions):
            results.append(_run(call, connection, action, f"transaction[{number}]."))
    return Reply(200, JSON, PERSONAL, orjson.dumps(_report(results)))


def options(call: Call) -> Reply:
    """Say that transactions are taken."""
    plain(call.ask.query)
    headers = [(b"allow", b"POST, OPTIONS"), (b"accept-post", ", ".join(TYPES).encode()), *PERSONAL]
    return Reply(200, b"text/plain", headers, b"")


def _actions(body: Any) -> list[Any]:
    if not isinstance(body, dict) or not isinstance(body.get("transaction"), list):
        raise InvalidInput.at("transaction", "must be a list of actions")
    if body.get("semantic", "atomic") != "atomic":
        raise InvalidInput.at("semantic", "must be atomic: all actions are carried out, or none")
    if len(body["transaction"]) > MOST_FEATURES:
        raise InvalidInput.at("transaction", f"has more than {MOST_FEATURES} actions")
    return list(body["transaction"])


def _run(call: Call, connection: Connection[Any], action: Any, where: str) -> tuple[str, Layer, Json]:
    """Carry out one action; what it answers names the collection, the identifiers and the tags."""
    kind = action.get("action") if isinstance(action, dict) else None
    if not isinstance(kind, str) or kind not in _KINDS:
        raise InvalidInput.at(f"{where}action", f"must be one of {', '.join(_KINDS)}")
    name = action.get("collection")
    if not isinstance(name, str):
        raise InvalidInput.at(f"{where}collection", "must be the name of a collection")
    with _at(where):
        layer = call.collection(name).layer
        if not layer.editable:
            raise Forbidden(f"layer '{layer.name}' cannot be changed")
        editor = editing(call, connection, layer, content_crs(call, layer))
        identifiers, tags = _KINDS[kind](Action(editor, action, where))
    urls = [item_address(call, layer, each) for each in identifiers]
    return kind, layer, {"action": kind, "collection": name, "ids": identifiers, "etags": tags, "urls": urls}


@contextmanager
def _at(where: str) -> Iterator[None]:
    """Say in which action something was refused that has no place of its own."""
    try:
        yield
    except (NotFound, Forbidden, Conflict, PreconditionFailed, PreconditionRequired) as error:
        said, place = str(error), where.rstrip(".")
        raise type(error)(said if said.startswith(place) else f"{place}: {said}") from None


def _insert(action: Action) -> Done:
    items = action.body.get("items")
    if not isinstance(items, list):
        raise InvalidInput.at(f"{action.where}items", "must be a list of GeoJSON features")
    places = [f"{action.where}items[{number}]." for number in range(len(items))]
    return _done(edits.create(action.editor, items, places))


def _replace(action: Action) -> Done:
    properties = action.body.get("properties")
    feature = properties.get("feature") if isinstance(properties, dict) else None
    where = f"{action.where}properties.feature."
    if not isinstance(feature, dict):
        raise InvalidInput.at(where.rstrip("."), "must be a GeoJSON feature")
    meant = _meant(action)
    if len(meant) != 1:
        raise InvalidInput.at(f"{action.where}filter", f"must mean one feature, and means {len(meant)}")
    return _done([edits.replace(action.editor, meant[0], feature, _conditions(action), where)])


def _update(action: Action) -> Done:
    patch = _patch(action)
    return _done(edits.update(action.editor, _meant(action), patch, _conditions(action), action.where))


def _delete(action: Action) -> Done:
    return edits.delete(action.editor, _meant(action), _conditions(action), action.where), []


def _done(written: Sequence[Written]) -> Done:
    return [each.identifier for each in written], [etag(each) for each in written]


def _conditions(action: Action) -> Check:
    """Compare the tags that the client holds: `etags` of the action, by identifier."""
    held = action.body.get("etags", {})
    if not isinstance(held, dict) or not all(isinstance(each, str) for each in held.values()):
        raise InvalidInput.at(f"{action.where}etags", "must be an object of tags by identifier")

    def check(identifier: str, version: str) -> None:
        try:
            headers = {"if-match": held[identifier]} if identifier in held else {}
            condition = conditions(headers, action.editor.layer)
            if condition is not None:
                condition(identifier, version)
        except (PreconditionFailed, PreconditionRequired) as error:
            raise type(error)(f"feature '{identifier[:100]}': {error}") from None

    return check


def _patch(action: Action) -> Json:
    """Turn the draft's add, modify and delete into a merge patch."""
    where = f"{action.where}properties"
    given = action.body.get("properties")
    if not isinstance(given, dict) or set(given) - {"add", "modify", "delete"}:
        raise InvalidInput.at(where, "must be an object with add, modify and delete")
    patch: Json = {"properties": {}}
    for kind in ("add", "modify"):
        for number, pair in enumerate(_list(given, kind, where)):
            if not isinstance(pair, dict) or not isinstance(pair.get("name"), str) or "value" not in pair:
                raise InvalidInput.at(f"{where}.{kind}[{number}]", "must have a name and a value")
            _set(patch, pair["name"], pair["value"])
    for number, name in enumerate(_list(given, "delete", where)):
        if not isinstance(name, str):
            raise InvalidInput.at(f"{where}.delete[{number}]", "must be the name of an attribute")
        _set(patch, name, None)
    return patch


def _list(given: Mapping[str, Any], name: str, where: str) -> list[Any]:
    found = given.get(name, [])
    if not isinstance(found, list):
        raise InvalidInput.at(f"{where}.{name}", "must be a list")
    return found


def _set(patch: Json, name: str, value: Any) -> None:
    if name == "geometry":
        patch["geometry"] = value
    else:
        patch["properties"][name] = value


def _meant(action: Action) -> list[str]:
    """List the features that a filter means, by identifiers or CQL2; without one there is no such action."""
    found = action.body.get("filter")
    where = f"{action.where}filter"
    if isinstance(found, dict) and set(found) == {"ids"}:
        return _listed(found["ids"], f"{where}.ids")
    if not isinstance(found, dict | str):
        raise InvalidInput.at(where, 'must be {"ids": [...]}, or CQL2')
    language = action.body.get("filter-lang", "cql2-text" if isinstance(found, str) else "cql2-json")
    text = found if isinstance(found, str) else orjson.dumps(found).decode()
    return _selected(action, text, str(language))


def _listed(ids: Any, where: str) -> list[str]:
    if not isinstance(ids, list) or not all(type(each) in (str, int) for each in ids):
        raise InvalidInput.at(where, "must be a list of identifiers")
    if len(ids) > MOST_FEATURES:
        raise InvalidInput.at(where, f"are more than {MOST_FEATURES}")
    repeated = [key for key, count in Counter(map(str, ids)).items() if count > 1]
    if repeated:
        raise InvalidInput.at(where, f"names '{repeated[0][:100]}' twice")
    return [str(each) for each in ids]


def _selected(action: Action, text: str, language: str) -> list[str]:
    layer = action.editor.layer
    try:
        condition = compile_filter(parse(text, language), layer, action.editor.crs)
    except InvalidInput as error:
        raise InvalidInput(
            [type(each)(action.where + each.where, each.reason) for each in error.problems]
        ) from None
    statement = sql.SQL(
        "SELECT {id}::text FROM {table} WHERE {condition} ORDER BY {id} LIMIT %(most)s"
    ).format(id=quoted(layer.id_column), table=layer.table, condition=condition.text)
    rows = action.editor.connection.execute(
        statement, {**condition.values, "most": MOST_FEATURES + 1}
    ).fetchall()
    if len(rows) > MOST_FEATURES:
        raise InvalidInput.at(f"{action.where}filter", f"means more than {MOST_FEATURES} features")
    return [key for (key,) in rows]


def _report(results: Sequence[tuple[str, Layer, Json]]) -> Json:
    """Write the draft's report, and beside it what each action did, in order."""
    report: Json = {"semantic": "atomic", "summary": {}}
    for kind, total in TOTALS.items():
        urls = [url for done, _, each in results if done == kind for url in each["urls"]]
        if any(done == kind for done, _, _ in results):
            report["summary"][f"total{total}"] = len(urls)
            report[f"{kind}Results"] = urls
    names = ("action", "collection", "ids", "etags")
    report["results"] = [{name: each[name] for name in names} for _, _, each in results]
    return report


_KINDS: Mapping[str, Callable[[Action], Done]] = {
    "insert": _insert,
    "update": _update,
    "replace": _replace,
    "delete": _delete,
}


def _links(call: Call) -> list[Json]:
    return [
        link(
            "http://www.opengis.net/def/rel/ogc/1.0/transactions",
            "application/json",
            f"{call.base_url}/transactions",
        )
    ]


OFFER = Offer({"transactions": {"POST": transact, "OPTIONS": options}}, CONFORMANCE, landing_links=_links)
