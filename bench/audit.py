"""What the audit log costs: inserted rows a second without it, with it, and with a chain from row to row.

    python -m bench.audit [--seconds N]

Places are inserted by 1 and 4 writers, one row a transaction and 500 rows a statement, into a private cluster
of its own with fsync on. While the log is on, the sealer works once a second as in the job process.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

from api.prepare import bring_up_to_date
from spatial.database import connect
from spatial.database.cluster import Cluster
from spatial.rights.audit.keys import ChainKeys
from spatial.rights.audit.roots import root_file
from spatial.rights.audit.sealer import Sealer
from spatial.rights.audit.verify import Report, verify

KEYS = ChainKeys.of(bytes(32))
INSERT = (
    "INSERT INTO place (kind, name, address, risk_level, geom, source, unit_code)"
    " SELECT 'school', 'place ' || n, 'Some Road 1', 4, ST_SetSRID(ST_MakePoint(116.3, 39.9), 4326), 'bench',"
    " '110108001001001' FROM generate_series(1, %s) AS n"
)
OURS = ("audit_insert", "audit_update", "audit_delete", "audit_truncate")
WRITERS = (1, 4)
ROWS = (1, 500)


class Case(NamedTuple):
    """One way to keep a record."""

    name: str
    triggers: tuple[str, ...]
    sealed: bool


CASES = (
    Case("no record", (), False),
    Case("audit log, sealed", OURS, True),
    Case("chain from row to row", ("chain",), False),
)


def main() -> None:
    """Measure and print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4.0)
    seconds = parser.parse_args().seconds
    with tempfile.TemporaryDirectory(prefix="citygrid-bench-") as home, _city(Path(home)) as url:
        table = Table("record", *(f"{w} writers, {r} rows a commit" for w in WRITERS for r in ROWS))
        for case in CASES:
            _switch(url, case)
            with _sealer(url, Path(home)) if case.sealed else nullcontext():
                speeds = [_rows_per_s(url, w, r, seconds) for w in WRITERS for r in ROWS]
            table.add_row(case.name, *(f"{speed:,.0f}/s" for speed in speeds))
        Console().print(table)
        print(_proved(url, Path(home)))


@contextmanager
def _city(home: Path) -> Iterator[str]:
    home.chmod(0o755)
    cluster = Cluster(home)
    try:
        url = cluster.ensure()
        bring_up_to_date(url)
        with connect(cluster.admin_url) as superuser:
            superuser.execute(Path(__file__).with_name("audit_chain.sql").read_text())
            superuser.execute("ALTER TABLE public.chained OWNER TO citygrid")
        yield url
    finally:
        cluster.remove()


def _switch(url: str, case: Case) -> None:
    with connect(url) as owner:
        for trigger in (*OURS, "chain"):
            how = "ENABLE ALWAYS" if trigger in case.triggers else "DISABLE"
            owner.execute(f"ALTER TABLE place {how} TRIGGER {trigger}")


def _sealer(url: str, home: Path) -> Sealer:
    return Sealer(url, lambda: KEYS, root_file(home))


def _rows_per_s(url: str, writers: int, rows: int, seconds: float) -> float:
    with ThreadPoolExecutor(writers) as pool:
        began = time.perf_counter()
        counts = list(pool.map(lambda _: _write(url, rows, began + seconds), range(writers)))
        return sum(counts) / (time.perf_counter() - began)


def _write(url: str, rows: int, until: float) -> int:
    count = 0
    with connect(url, autocommit=True) as connection:
        while time.perf_counter() < until:
            connection.execute(INSERT, [rows])
            count += rows
    return count


def _proved(url: str, home: Path) -> str:
    """Verify what was written: a log that is fast and wrong is worth nothing."""
    report: Any = Report()
    with connect(url, autocommit=True) as owner:
        _switch(url, CASES[1])
        began = time.perf_counter()
        findings = list(verify(owner, KEYS, root_file(home), report))
        speed = report.rows / (time.perf_counter() - began)
    wrong = [finding for finding in findings if finding.where != "place.chain"]
    return f"verified {report.rows:,} rows under {report.seals} seals at {speed:,.0f}/s: {wrong or 'sound'}"


if __name__ == "__main__":
    main()
