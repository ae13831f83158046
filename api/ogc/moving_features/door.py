"""Moving features over HTTP: the collection, its movers, their lines, and what changed along them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from api.ogc.call import Call, Json, Reply, link
from api.ogc.documents import JSON
from api.ogc.moving_features import asked as parameters
from api.ogc.moving_features import written
from api.ogc.moving_features.answers import (
    GEOJSON,
    MOVERS,
    THEMES,
    TITLES,
    address,
    answered,
    check,
    connected,
    counted,
    links,
)
from api.ogc.moving_features.asked import MOST_LIMIT, Asked, read
from api.ogc.parameters import CRS84, plain
from spatial.errors import NotFound
from spatial.patrols.archive.catalogue import gone_days
from spatial.patrols.moving import reading
from spatial.patrols.moving.curves import Curve
from spatial.patrols.moving.pieces import PROPERTIES, QUERIES, Kind, Piece
from spatial.patrols.moving.reading import Moved, Movers


def described(call: Call) -> Json:
    """Describe the collection."""
    return {
        "id": MOVERS,
        "title": TITLES[call.language],
        "description": "Where people and vehicles went, as moving points, as far as you may see it.",
        "keywords": [],
        "theme": THEMES[call.language],
        "itemType": "movingfeature",
        "crs": [CRS84],
        "links": [
            *links(call, address(call), JSON),
            link("items", GEOJSON, address(call, "items"), TITLES[call.language]),
            link("items", "text/html", f"{address(call, 'items')}?f=html", TITLES[call.language]),
        ],
    }


def is_open(call: Call) -> bool:
    """Tell whether there is anybody whose track the reader may see."""
    return reading.may_see(call.ask.reader)


def listed(call: Call) -> list[Json]:
    """Name the collection to whoever may see somebody's track."""
    return [described(call)] if is_open(call) else []


def collection(call: Call) -> Reply:
    """The collection."""
    check(call)
    plain(call.ask.query)
    return answered(call, described(call), JSON, TITLES[call.language])


def movers(call: Call) -> Reply:
    """A page of movers: those that have a part in the time and the box; with subTrajectory their lines."""
    check(call)
    asked = read(call, parameters.OF_MOVERS)
    with connected(call) as connection:
        found = reading.movers(
            connection, call.ask.reader, asked.wanted, asked.behind, asked.limit, asked.cuts
        )
    url = address(call, "items")
    body = {
        "type": "FeatureCollection",
        "features": [_listed(call, asked, each) for each in found.found],
        **written.SYSTEMS,
        **counted(len(found.found), _is_all(asked, found)),
        "links": [*links(call, url, GEOJSON, asked, found.behind), link("collection", JSON, address(call))],
    }
    return answered(call, body, GEOJSON, TITLES[call.language])


def _is_all(asked: Asked, found: Movers) -> bool:
    return not asked.behind and found.behind is None


def _listed(call: Call, asked: Asked, moved: Moved) -> Json:
    feature = written.mover(moved.row, moved.paths if asked.cuts else ())
    return {**feature, "links": [link("self", GEOJSON, address(call, "items", feature["id"]))]}


def mover(call: Call, name: str) -> Reply:
    """One mover, without its lines."""
    check(call)
    plain(call.ask.query)
    with connected(call) as connection:
        found = reading.find(connection, call.ask.reader, name)
        row = reading.known(connection, call.ask.reader, found)
    url = address(call, "items", str(found.id))
    body = {
        **written.mover(row),
        "links": [
            *links(call, url, GEOJSON),
            link("collection", JSON, address(call)),
            link("related", JSON, f"{url}/tgsequence", "tgsequence"),
            link("related", JSON, f"{url}/tproperties", "tproperties"),
        ],
    }
    return answered(call, body, GEOJSON, f"{TITLES[call.language]} {found.id}")


def sequence(call: Call, name: str) -> Reply:
    """A page of the pieces of a mover's track: whole, cut to the time, or where it was at some instants."""
    check(call)
    asked = read(call, parameters.OF_SEQUENCE)
    page = _pieces(call, name, asked, asked.limit)
    lines = ((piece, _chosen(asked, piece.path, asked.wanted.part(piece))) for piece in page.found)
    primitives = [written.primitive(line, piece.name) for piece, line in lines if len(line)]
    body = {
        "type": "TemporalGeometrySequence",
        "geometrySequence": primitives,
        **counted(len(primitives), not asked.behind and page.behind is None),
        **page.archived,
        "links": links(call, address(call, "items", name, "tgsequence"), JSON, asked, page.behind),
    }
    return answered(call, body, JSON, f"{TITLES[call.language]} {name} tgsequence")


@dataclass(frozen=True)
class _Pieces:
    """A page of pieces, and which days in the time are missing there."""

    found: list[Piece]
    behind: int | None
    archived: Json


def _pieces(call: Call, name: str, asked: Asked, limit: int) -> _Pieces:
    with connected(call) as connection:
        mover = reading.find(connection, call.ask.reader, name)
        page = reading.page(connection, call.ask.reader, mover, asked.wanted, asked.behind, limit)
        gone = gone_days(connection, call.ask.reader, mover.id, *asked.wanted.ends)
    archived: Json = {"archived_days": [str(day) for day in gone]} if gone else {}
    return _Pieces(page.pieces, page.behind, archived)


def _chosen(asked: Asked, whole: Curve, part: Curve | None) -> Curve:
    """Choose what is shown of a line that has a part in what is wanted."""
    if part is None or (asked.leaf is None and not asked.cuts):
        return whole
    return part if asked.leaf is None else part.at(asked.leaf)


def query(call: Call, name: str, piece: str, kind: str) -> Reply:
    """How far, how fast, or how changing in speed a mover was along one piece of its track."""
    check(call)
    if kind not in QUERIES:
        raise NotFound("there is no such resource under this address")
    asked = read(call, parameters.OF_QUERY)
    with connected(call) as connection:
        found = reading.find(connection, call.ask.reader, name)
        whole = reading.one(connection, call.ask.reader, found, piece)
    curve = _values(asked, QUERIES[kind].curve(whole))
    body = {
        **written.described(kind, QUERIES[kind]),
        "valueSequence": [written.values(curve)] if len(curve) else [],
        "links": links(call, address(call, "items", name, "tgsequence", piece, kind), JSON, asked),
    }
    return answered(call, body, JSON, f"{TITLES[call.language]} {name} {kind}")


def _values(asked: Asked, curve: Curve) -> Curve:
    """Choose what is shown of values: at instants, in the time, or all of them if any is in the time."""
    begin_us, end_us = asked.wanted.span_us
    if asked.leaf is not None:
        return curve.cut(begin_us, end_us).at(asked.leaf)
    if begin_us == end_us:
        return curve.at([begin_us])
    part = curve.cut(begin_us, end_us)
    return part if asked.cuts or not len(part) else curve


def properties(call: Call, name: str) -> Reply:
    """What changes along a mover's track; with subTemporalValue its values in the time."""
    check(call)
    asked = read(call, parameters.OF_PROPERTIES)
    url = address(call, "items", name, "tproperties")
    page = _pieces(call, name, asked, asked.limit if asked.cuts else 1)
    behind = page.behind if asked.cuts else None
    if asked.cuts:
        found = [each for piece in page.found for each in written.parametric(_parametric(asked, piece))]
    else:
        found = [] if "datetime" in asked.given and not page.found else list(_named(url))[: asked.limit]
    body = {
        "temporalProperties": found,
        **counted(len(found), not asked.behind and behind is None),
        **page.archived,
        "links": links(call, url, JSON, asked, behind),
    }
    return answered(call, body, JSON, f"{TITLES[call.language]} {name} tproperties")


def _parametric(asked: Asked, piece: Piece) -> Iterator[tuple[str, Kind, Curve]]:
    for name, kind in PROPERTIES.items():
        curve = _values(asked, kind.curve(piece))
        if len(curve):
            yield name, kind, curve


def _named(url: str) -> Iterator[Json]:
    for name, kind in PROPERTIES.items():
        yield {**written.described(name, kind), "links": [link("item", JSON, f"{url}/{name}")]}


def property_of(call: Call, name: str, kind: str) -> Reply:
    """One thing that changes along a mover's track, piece by piece."""
    check(call)
    if kind not in PROPERTIES:
        raise NotFound("a track has no such property")
    asked = read(call, parameters.OF_PROPERTY)
    page = _pieces(call, name, asked, MOST_LIMIT)
    curves = (_values(asked, PROPERTIES[kind].curve(piece)) for piece in page.found)
    body = {
        **written.described(kind, PROPERTIES[kind]),
        "valueSequence": [written.values(each) for each in curves if len(each)],
        **page.archived,
        "links": links(call, address(call, "items", name, "tproperties", kind), JSON, asked, page.behind),
    }
    return answered(call, body, JSON, f"{TITLES[call.language]} {name} {kind}")
