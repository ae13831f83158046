"""kill -9 of API, job process and PostgreSQL while phones send: what was acknowledged is there, once."""

from __future__ import annotations

import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from api.prepare import bring_up_to_date
from spatial.database import connect
from spatial.database.cluster import Cluster
from spatial.people.accounts import create_account
from spatial.people.keys import issue_token
from spatial.rights.envelope import make_master
from tests.api.fixes.stubborn import PHONES, Crowd, Site, open_site
from tests.spatial.patrols.intake.yard import fill

VICTIMS = ("api 1", "api 2", "postgresql", "jobs")
DURABLE = ("fsync", "synchronous_commit", "full_page_writes")
PEOPLE = """
INSERT INTO worker (code, name, phone, role, organisation_id)
SELECT 'p' || n, '*', '', 'grid_worker', (SELECT min(id) FROM organisation) FROM generate_series(0, %s) AS n
"""
PHONES_OF_PEOPLE = """
WITH made AS (
    INSERT INTO device (protocol, identity, state)
    SELECT 'osmand', code, 'active' FROM worker WHERE code LIKE 'p%%' RETURNING id, identity
)
INSERT INTO device_carrier (device_id, mover_id, since)
SELECT d.id, m.id, now() - interval '2 days'
FROM made AS d JOIN worker AS w ON w.code = d.identity JOIN mover AS m ON m.worker_id = w.id
"""


@pytest.fixture(scope="module")
def durable() -> Iterator[Cluster]:
    """A cluster that keeps its word, in a folder that the server's own user can reach."""
    with tempfile.TemporaryDirectory(prefix="citygrid-test-") as name:
        home = Path(name)
        home.chmod(0o755)
        cluster, master = Cluster(home), home / "secrets" / "master"
        url = cluster.ensure()
        make_master(master)
        bring_up_to_date(url, master=master)
        with connect(url) as connection:
            fill(connection)
            connection.execute(PEOPLE, [PHONES - 1])
            connection.execute(PHONES_OF_PEOPLE, [])
        yield cluster
        cluster.remove()


@pytest.fixture(scope="module")
def site(durable: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with open_site(durable, durable.home / "secrets" / "master", tmp_path_factory.mktemp("homes")) as opened:
        yield opened


@pytest.fixture(scope="module")
def token(durable: Cluster) -> str:
    with connect(durable.url()) as connection:
        account = create_account(connection, "gateway", "g", "district_administrator", "Gateway-key 17")
        return issue_token(connection, account, "gateway", timedelta(days=1))


@pytest.mark.parametrize(
    ("fixes", "kills"), [(10, 4), pytest.param(200, 60, marks=pytest.mark.slow)], ids=["short", "long"]
)
def test_every_acknowledged_fix_is_there_once(site: Site, token: str, fixes: int, kills: int) -> None:
    found = {name: site.ask(f"SHOW {name}")[0][0] for name in DURABLE}
    print(f"PostgreSQL: {found}")  # noqa: T201 - so that a log shows it
    assert set(found.values()) == {"on"}
    began_ms = int(time.time()) * 1_000 - (20 + fixes) * 3_600_000 // 10
    before = site.ask("SELECT count(*) FROM fix")[0][0]
    crowd, chance = Crowd(site.port, token, fixes, began_ms, seed=fixes), random.Random(fixes)
    victims = [*VICTIMS, *chance.choices(VICTIMS, k=kills)][:kills]
    chance.shuffle(victims)
    thread = crowd.start()
    for number, victim in enumerate(victims, 1):
        crowd.reach(number * fixes * PHONES // (kills + 1))
        time.sleep(chance.random() * 0.05)
        site.kill(victim)
    thread.join()
    assert crowd.wrong == []
    print(f"{kills} kills, {crowd.retries} retries, {len(crowd.acknowledged)} acknowledgements")  # noqa: T201
    assert crowd.retries > 0, "nobody noticed anything"
    assert len(set(crowd.acknowledged)) == fixes * PHONES
    _check(site, crowd, before)


def _check(site: Site, crowd: Crowd, before: int) -> None:
    """Each fix is there, once, and nothing else; and all that goes with it."""
    first = min(at_ms for _, at_ms in crowd.acknowledged)
    last = max(at_ms for _, at_ms in crowd.acknowledged)
    rows = [row for row in site.ask(FIXES) if first <= row[1] <= last]
    assert Counter(rows) == Counter(set(crowd.acknowledged))
    assert site.ask("SELECT count(*) FROM fix") == [(before + len(rows),)]
    assert site.ask(LAGGING) == [(0,)], "everybody stands where the last fix was"
    assert site.ask(UNGRADED) == [(0,)], "every day is graded with all of its fixes, or about to be"


FIXES = """
SELECT substr(d.identity, 2)::integer, (extract(epoch FROM f.time) * 1000)::bigint
FROM fix AS f JOIN device AS d ON d.id = f.device_id
"""
LAGGING = """
SELECT count(*) FROM last_position AS p
WHERE time <> (SELECT max(time) FROM fix WHERE mover_id = p.mover_id)
"""
UNGRADED = """
WITH held AS (
    SELECT mover_id, (time AT TIME ZONE 'Asia/Shanghai')::date AS day, count(*) AS fixes
    FROM fix GROUP BY 1, 2
)
SELECT count(*) FROM held
WHERE NOT EXISTS (SELECT FROM track_dirty AS d WHERE (d.mover_id, d.day) = (held.mover_id, held.day))
  AND fixes IS DISTINCT FROM (
    SELECT t.fixes FROM track_day AS t WHERE (t.mover_id, t.day) = (held.mover_id, held.day))
"""
