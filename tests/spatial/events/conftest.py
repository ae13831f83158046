"""A town of their own for the tests of events."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection

from tests.spatial.events.desk import Town, open_town
from tests.spatial.rights.town import build


def _at_work(connection: Connection[Any]) -> None:
    """The town by day: everybody is on duty."""
    build(connection)
    connection.execute("UPDATE worker SET on_duty = true")


@pytest.fixture(scope="module")
def town(
    make_city: Callable[..., Any],
    as_app: Callable[[str], str],
    tmp_path_factory: pytest.TempPathFactory,
    master_key: Path,
) -> Iterator[Town]:
    with (
        make_city(_at_work) as url,
        open_town(url, as_app(url), tmp_path_factory.mktemp("home"), master_key) as opened,
    ):
        yield opened
