"""Change features over HTTP: OGC API - Features Part 4 (create, replace, update, delete)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import orjson
from psycopg import Connection

from api.asgi import LOCATION, Headers, MethodNotAllowed, takes_files
from api.ogc import plan_edits, transaction_paths
from api.ogc.bodies import FEATURE_TYPES, PATCH_TYPES, content_crs, read_json
from api.ogc.call import Call, Json, Offer, Reply
from api.ogc.documents import address_of
from api.ogc.items import representation
from api.ogc.parameters import plain
from api.ogc.preconditions import conditions
from layers import edits, features
from layers.catalogue import Layer
from layers.edits import Editor, Written
from spatial.database import session
from spatial.errors import InvalidInput
from spatial.geometry.crs import CRS84, Crs
from spatial.grids.stamping import Stamper

GEOJSON, JSON = b"application/geo+json", b"application/json"
PERSONAL: Headers = [
    (b"cache-control", b"private, no-cache"),
    (b"vary", b"Accept, Accept-Language, Authorization"),
]
PART_4 = "http://www.opengis.net/spec/ogcapi-features-4/1.0/conf"
READING = ("GET", "HEAD")

CONFORMANCE = tuple(
    f"{PART_4}/{name}" for name in ("create-replace-delete", "update", "features", "optimistic-locking-etags")
)


@takes_files
def create(call: Call, name: str) -> Reply:
    """Create the feature, or all features of the collection, that the body holds."""
    layer = _editable(call, name)
    body = read_json(call, FEATURE_TYPES)
    many = isinstance(body, dict) and body.get("type") == "FeatureCollection"
    if plan_edits.is_drawn(call, layer):
        return plan_edits.create(call, layer, _members(body)[0] if many else [_object(body)])
    with session(call.database, call.reader) as connection:
        editor = editing(call, connection, layer, content_crs(call, layer, body))
        if many:
            return many_created(call, layer, edits.create(editor, *_members(body)))
        written = edits.create(editor, [body])[0]
        return _with_feature(call, editor, written, 201, _location(call, layer, written.identifier))


def replace(call: Call, name: str, identifier: str) -> Reply:
    """Replace a feature."""
    layer = _editable(call, name)
    body = read_json(call, FEATURE_TYPES)
    if plan_edits.is_drawn(call, layer):
        return plan_edits.change(call, layer, identifier, _object(body), whole=True)
    check = conditions(call.ask.headers, layer)
    with session(call.database, call.reader) as connection:
        editor = editing(call, connection, layer, content_crs(call, layer, body))
        return _with_feature(call, editor, edits.replace(editor, identifier, body, check), 200)


def update(call: Call, name: str, identifier: str) -> Reply:
    """Change parts of a feature by a JSON Merge Patch."""
    layer = _editable(call, name)
    body = read_json(call, PATCH_TYPES)
    if plan_edits.is_drawn(call, layer):
        return plan_edits.change(call, layer, identifier, _object(body), whole=False)
    check = conditions(call.ask.headers, layer)
    with session(call.database, call.reader) as connection:
        editor = editing(call, connection, layer, content_crs(call, layer, body))
        return _with_feature(call, editor, edits.update(editor, [identifier], body, check)[0], 200)


def delete(call: Call, name: str, identifier: str) -> Reply:
    """Delete a feature."""
    layer = _editable(call, name)
    if plan_edits.is_drawn(call, layer):
        return plan_edits.delete(call, layer, identifier)
    check = conditions(call.ask.headers, layer)
    with session(call.database, call.reader) as connection:
        edits.delete(editing(call, connection, layer), [identifier], check)
    return Reply(204, JSON, PERSONAL, b"")


def options_of_items(call: Call, name: str) -> Reply:
    """Say what may be done with a collection by this reader: QGIS edits when it finds POST here."""
    layer = call.collection(name).layer
    methods = _methods(call, layer, {"POST": "create"})
    posts = [(b"accept-post", ", ".join(FEATURE_TYPES).encode())] if "POST" in methods else []
    return _allow(methods, posts)


def options_of_item(call: Call, name: str, _: str) -> Reply:
    """Say what may be done with a feature by this reader, whether or not there is one of this identifier."""
    layer = call.collection(name).layer
    methods = _methods(call, layer, {"PUT": "update", "PATCH": "update", "DELETE": "delete"})
    patches = [(b"accept-patch", ", ".join(PATCH_TYPES).encode())] if "PATCH" in methods else []
    return _allow(methods, patches)


def editing(call: Call, connection: Connection[Any], layer: Layer, crs: Crs = CRS84) -> Editor:
    """Make the editor of a layer in this transaction."""
    return Editor(connection, layer, call.reader, call.stamper or Stamper(call.database), crs)


def etag(written: Written) -> str:
    """Write the tag of a feature as its change left it: that of GeoJSON in CRS84, which a GET would give."""
    return f'"{written.version}-{representation({})}"'


def many_created(call: Call, layer: Layer, written: list[Written]) -> Reply:
    """Answer with addresses and tags in the order of what was sent, as Part 11 (draft) answers."""
    body = {
        "semantic": "atomic",
        "summary": {"totalInserted": len(written)},
        "insertResults": [item_address(call, layer, each.identifier) for each in written],
        "ids": [each.identifier for each in written],
        "etags": [etag(each) for each in written],
    }
    return Reply(201, JSON, PERSONAL, orjson.dumps(body))


def item_address(call: Call, layer: Layer, identifier: str) -> str:
    """Write the address of a feature."""
    return f"{address_of(call, layer)}/items/{quote(identifier, safe='')}"


def _location(call: Call, layer: Layer, identifier: str) -> Headers:
    return [(LOCATION, item_address(call, layer, identifier).encode())]


def _members(body: Json) -> tuple[list[Json], list[str]]:
    members = body.get("features")
    if not isinstance(members, list):
        raise InvalidInput.at("features", "must be a list of GeoJSON features")
    return members, [f"features[{number}]." for number in range(len(members))]


def _with_feature(
    call: Call, editor: Editor, written: Written, status: int, more: Headers | None = None
) -> Reply:
    """Answer with the feature as it stands now, or without it for who wants the least."""
    headers: Headers = [(b"etag", etag(written).encode()), *PERSONAL, *(more or [])]
    preferred = call.ask.headers.get("prefer", "").replace(" ", "").lower()
    if "return=minimal" in preferred.split(","):
        headers.append((b"preference-applied", b"return=minimal"))
        return Reply(204 if status == 200 else status, JSON, headers, b"")
    headers.append((b"content-crs", f"<{CRS84.uri}>".encode()))
    text, _ = features.item(editor.connection, editor.layer, written.identifier, features.Selection())
    return Reply(status, GEOJSON, headers, text + b"}")


def _editable(call: Call, name: str) -> Layer:
    """Find a layer that can be changed; a layer that nobody changes here does not know the method."""
    plain(call.ask.query)
    layer = call.collection(name).layer
    if not layer.editable and not plan_edits.is_drawn(call, layer):
        raise MethodNotAllowed((*READING, "OPTIONS"))
    return layer


def _object(body: Any) -> Json:
    if not isinstance(body, dict):
        raise InvalidInput.at("body", "must be an object")
    return body


def _methods(call: Call, layer: Layer, changing: Mapping[str, str]) -> list[str]:
    plain(call.ask.query)
    if plan_edits.is_drawn(call, layer):
        return [*READING, *(changing if plan_edits.may_draw(call) else ()), "OPTIONS"]
    with session(call.database, call.reader) as connection:
        verbs = {verb: edits.may(connection, call.reader, layer, verb) for verb in set(changing.values())}
    return [*READING, *(method for method, verb in changing.items() if verbs[verb]), "OPTIONS"]


def _allow(methods: list[str], more: Headers) -> Reply:
    return Reply(200, b"text/plain", [(b"allow", ", ".join(methods).encode()), *more, *PERSONAL], b"")


OFFER = Offer(
    {
        "collections/{collection}/items": {"POST": create, "OPTIONS": options_of_items},
        "collections/{collection}/items/{item}": {
            "PUT": replace,
            "PATCH": update,
            "DELETE": delete,
            "OPTIONS": options_of_item,
        },
    },
    CONFORMANCE,
    transaction_paths.paths,
)
