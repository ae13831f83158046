"""A town whose rounds have been graded, added up and cut."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest

from spatial.database import Database, connect
from spatial.patrols.grader import grade_dirty
from spatial.patrols.heat.keeping import fold
from spatial.patrols.heat.shown import show
from spatial.rights.reader import Reader
from tests.spatial.patrols.heat.rounds import TODAY, fill
from tests.spatial.rights.people import cast


class Walked(NamedTuple):
    """A database of the town, as its owner and as the workers reach it, and who asks."""

    url: str
    database: Database
    readers: dict[str, Reader]


@pytest.fixture(scope="module")
def walked(make_city: Callable[..., Any], as_app: Callable[[str], str]) -> Iterator[Walked]:
    """The town after three weeks of rounds; of a file's own."""
    with make_city(fill) as url:
        database = Database(as_app(url), pool_size=3)
        database.open()
        grade_dirty(database)
        with connect(url) as owner:
            assert fold(owner, TODAY) > 3
            while show(owner, TODAY, 3):
                pass
            readers = cast(owner)
        yield Walked(url, database, readers)
        database.close()
