"""Moving features: lines of people, for those who may see where they went; for others there are none."""

from __future__ import annotations

from collections.abc import Callable

from tests.api.leaks.alike import like_nothing
from tests.api.leaks.eyes import Eyes

_ITEMS = "/ogc/collections/movers/items"


def sees_movers(eyes: Eyes) -> set[str]:
    """Work out by hand whose tracks somebody sees."""
    return {row["id"] for row in eyes.rows["mover"] if eyes.sees("fix", {"mover_id": row["id"]})}


def is_offered(eyes: Eyes) -> bool:
    """Tell whether somebody knows of the collection: watchers do, and whoever leaves a track."""
    return eyes.reader.role in _WATCHERS or eyes.reader.worker_id is not None


_WATCHERS = ("district_administrator", "street_administrator", "commander")


def movers_collection(eyes: Eyes) -> None:
    """The collection is there, and listed, for those alone who may see somebody's track."""
    answer = eyes.ask("GET", "/ogc/collections/movers")
    eyes.expect("collection of movers", answer.status_code, 200 if is_offered(eyes) else 404)
    listed = {each["id"] for each in eyes.get("/ogc/collections")["collections"]}
    eyes.expect("movers listed", "movers" in listed, is_offered(eyes))


def movers(eyes: Eyes) -> None:
    """Pages hold the own movers, whatever they are chosen by."""
    if not is_offered(eyes):
        eyes.expect("movers", eyes.ask("GET", _ITEMS).status_code, 404)
        return
    for query in ("", "&datetime=../..", "&bbox=-180,-90,180,90"):
        found = eyes.get(f"{_ITEMS}?limit=1000{query}")["features"]
        known = {each["id"] for each in found}
        if query:
            eyes.expect(f"movers by {query}", known - sees_movers(eyes), set())
        else:
            eyes.expect("movers", known, sees_movers(eyes))


def of_mover(path: str) -> Callable[[Eyes], None]:
    """What there is of a foreign mover is like nobody's."""

    def probe(eyes: Eyes) -> None:
        mine = sees_movers(eyes)
        for row in eyes.rows["mover"]:
            like_nothing(eyes, _ITEMS + path, row["id"], row["id"] in mine)

    return probe


def of_piece(eyes: Eyes) -> None:
    """Of a foreign piece nothing can be asked; of an own one what `tgsequence` names."""
    mine = sees_movers(eyes)
    for row in eyes.rows["mover"]:
        path = f"{_ITEMS}/{{}}/tgsequence/1/distance"
        if row["id"] not in mine:
            like_nothing(eyes, path, row["id"], False)
            continue
        for piece in eyes.get(f"{_ITEMS}/{row['id']}/tgsequence")["geometrySequence"]:
            for kind in ("distance", "velocity", "acceleration"):
                found = eyes.get(f"{_ITEMS}/{row['id']}/tgsequence/{piece['id']}/{kind}")
                eyes.expect("name of a curve", found["name"], kind)


MOVING: dict[str, Callable[[Eyes], None]] = {
    "/ogc/collections/movers": movers_collection,
    "/ogc/collections/movers/items": movers,
    "/ogc/collections/movers/items/{mover}": of_mover("/{}"),
    "/ogc/collections/movers/items/{mover}/tgsequence": of_mover("/{}/tgsequence"),
    "/ogc/collections/movers/items/{mover}/tgsequence/{piece}/{query}": of_piece,
    "/ogc/collections/movers/items/{mover}/tproperties": of_mover("/{}/tproperties"),
    "/ogc/collections/movers/items/{mover}/tproperties/{property}": of_mover("/{}/tproperties/speed"),
}
