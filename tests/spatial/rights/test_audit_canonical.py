"""The serialisation that is hashed: database and verifier write it alike, and never two rows alike."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial.database import connect
from spatial.rights.audit.canonical import ROW_FORM, row_hash, write
from tests.spatial.rights.logbook import file_in, found, seal_all

VALUES = st.lists(st.none() | st.text(alphabet="~:,0123a中", max_size=6), min_size=3, max_size=3)

HOSTILE = [
    "", "~", ",", "0:", "1:a,1:b", "a,b", "'; DROP TABLE audit --", '"quoted"', "line\nbreak\r\t",
    "中文，：～", "𠮷😀", "e\u0301 and é", "\u202e right to left", "\\u0041 \\ {}", "x" * 20_000,
]  # fmt: skip


def as_bytes(values: list[str | None]) -> list[bytes | None]:
    return [None if value is None else value.encode() for value in values]


@given(VALUES, VALUES)
def test_different_values_are_written_differently(one: list[str | None], other: list[str | None]) -> None:
    assert (write(ROW_FORM, as_bytes(one)) == write(ROW_FORM, as_bytes(other))) == (one == other)


@given(VALUES)
def test_what_is_written_can_be_read_back(values: list[str | None]) -> None:
    """Read by the lengths alone: there is one way only."""
    rest, read = write(b"f", as_bytes(values)).removeprefix(b"f"), []
    while rest:
        assert rest[:1] == b","
        if rest[1:2] == b"~":
            read.append(None)
            rest = rest[2:]
        else:
            length, _, rest = rest[1:].partition(b":")
            read.append(rest[: int(length)].decode())
            rest = rest[int(length) :]
    assert read == values


@pytest.mark.parametrize("text", HOSTILE)
def test_the_database_writes_a_value_as_we_do(postgis: Any, text: str) -> None:
    stored = postgis.execute("SELECT audit_text(%s)", [text]).fetchall()[0][0]
    assert b"f," + stored.encode() == write(b"f", [text.encode()])
    assert postgis.execute("SELECT audit_text(NULL)").fetchall() == [("~",)]


def test_hostile_rows_are_hashed_alike_here_and_there(fresh_url: str, tmp_path: Path) -> None:
    with connect(fresh_url, autocommit=True) as owner:
        for number, text in enumerate(HOSTILE):
            facts = {"text": text, "n": [number, -1.5e300, None, True, {}]}
            owner.execute(
                "SELECT set_config('citygrid.username', %(text)s, false),"
                " audit_record('test', %(text)s, %(text)s, %(text)s, NULL, to_jsonb(%(text)s), %(text)s),"
                " audit_record('test', NULL, NULL, NULL, %(facts)s::text::jsonb, NULL, '')",
                {"text": text, "facts": json.dumps(facts)},
            )
        seal_all(owner, file_in(tmp_path))
        assert owner.execute("SELECT count(*) FROM audit WHERE action = 'test'").fetchall() == [(30,)]
        assert found(owner, file_in(tmp_path)) == []


def test_the_hash_is_that_of_a_row_written_by_hand(postgis: Any) -> None:
    """The document of the form: docs/11-audit.md."""
    postgis.execute("SET LOCAL citygrid.account = '7'; SET LOCAL citygrid.username = '张三'")
    postgis.execute("SET LOCAL citygrid.address = '192.0.2.7'; SET LOCAL citygrid.request = 'r'")
    number = postgis.execute("SELECT audit_record('reveal', 'worker', '12', NULL, NULL, '{}', 'why')")
    row = postgis.execute(
        "SELECT (extract(epoch FROM at) * 1000000)::bigint, xid, cluster, id, hash FROM audit WHERE id = %s",
        number.fetchone(),
    ).fetchall()[0]
    micros, xid, cluster, row_id, stored = row
    texts: list[Any] = [
        micros, xid, cluster, 7, "张三", "citygrid", "citygrid", "192.0.2.7", "r", row_id, "reveal", "worker",
        "12", None, None, "{}", "why",
    ]  # fmt: skip
    assert row_hash(as_bytes([None if text is None else str(text) for text in texts])) == stored
