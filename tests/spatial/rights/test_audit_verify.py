"""Tampering of every kind, by a superuser who switches the guards off and on again: all of it is found."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from spatial.database import connect
from spatial.database.cluster import Cluster
from spatial.rights.audit import verify_file
from spatial.rights.audit.findings import KINDS
from spatial.rights.audit.keys import ChainKeys
from spatial.rights.audit.merkle import root_of
from spatial.rights.audit.partitions import ensure_months, partition_of
from spatial.rights.audit.roots import Root, RootFile
from spatial.rights.audit.triggers import watch
from spatial.rights.audit.verify import Report, verify
from tests.spatial.rights.logbook import KEYS, REHASHED, add_place, file_in, found, seal_all

SEALS = 6


@dataclass
class Log:
    """A sealed log, and a superuser with the guards off."""

    url: str
    superuser: Connection[Any]
    file: RootFile

    def run(self, statement: str, *values: Any) -> list[Any]:
        """Do what no trigger lets anybody do."""
        tables = [name for (name,) in self.superuser.execute(
            "SELECT relname FROM pg_class WHERE relname LIKE 'audit%%' AND relkind IN ('r', 'p')"
            " AND relnamespace = 'city'::regnamespace", []).fetchall()]  # fmt: skip
        for table in tables:
            self.superuser.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        cursor = self.superuser.execute(statement, values)
        rows = cursor.fetchall() if cursor.description else []
        for table in tables:
            self.superuser.execute(f"ALTER TABLE IF EXISTS {table} ENABLE ALWAYS TRIGGER audit_keep")
        return rows

    def row(self, name: str) -> int:
        """Find the log's row about the place of a name."""
        return self.run("SELECT id FROM audit WHERE after->>'name' = %s", name)[0][0]

    def root_over(self, name: str) -> Root:
        """Find the root over that row."""
        columns = ", ".join(f"r.{column}" for column in Root.__dataclass_fields__)
        return Root(*self.run(
            f"SELECT {columns} FROM audit_root AS r, audit AS a WHERE a.after->>'name' = %s"  # noqa: S608
            " AND r.from_xid <= a.xid AND a.xid < r.until_xid", name)[0])  # fmt: skip

    def rewrite(self, root: Root, keys: ChainKeys) -> Root:
        """Put another root in the place of one, as somebody would who has these keys."""
        made = root.chained(keys)
        self.run(
            "UPDATE audit_root SET merkle_root = %s, row_count = %s, sealed_at = %s, key_id = %s,"
            " previous = %s, chain = %s WHERE id = %s",
            made.merkle_root, made.row_count, made.sealed_at, made.key_id, made.previous, made.chain, root.id,
        )  # fmt: skip
        return made

    def leaves(self, root: Root) -> list[bytes]:
        rows = self.run(
            "SELECT hash FROM audit WHERE xid >= %s AND xid < %s ORDER BY xid, id",
            root.from_xid, root.until_xid,
        )  # fmt: skip
        return [bytes(leaf) for (leaf,) in rows]

    def kinds(self, keys: ChainKeys = KEYS, report: Report | None = None) -> list[str]:
        return [finding.kind for finding in self.findings(keys, report)]

    def findings(self, keys: ChainKeys = KEYS, report: Report | None = None) -> list[Any]:
        with connect(self.url, autocommit=True) as owner:
            return found(owner, self.file, keys, report)

    def seal(self, keys: ChainKeys = KEYS) -> list[Root]:
        with connect(self.url, autocommit=True) as owner:
            return seal_all(owner, self.file, keys)

    def lines(self) -> list[str]:
        return self.file.path.read_text().splitlines()

    def write_lines(self, lines: list[str]) -> None:
        self.file.path.write_text("".join(f"{line}\n" for line in lines))


@pytest.fixture(scope="module")
def sealed(make_city: Any, cluster: Cluster) -> Iterator[Log]:
    """Six seals: the bring-up's, then places p0 … p9, two a seal; and a copy of it all to go back to."""
    with tempfile.TemporaryDirectory() as folder, make_city(lambda owner: None) as url:
        file = file_in(Path(folder))
        with connect(url, autocommit=True) as owner:
            seal_all(owner, file)
            for number in range(0, 10, 2):
                with owner.transaction():
                    add_place(owner, f"p{number}")
                    add_place(owner, f"p{number + 1}")
                seal_all(owner, file)
        name = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
        with connect(cluster.url("postgres", name), autocommit=True) as superuser:
            for table in ("audit", "audit_root"):
                superuser.execute(f"CREATE TABLE public.kept_{table} AS TABLE {table}")
            yield Log(url, superuser, file)


@pytest.fixture
def log(sealed: Log) -> Iterator[Log]:
    """The sealed log, put back after the test as it was."""
    text = sealed.file.path.read_bytes()
    yield Log(sealed.url, sealed.superuser, sealed.file)
    with connect(sealed.url) as owner:
        ensure_months(owner, datetime.now(UTC).date())
        watch(owner)
    for table in ("audit", "audit_root"):
        sealed.run(f"DELETE FROM {table}")  # noqa: S608
        sealed.run(f"INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT * FROM public.kept_{table}")  # noqa: S608
    sealed.file.path.write_bytes(text)


def test_an_untouched_log_is_sound(log: Log) -> None:
    report = Report()
    assert log.findings(report=report) == []
    assert report.rows == log.run("SELECT count(*) FROM audit")[0][0]
    assert (report.seals, report.roots, report.waiting) == (SEALS, SEALS, 0)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("username", "somebody"), ("account_id", 99), ("role", "viewer"), ("database_user", "x"),
        ("address", "192.0.2.1"), ("request", "r"), ("action", "delete"), ("relation", "event"),
        ("row_key", "1"), ("unit_code", "1"), ("before", "{}"), ("after", '{"name": "p4 "}'),
        ("reason", ""), ("hash", b"x" * 32),
    ],
)  # fmt: skip
def test_a_changed_column_is_found_with_its_row(log: Log, column: str, value: Any) -> None:
    row = log.row("p4")
    log.run(f"UPDATE audit SET {column} = %s WHERE id = %s", value, row)  # noqa: S608
    findings = log.findings()
    assert findings[0].kind == "changed row"
    assert f"row {row} " in findings[0].where
    assert len(findings) == (2 if column == "hash" else 1)


def test_a_row_with_another_date_or_number_is_found(log: Log) -> None:
    log.run("UPDATE audit SET at = at + interval '1 second' WHERE id = %s", log.row("p4"))
    log.run("ALTER TABLE audit ALTER id SET GENERATED BY DEFAULT")
    log.run("UPDATE audit SET id = id + 10000 WHERE id = %s", log.row("p7"))
    log.run("ALTER TABLE audit ALTER id SET GENERATED ALWAYS")
    assert log.kinds() == ["changed row", "changed row"]


@pytest.mark.parametrize("forth", [True, False])
def test_a_row_moved_to_a_transaction_under_another_seal_is_found(log: Log, forth: bool) -> None:
    root = log.root_over("p7")
    xid = root.until_xid if forth else root.from_xid - 1
    log.run("UPDATE audit SET xid = %s WHERE id = %s", xid, log.row("p7"))
    assert sorted(log.kinds()) == ["changed row", "inserted rows", "removed rows"]


def test_a_row_moved_to_another_transaction_under_its_seal_is_found(log: Log) -> None:
    root = log.root_over("p7")
    # Its order among the seal's rows is another one then.
    log.run("UPDATE audit SET xid = %s WHERE id = %s", root.from_xid, log.row("p7"))
    assert sorted(log.kinds()) == ["changed row", "changed rows"]


def test_a_changed_row_with_its_hash_made_anew_is_found_under_its_seal(log: Log) -> None:
    row, root = log.row("p4"), log.root_over("p4")
    log.run("UPDATE audit SET username = 'nobody' WHERE id = %s", row)
    log.run(f"{REHASHED} WHERE id = %s", row)
    (finding,) = log.findings()
    assert finding.kind == "changed rows"
    assert f"seal {root.id} " in finding.where
    assert f"rows {root.first_id} to {root.last_id}" in finding.where


def test_a_changed_row_with_hash_and_root_made_anew_is_a_forged_root(log: Log) -> None:
    row, root = log.row("p4"), log.root_over("p4")
    log.run("UPDATE audit SET username = 'nobody' WHERE id = %s", row)
    log.run(f"{REHASHED} WHERE id = %s", row)
    log.run("UPDATE audit_root SET merkle_root = %s WHERE id = %s", root_of(log.leaves(root)), root.id)
    (finding,) = log.findings()
    assert finding.kind == "forged root"
    assert f"root {root.id} " in finding.where


def test_a_chain_rewritten_to_its_end_without_the_key_is_found(log: Log) -> None:
    """Row, hash, Merkle root and every chain value after it: all agree, only the key is missing."""
    root = log.root_over("p4")
    log.run("DELETE FROM audit WHERE id = %s", log.row("p4"))
    guess, previous = ChainKeys.of(b"a guess"), b""
    for number in range(root.id, SEALS + 1):
        names = ", ".join(Root.__dataclass_fields__)
        old = Root(*log.run(f"SELECT {names} FROM audit_root WHERE id = %s", number)[0])  # noqa: S608
        leaves = log.leaves(old)
        new = replace(
            old, merkle_root=root_of(leaves), row_count=len(leaves), previous=previous or old.previous
        )
        # The chain is made with the guessed key, under the name of the true one.
        made = replace(new.chained(guess), key_id=old.key_id)
        made = replace(made, chain=replace(made, chain=b"").chained(guess).chain)
        log.run(
            "UPDATE audit_root SET merkle_root = %s, row_count = %s, previous = %s, chain = %s WHERE id = %s",
            made.merkle_root, made.row_count, made.previous, made.chain, number,
        )  # fmt: skip
        previous = made.chain
    kinds = log.kinds()
    assert kinds.count("forged root") == SEALS + 1 - root.id
    assert "differs from file" in kinds
    log.file.path.unlink()
    assert log.kinds().count("forged root") == SEALS + 1 - root.id


def test_a_chain_rewritten_with_the_key_still_differs_from_the_file(log: Log) -> None:
    root = log.root_over("p9")
    log.run("DELETE FROM audit WHERE id = %s", log.row("p9"))
    leaves = log.leaves(root)
    log.rewrite(replace(root, merkle_root=root_of(leaves), row_count=len(leaves)), KEYS)
    (finding,) = log.findings()
    assert (finding.kind, finding.where) == ("differs from file", f"from line {root.id}")


def test_a_removed_row_is_found(log: Log) -> None:
    root = log.root_over("p4")
    log.run("DELETE FROM audit WHERE id = %s", log.row("p4"))
    (finding,) = log.findings()
    assert finding.kind == "removed rows"
    assert f"seal {root.id} " in finding.where
    assert "2 rows were sealed, 1 are there" in finding.text


def test_all_rows_of_a_seal_removed_are_found(log: Log) -> None:
    log.run("DELETE FROM audit WHERE id IN (%s, %s)", log.row("p4"), log.row("p5"))
    assert log.kinds() == ["removed rows"]


COPY_OF = (
    "INSERT INTO audit OVERRIDING SYSTEM VALUE SELECT nextval('audit_id_seq'), {at}, {xid}, {cluster},"
    " account_id, username, role, database_user, address, request, action, relation, 'forged', unit_code,"
    " before, after, reason, hash FROM audit WHERE id = %s"
)


def forge(log: Log, model: str, at: str = "at", xid: str = "xid", cluster: str = "cluster") -> None:
    """Put a row in like another one, with a hash that is right."""
    log.run(COPY_OF.format(at=at, xid=xid, cluster=cluster), log.row(model))
    log.run(f"{REHASHED} WHERE row_key = 'forged'")


def test_an_inserted_row_is_found_under_its_seal(log: Log) -> None:
    forge(log, "p4")
    (finding,) = log.findings()
    assert finding.kind == "inserted rows"
    assert "2 rows were sealed, 3 are there" in finding.text


def test_a_row_inserted_between_the_seals_is_found(log: Log) -> None:
    """In a month that had no rows then: no seal covers it, though its transaction was sealed."""
    forge(log, "p4", at="at + interval '40 days'")
    (finding,) = log.findings()
    assert finding.kind == "inserted rows"
    assert "sealed without it" in finding.text


def test_a_row_put_in_later_under_an_earlier_date_is_found(log: Log) -> None:
    forge(log, "p4", at="at - interval '2 hours'", xid="pg_current_xact_id()::text::bigint")
    if log.run("SELECT count(DISTINCT date_trunc('month', at AT TIME ZONE 'UTC')) FROM audit")[0][0] == 1:
        assert "wrong date" not in log.kinds(), "it is not sealed yet"
    log.seal()
    assert "wrong date" in log.kinds() or "missing month" in log.kinds()


def test_a_row_dated_after_its_seal_is_found(log: Log) -> None:
    forge(log, "p4", at="clock_timestamp() + interval '5 minutes'", xid="pg_current_xact_id()::text::bigint")
    log.seal()
    assert log.kinds() == ["wrong date"]


def test_a_row_of_a_transaction_that_has_not_begun_is_found(log: Log) -> None:
    forge(log, "p4", xid="xid + 1000000")
    (finding,) = log.findings()
    assert "has not begun" in finding.text


@pytest.mark.parametrize("xid", ["xid", "xid + 1000000"])
def test_a_row_of_another_cluster_is_found(log: Log, xid: str) -> None:
    forge(log, "p4", xid=xid, cluster="cluster + 1")
    assert log.kinds() == ["foreign row"]


def test_rows_that_wait_for_their_seal_are_counted(log: Log) -> None:
    add_place(log.superuser, "new")
    report = Report()
    assert log.findings(report=report) == []
    assert report.waiting == 1
    assert report.waiting_since and datetime.now(UTC) - report.waiting_since < timedelta(minutes=5)


def test_a_root_removed_from_the_middle_is_found(log: Log) -> None:
    log.run("DELETE FROM audit_root WHERE id = 3")
    kinds = log.kinds()
    assert kinds[0] == "removed roots"
    assert "truncated tail" in kinds, "the file knows it"
    assert kinds.count("inserted rows") == 2, "its rows have no seal now"


def test_a_root_removed_and_the_numbers_closed_up_is_found(log: Log) -> None:
    log.run("DELETE FROM audit_root WHERE id = 3")
    log.run("UPDATE audit_root SET id = id - 1 WHERE id > 3")
    assert {"broken chain", "forged root"} <= set(log.kinds())


def test_the_first_root_removed_is_found(log: Log) -> None:
    log.run("DELETE FROM audit_root WHERE id = 1")
    assert "removed roots" in log.kinds()


@pytest.mark.parametrize("seals", [1, 2])
def test_a_tail_cut_off_with_its_rows_is_known_to_the_file(log: Log, seals: int) -> None:
    root = SEALS - seals
    log.run("DELETE FROM audit WHERE xid >= (SELECT until_xid FROM audit_root WHERE id = %s)", root)
    log.run("DELETE FROM audit_root WHERE id > %s", root)
    (finding,) = log.findings()
    assert finding.kind == "truncated tail"
    assert f"roots {root + 1} to {SEALS}" in finding.text
    # Going on as if nothing had been does not heal it.
    add_place(log.superuser, "later")
    log.seal()
    kinds = log.kinds()
    assert {"log set back", "differs from file"} <= set(kinds)
    assert ("truncated tail" in kinds) == (seals > 1)


def test_everything_gone_is_known_to_the_file(log: Log) -> None:
    log.run("DELETE FROM audit")
    log.run("DELETE FROM audit_root")
    assert log.kinds() == ["truncated tail"]


def test_a_month_that_is_gone_without_a_drop_is_found(log: Log) -> None:
    log.run(f"DROP TABLE {partition_of(datetime.now(UTC).date())}")
    (finding,) = log.findings()
    assert finding.kind == "missing month"
    assert f"under {SEALS} seals are gone, and no drop" in finding.text


def test_a_drop_put_on_record_without_the_key_is_a_forged_root(log: Log) -> None:
    """As somebody would who drops a month and calls it retention."""
    log.run(f"DROP TABLE {partition_of(datetime.now(UTC).date())}")
    log.run(
        "INSERT INTO audit_root SELECT id + 1, 'drop', cluster, month, 0, until_xid, next_xid,"
        " (SELECT sum(row_count) FROM audit_root), first_id, last_id, merkle_root, now(), key_id, chain,"
        " sha256('guess') FROM audit_root WHERE id = %s", SEALS,
    )  # fmt: skip
    assert {"forged root", "wrong drop"} <= set(log.kinds())


@pytest.mark.parametrize(
    ("harm", "kind"),
    [
        (lambda lines: [lines[0], lines[1].replace("seal", "drop"), *lines[2:]], "broken file"),
        (lambda lines: [lines[0], "x", *lines[1:]], "broken file"),
        (lambda lines: [lines[0], "{}", *lines[1:]], "broken file"),
        (lambda lines: [*lines, '{"id": 9'], "broken file"),
        (lambda lines: lines[:2] + lines[3:], "missing in file"),
        (lambda lines: lines[1:], "missing in file"),
        (lambda lines: [lines[1], lines[0], *lines[2:]], "log set back"),
    ],
)
def test_an_altered_file_is_found(log: Log, harm: Callable[[list[str]], list[str]], kind: str) -> None:
    log.write_lines(harm(log.lines()))
    assert kind in log.kinds()


def test_a_file_that_lost_its_tail_is_found_once_that_is_old(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.write_lines(log.lines()[:2])
    # Roots of this very moment may be on their way to the file; the moment is longer than any run of tests.
    assert timedelta(minutes=5) > verify_file.FILE_DELAY
    monkeypatch.setattr(verify_file, "FILE_DELAY", timedelta(days=1))
    root = log.root_over("p2")
    assert log.kinds() == []
    aged = log.rewrite(replace(root, sealed_at=root.sealed_at - timedelta(days=1, minutes=5)), KEYS)
    kinds = log.kinds()
    assert aged.id == 3
    assert "missing in file" in kinds


def test_roots_of_another_key_are_not_called_forged(log: Log) -> None:
    """The master key was replaced or lost: what cannot be proved is said once, and is no proof of harm."""
    kinds = log.kinds(ChainKeys.of(b"the new key"))
    assert kinds == ["unknown key"]


def test_a_replaced_key_is_known_for_the_roots_it_made(log: Log) -> None:
    both = ChainKeys.of(b"the new key", [KEYS.current])
    add_place(log.superuser, "under the new key")
    log.seal(both)
    assert log.kinds(both) == []
    assert log.kinds() == ["unknown key"]


def test_a_missing_trigger_is_found(log: Log) -> None:
    log.superuser.execute("ALTER TABLE event DISABLE TRIGGER audit_update")
    (finding,) = log.findings()
    assert (finding.kind, finding.where) == ("unwatched", "event.audit_update")


def test_a_copy_of_the_file_on_another_machine_proves_what_both_here_deny(log: Log, tmp_path: Path) -> None:
    elsewhere = RootFile(tmp_path / "copy.log")
    elsewhere.path.write_bytes(log.file.path.read_bytes())
    log.run("DELETE FROM audit WHERE xid >= (SELECT until_xid FROM audit_root WHERE id = %s)", SEALS - 1)
    log.run("DELETE FROM audit_root WHERE id = %s", SEALS)
    log.write_lines(log.lines()[:-1])
    assert log.kinds() == []
    log.file = elsewhere
    assert log.kinds() == ["truncated tail"]


def test_verifying_may_go_on_while_the_city_works(log: Log) -> None:
    """All is read from one snapshot, and the file before it."""
    with connect(log.url, autocommit=True) as owner:
        told: list[str] = []
        findings = verify(owner, KEYS, log.file, Report(), told.append)
        add_place(log.superuser, "meanwhile")
        log.seal()
        assert list(findings) == []
        assert told[0] == "the chain of roots"


def test_every_kind_of_finding_has_a_test() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    others = (Path(__file__).parent / "test_audit_retention.py").read_text(encoding="utf-8")
    assert [kind for kind in KINDS if text.count(f'"{kind}"') + others.count(f'"{kind}"') == 0] == []
