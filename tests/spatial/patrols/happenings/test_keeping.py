"""What devices tell that is no fix: how long it is kept, and who is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from spatial.database import connect, session
from spatial.database.notify import CHANNEL
from spatial.patrols.happenings.keeping import forget, keep
from spatial.patrols.protocols.fixes import Happened, Happening
from spatial.rights.reader import SYSTEM
from tests.spatial.patrols.intake.yard import NOW, Yard, open_yard, us


@pytest.fixture(scope="module")
def yard(make_city: Callable[..., Any], as_app: Callable[[str], str], master_key: Path) -> Iterator[Yard]:
    with open_yard(make_city, as_app, master_key) as made:
        yield made


def test_a_cry_of_another_time_is_told_as_of_whoever_has_the_device(yard: Yard) -> None:
    device = yard.device(0, "reset").id
    told = [(device, Happened(kind, 946_684_800_000_000)) for kind in (Happening.SOS, Happening.SIGN_IN)]
    with connect(yard.url, autocommit=True) as ear:
        ear.execute(f'LISTEN "{CHANNEL}"')  # type: ignore[call-overload]
        with session(yard.database, SYSTEM) as connection:
            assert keep(connection, told) == 2
        (heard,) = [note for note in ear.notifies(timeout=5, stop_after=1) if '"happening"' in note.payload]
    assert f"[{yard.movers[0]}]" in heard.payload
    assert yard.ask("SELECT kind, mover_id FROM happening ORDER BY kind") == [
        ("sign_in", None), ("sos", yard.movers[0]),
    ]  # fmt: skip


def test_what_came_long_ago_goes(yard: Yard) -> None:
    device = yard.device(1, "old").id
    told = [(device, Happened(Happening.NOTE, us(NOW - timedelta(days=days)))) for days in (0, 400)]
    with session(yard.database, SYSTEM) as connection:
        assert keep(connection, told) == 2
        assert forget(connection, 180) == 0, "it came just now, whatever the clock of the device says"
    yard.ask("UPDATE happening SET received_at = now() - interval '181 days' WHERE time > '2001-01-01'")
    with session(yard.database, SYSTEM) as connection:
        assert forget(connection, 180) == 2
