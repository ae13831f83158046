"""Say something to every process that listens, at the commit of the transaction."""

from __future__ import annotations

import json
from typing import Any

from psycopg import Connection

from spatial.database import query

CHANNEL = "citygrid"
FIXES_CHANNEL = "citygrid_fixes"
"""Says the number of each commit of fixes, often: whoever waits for anything else sleeps on."""


def notify(connection: Connection[Any], kind: str, **facts: Any) -> None:
    """Send one small message; PostgreSQL delivers it at commit, never on a roll-back.

    One message a transaction or batch, not a row: a notifying commit takes a cluster-wide lock.
    """
    payload = json.dumps({"kind": kind, **facts})
    connection.execute(query("spatial.database", "notify"), {"channel": CHANNEL, "payload": payload})
