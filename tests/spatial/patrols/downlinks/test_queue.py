"""What may be put into the queue of terminals, and what is taken out of it."""

from __future__ import annotations

from typing import Any

import pytest
from psycopg import Connection
from psycopg.types.json import Jsonb

from spatial.errors import InvalidInput
from spatial.patrols.downlinks import queue
from spatial.patrols.downlinks.queue import Order
from spatial.patrols.protocols.jt808.downlinks import Text
from spatial.rights.reader import SYSTEM


@pytest.fixture
def device(postgis: Connection[Any]) -> int:
    row = postgis.execute(
        "INSERT INTO device (protocol, identity, state) VALUES ('jt808', '1', 'active') RETURNING id"
    ).fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize(
    ("kind", "content", "where"),
    [
        ("text", {"text": " "}, "text"),
        ("text", {"text": "\x00"}, "text"),
        ("interval", {"seconds": "10"}, "seconds"),
        ("tracking", {"seconds": 10}, "for_s"),
        ("text", ["a"], "content"),
        ("dance", {}, "kind"),
    ],
)
def test_what_cannot_be_told_is_not_put_in(
    postgis: Connection[Any], device: int, kind: str, content: Any, where: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        queue.put(postgis, device, Order(kind, content), SYSTEM)
    assert refused.value.problems[0].where == where
    assert postgis.execute("SELECT count(*) FROM downlink").fetchall() == [(0,)]


def test_nobody_waits_for_an_order_that_cannot_be_written(postgis: Connection[Any], device: int) -> None:
    add = (
        "INSERT INTO downlink (device_id, kind, content, expires_at)"
        " VALUES (%s, %s, %s, now() + interval '1 hour')"
    )
    bad = [("text", []), ("text", "a"), ("text", None), ("interval", {"seconds": None}), ("text", {})]
    for kind, content in [*bad, ("text", {"text": "a"})]:
        postgis.execute(add, [device, kind, Jsonb(content)])
    assert [each.message for each in queue.claim(postgis, [device])] == [Text("a")]
    rows = postgis.execute("SELECT state, reason <> '' FROM downlink ORDER BY id").fetchall()
    assert rows == [("failed", True)] * len(bad) + [("sent", False)]
    assert queue.claim(postgis, [device]) == []
