"""kill -9 in the middle of a publication, of the job process or of PostgreSQL: the old state or the new."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.prepare import bring_up_to_date
from spatial.database import connect
from spatial.database.cluster import Cluster
from spatial.database.roles import app_url
from spatial.rights.envelope import make_master
from tests.api.planning import Json, Office, corner, good, open_office
from tests.spatial.rights.town import GRIDS, build

ROOT = Path(__file__).parent.parent.parent
TABLES = ("coverage_version", "unit_version", "arc", "unit", "issued_code", "lineage", "unit_person", "node")


@pytest.fixture(scope="module")
def cluster_home() -> Iterator[Path]:
    """A folder that the server's own user can reach."""
    with tempfile.TemporaryDirectory(prefix="citygrid-test-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="module")
def durable(cluster_home: Path) -> Iterator[Cluster]:
    """A cluster that keeps its word, with a town in it."""
    cluster = Cluster(cluster_home)
    url = cluster.ensure()
    master = cluster_home / "secrets" / "master"
    make_master(master)
    bring_up_to_date(url, master=master)
    with connect(url) as connection:
        build(connection)
    yield cluster
    cluster.remove()


@pytest.fixture(scope="module")
def office(durable: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    url = durable.url()
    with open_office(url, app_url(url, durable.home), tmp_path_factory.mktemp("home")) as opened:
        yield opened


def picture(office: Office) -> dict[str, Any]:
    """Count and add up everything that a publication writes."""
    counts = {table: office.rows(f"SELECT count(*) FROM {table}")[0][0] for table in TABLES}  # noqa: S608
    areas = office.rows(
        "SELECT count(*), sum(area_m2) FROM unit_version"
        " WHERE level = 4 AND upper_inf(sys) AND upper_inf(valid)"
    )[0]
    arcs = office.rows("SELECT count(*) FROM arc WHERE upper_inf(sys) AND upper_inf(valid)")[0]
    stamps = office.rows("SELECT array_agg(unit_code ORDER BY id) FROM place")[0]
    return {**counts, "areas": areas, "arcs": arcs, "stamps": stamps}


def test_the_cluster_is_one_that_keeps_its_word(office: Office) -> None:
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        assert office.rows(f"SHOW {setting}") == [("on",)]


def once_it_answers(office: Office, plan: int) -> Json:
    """The pool needs a moment to find the server again."""
    for _ in range(600):
        answer = office["chief"].ask("GET", f"/api/plans/{plan}")
        if answer.status_code != 503:
            break
        time.sleep(0.1)
    return good(answer)


@pytest.mark.parametrize("victim", ["job", "server"])
@pytest.mark.parametrize(
    "statement", [20, *(pytest.param(number, marks=pytest.mark.slow) for number in (2, 8, 32, 45))]
)
def test_a_kill_leaves_the_old_state_or_the_new_one(
    durable: Cluster, office: Office, victim: str, statement: int
) -> None:
    plan = office["deputy"].draft(f"{victim} {statement}")
    unit = office["deputy"].units(plan)[GRIDS[0]]
    shape = unit["shape"]["coordinates"][0][0]
    south, north = min(y for _, y in shape), max(y for _, y in shape)
    row = ((south + north) / 2 - corner(0, 0)[1]) / 0.01
    office["deputy"].do(plan, "split", unit=unit["id"], line=[corner(-0.2, row), corner(1.0, row)])
    office["deputy"].submit(plan)
    office["chief"].post(f"/api/plans/{plan}/approve")
    office["chief"].post(f"/api/plans/{plan}/publish")
    old = picture(office)
    data = str(durable.data) if victim == "server" else ""
    command = [
        sys.executable,
        "-m",
        "tests.api.dying_publisher",
        office.app_url,
        office.url,
        str(statement),
        data,
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    durable.ensure()
    status = once_it_answers(office, plan)["status"]
    if status == "approved":
        assert picture(office) == old, done.stderr[-2000:]
        # A publisher that lives through the database's death says that it failed, and is asked again.
        if not office["chief"].get(f"/api/plans/{plan}")["publish_asked_at"]:
            office["chief"].post(f"/api/plans/{plan}/publish")
        office.publish_waiting()
    found = office["chief"].get(f"/api/plans/{plan}")
    assert found["status"] == "published", found["publish_problem"]
    new = picture(office)
    assert new["coverage_version"] == old["coverage_version"] + 1, "once, and once only"
    assert new["areas"][0] == old["areas"][0] + 1
    assert new["areas"][1] == pytest.approx(old["areas"][1], rel=1e-9)
