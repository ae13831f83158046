"""A bureau of each test's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from spatial.components.statistics import recount
from spatial.database import Database, connect
from spatial.database.cluster import Cluster
from spatial.people.readers import find_reader
from tests.databases import _clone, _template
from tests.spatial.components.bureau import Bureau, fill
from tests.spatial.rights.people import STAFF


@pytest.fixture
def bureau(cluster: Cluster, as_app: Callable[[str], str], tmp_path: Path) -> Iterator[Bureau]:
    with _clone(cluster, _template(cluster, "surveyed_town", fill)) as url:
        with connect(url) as owner:
            accounts = owner.execute("SELECT username, id FROM account").fetchall()
            staff = {name: find_reader(owner, number) for name, number in accounts if name in STAFF}
        database = Database(as_app(url), pool_size=3)
        database.open()
        yield Bureau(url, database, staff, tmp_path)
        with connect(url) as owner:
            assert recount(owner) == [], "whatever a survey does, the sums are those of the rows"
        database.close()
