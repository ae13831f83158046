"""Puts a network into the tables: what has a known code is changed, what is new added, nothing deleted."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.types.json import Jsonb
from pyproj import CRS
from pyproj.exceptions import CRSError

from lifeline.importers.found import Found, Problems
from lifeline.importers.frames import Frame
from lifeline.models import KINDS, SINKS
from lifeline.networks.rows import Rows, rows_of
from lifeline.networks.wish import Wish
from spatial.database import query
from spatial.errors import Conflict, InvalidInput

ROOM = "lifeline.networks"
PARTS = ("nodes", "links", "devices", "services", "customers")
MOST_GONE = 1_000
"""Codes of gone rows that a report lists of each table."""
Json = dict[str, Any]


@dataclass(frozen=True)
class Target:
    """The network that a file is for; a new one belongs to the organisation."""

    name: str
    organisation_id: int | None
    filename: str
    digest: str


def load(
    connection: Connection[Any], target: Target, found: Found, frame: Frame, wish: Wish
) -> tuple[int, Json]:
    """Put it in, in the transaction of `connection`; gives the network's number and the report.

    Rows are told apart by their codes: the same file twice changes nothing. What an earlier file had and this
    one has not is listed, and put out of service where the wish says so. InvalidInput at `kind` for a network
    of another kind; Conflict for a name that somebody else's network has.
    """
    if found.kind not in KINDS:
        raise InvalidInput.at("kind", f"'{found.kind[:40]}' is none of {', '.join(KINDS)}")
    problems = Problems()
    rows = rows_of(found, frame, problems)
    if not rows.links:
        raise InvalidInput.at("crs", "no link of the file has a place in this frame")
    network, is_new = _network(connection, target, found.kind)
    _copy(connection, rows)
    report = _merge(connection, network, rows, wish.gone)
    edition = connection.execute(query(ROOM, "network_note"), _about(network, target, found, frame, wish))
    told = [*found.problems, *problems.told]
    left_out = {name: len(getattr(found, name)) - len(getattr(rows, name)) for name in PARTS}
    left_out["devices"] = max(left_out["devices"], 0)
    return network, {
        "network": target.name, "new": is_new, "kind": found.kind, "crs": frame.crs, "form": found.form,
        "edition": edition.fetchall()[0][0], "tables": report, "left_out": left_out,
        "problems": [asdict(each) for each in told[:MOST_GONE]],
        "more_problems": found.more_problems + problems.more + max(len(told) - MOST_GONE, 0),
    }  # fmt: skip


def _network(connection: Connection[Any], target: Target, kind: str) -> tuple[int, bool]:
    """Give the network's row, which is locked, and whether it is new."""
    values = {
        "name": target.name, "kind": kind, "flow_mode": "sink" if kind in SINKS else "source",
        "source": target.filename, "organisation_id": target.organisation_id,
    }  # fmt: skip
    try:
        added = connection.execute(query(ROOM, "network_add"), values).fetchone()
    except psycopg.errors.InsufficientPrivilege:
        raise InvalidInput.at(
            "organisation", "this account may keep networks of its own organisation only"
        ) from None
    if added is not None:
        return int(added[0]), True
    held = connection.execute(query(ROOM, "network_lock"), {"name": target.name}).fetchone()
    if held is None:
        raise Conflict(f"the name '{target.name}' is taken")
    if held[1] != kind:
        raise InvalidInput.at(
            "kind", f"the network '{target.name}' is of {held[1]}, and the file is of {kind}"
        )
    return int(held[0]), False


def _copy(connection: Connection[Any], rows: Rows) -> None:
    for statement in query(ROOM, "load_tables").split(";\n"):
        if statement.strip():
            connection.execute(statement)
    for name in PARTS:
        statement = f"COPY in_{name[:-1]} FROM STDIN"
        with connection.cursor().copy(statement.encode()) as copy:
            for row in getattr(rows, name):
                copy.write_row(row)
        connection.execute(f"ANALYZE in_{name[:-1]}".encode())


def _merge(connection: Connection[Any], network: int, rows: Rows, gone: str) -> Json:
    values = {"network": network}
    report: Json = {}
    for name in PARTS:
        codes = [code for (code,) in connection.execute(query(ROOM, f"gone_{name}"), values)]
        updated = connection.execute(query(ROOM, f"load_{name}_changed"), values).rowcount
        added = connection.execute(query(ROOM, f"load_{name}_new"), values).rowcount
        unchanged = len(getattr(rows, name)) - updated - added
        report[name] = {
            "added": added, "updated": updated, "unchanged": unchanged, "gone": len(codes),
            "gone_codes": codes[:MOST_GONE], "out_of_service": 0,
        }  # fmt: skip
    if gone == "out_of_service":
        for name in PARTS:
            retired = connection.execute(query(ROOM, f"retire_{name}"), values).rowcount
            report[name]["out_of_service"] = retired
    return report


def _about(network: int, target: Target, found: Found, frame: Frame, wish: Wish) -> Json:
    try:
        epsg = CRS.from_user_input(frame.crs).to_epsg()
    except CRSError:
        epsg = None
    return {
        "network": network, "source": target.filename, "crs_epsg": epsg, "digest": target.digest,
        "vertical_datum": wish.vertical_datum, "data_at": wish.day, "rest": Jsonb(found.rest),
    }  # fmt: skip
