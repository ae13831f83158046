"""Answer a question: from the files where days lie in the archive, from the database where they do not."""

from __future__ import annotations

from datetime import date
from typing import Any

from spatial.errors import InvalidInput
from spatial.patrols.archive.catalogue import Entry
from spatial.patrols.archive.questions import compliance, heat, mileage
from spatial.patrols.archive.questions.asked import Asked, Session, allowed, entries_of, readable
from spatial.patrols.archive.questions.cluster import Calculate
from spatial.patrols.archive.store import Store
from spatial.patrols.heat.amounts import COARSEST
from spatial.rights.reader import Reader

Json = dict[str, Any]
MOST_CELLS = 1_000_000
"""Of one answer."""


def answer(session: Session, reader: Reader, store: Store, asked: Asked, calculate: Calculate) -> Json:
    """Answer a question with the rights of whoever asks; Forbidden, NotFound, InvalidInput.

    The policies are asked first whom and what the reader sees; the machines that calculate are told that, and
    nobody else's days. The same question asked of the database has the same answer, to the bit.
    """
    found = {"heat": _heat, "mileage": _mileage, "compliance": _compliance}[asked.kind]
    about = {"kind": asked.kind, "from": str(asked.first), "to": str(asked.last)}
    return {**about, **found(session, reader, store, asked, calculate)}


def _heat(session: Session, reader: Reader, store: Store, asked: Asked, calculate: Calculate) -> Json:
    if not 0 <= asked.level <= COARSEST:
        raise InvalidInput.at("level", f"must be 0 to {COARSEST}")
    with session() as connection:
        who, files = allowed(connection, reader, asked), _files(entries_of(connection, reader, asked.days))
        here = [day for day in asked.days if day not in files]
        found = heat.of_database(connection, here, asked.level, asked.box, who)
    arguments = [(store, day, generation, asked.level, asked.box, who) for day, generation in files.items()]
    for part in calculate(heat.of_file, arguments):
        found = heat.Cells.added([found, part])
        if len(found.cells) > MOST_CELLS:
            reason = f"is too fine: more than {MOST_CELLS:,} cells; the next level has about a quarter"
            raise InvalidInput.at("level", reason)
    return {"archived_days": [str(day) for day in files], **heat.told(asked, found)}


def _mileage(session: Session, reader: Reader, store: Store, asked: Asked, calculate: Calculate) -> Json:
    with session() as connection:
        who, files = allowed(connection, reader, asked), _files(entries_of(connection, reader, asked.days))
        found = mileage.of_database(connection, [day for day in asked.days if day not in files], who)
    arguments = [(store, day, generation, who) for day, generation in files.items()]
    total = mileage.added([found, *calculate(mileage.of_file, arguments)])
    return {"archived_days": [str(day) for day in files], "movers": mileage.told(total)}


def _compliance(session: Session, reader: Reader, store: Store, asked: Asked, calculate: Calculate) -> Json:
    with session() as connection:
        dues = compliance.dues(connection, reader, asked)
        work = compliance.work_of(connection, reader, dues)
    seen = [each for part in calculate(compliance.seen_on, [(store, each) for each in work]) for each in part]
    with session() as connection:
        results = compliance.judge(connection, reader, dues, seen)
    archived = sorted({str(day) for each in work for day, _ in each.fixes})
    return {"archived_days": archived, "results": results}


def _files(entries: dict[date, Entry]) -> dict[date, int]:
    """Give the generations of days that are read from files."""
    return {entry.day: entry.generation for entry in readable(entries)}
