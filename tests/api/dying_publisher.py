"""Publishes what waits, and has itself or the database killed in the middle: run by test_plans_crash.py."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

import psycopg

from api.plan_jobs import PlanPublisher
from spatial.database import Database, session
from spatial.rights.reader import SYSTEM


def die_at(statement: int, victim: int) -> None:
    """Send SIGKILL before the owner's connection executes its nth statement."""
    execute = psycopg.Connection.execute
    seen = 0

    def counted(self: Any, query: Any, *rest: Any, **named: Any) -> Any:
        nonlocal seen
        if self.info.user == "citygrid":
            seen += 1
            if seen == statement:
                os.kill(victim, signal.SIGKILL)
        return execute(self, query, *rest, **named)

    psycopg.Connection.execute = counted  # type: ignore[method-assign]


def main(app_url: str, owner_url: str, statement: int, data: str) -> None:
    """data: folder of the cluster whose server is to be killed; empty: this process is."""
    victim = int(Path(data, "postmaster.pid").read_text().splitlines()[0]) if data else os.getpid()
    publisher, database = PlanPublisher(app_url, owner_url), Database(app_url, pool_size=3)
    database.open()
    with session(database, SYSTEM) as connection:
        claimed = publisher.claim(connection)
    assert claimed is not None
    die_at(statement, victim)
    publisher.work(database, claimed)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4])
