"""What terminals in vehicles are told of a task, by the queue of downlinks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg import Connection

from spatial.database import query
from spatial.patrols.downlinks import queue
from spatial.patrols.protocols.jt808.downlinks import MOST_TEXT_BYTES
from spatial.rights.reader import Reader
from spatial.tasks.people import ROOM


def text_for(*parts: str) -> str:
    """Write parts as lines that a terminal can show: what is too long is cut, what it cannot show is `?`."""
    lines = (" ".join(each.split()) for each in parts)
    text = "\n".join(line for line in lines if line)
    shown = "".join(each if each.isprintable() or each == "\n" else " " for each in text)
    cut = shown.encode("gbk", "replace")[:MOST_TEXT_BYTES]
    # Cut in the middle of a sign, half of it goes too.
    return cut.decode("gbk", "ignore").strip() or "?"


def tell(connection: Connection[Any], reader: Reader, task: int, movers: Sequence[int], text: str) -> int:
    """Have the terminals of some movers show a text; gives how many have one.

    connection: of the platform, which has checked that the reader may.
    """
    values = {"movers": list(movers), "protocols": list(queue.PROTOCOLS)}
    carried = connection.execute(query(ROOM, "terminals"), values).fetchall()
    order = queue.Order("text", {"text": text})
    told = [(mover, queue.put(connection, device, order, reader)) for mover, device in carried]
    if told:
        numbers = {"movers": [mover for mover, _ in told], "downlinks": [number for _, number in told]}
        connection.execute(query(ROOM, "told"), {"task": task, **numbers})
    return len(told)
