"""Clear text: who has it, that nobody has it without a record, and that it stands nowhere else."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg import sql

from spatial.database import connect, query, session
from spatial.errors import CitygridError, Forbidden, InvalidInput, NotFound, TooMany, Unavailable
from spatial.rights.envelope import Keyring, Place, wrap
from spatial.rights.masks import MASKS
from spatial.rights.personal import CLASSIFIED, Wanted, masked_row, normal, reveal, seal, search
from spatial.rights.reader import SYSTEM, Reader
from spatial.rights.rules import RESPONDERS, rule_of
from tests.spatial.rights.people import in_reach
from tests.spatial.rights.town import STREETS
from tests.spatial.rights.vault import PLENTY, Vault, make_vault

CHIEF = "district_administrator of the city"
STREET = "street_administrator of street 1"
REASON = "call back about the ticket"


@pytest.fixture(scope="module")
def vault(cluster: Any, as_app: Callable[[str], str], tmp_path_factory: Any) -> Iterator[Vault]:
    from tests.databases import _clone, _fill_empty, _template

    folder = tmp_path_factory.mktemp("vault")
    with (
        _clone(cluster, _template(cluster, "empty", _fill_empty)) as url,
        make_vault(url, as_app(url), folder) as made,
    ):
        yield made


@pytest.fixture(autouse=True)
def _no_brake(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let every test begin its hour anew."""
    yield
    if "vault" in request.fixturenames:
        request.getfixturevalue("vault").own("DELETE FROM clear_read")


def shown(vault: Vault, reader: Reader, relation: str, key: int, field: str, reason: str = REASON) -> str:
    return reveal(vault.database, reader, vault.master, Wanted(relation, key, field, reason), PLENTY)


def found(vault: Vault, reader: Reader, relation: str, field: str, value: str) -> list[int]:
    rows = search(vault.database, reader, vault.master, relation, field, value, PLENTY)
    return [row[CLASSIFIED[relation].key] for row in rows]


def first(vault: Vault, relation: str = "worker") -> int:
    return min(key for name, key in vault.clear if name == relation)


def test_only_who_handles_things_has_clear_text_and_only_of_the_own_rows(vault: Vault) -> None:
    """Every role and reach against every row, by hand: in_reach never asks a policy."""
    counted = {"given": 0, "refused": 0, "missing": 0}
    for reader in vault.readers.values():
        for (relation, key), texts in vault.clear.items():
            own = relation == "worker" and key == reader.worker_id
            if reader.role not in RESPONDERS:
                with pytest.raises(Forbidden):
                    shown(vault, reader, relation, key, "phone")
                counted["refused"] += 1
            elif own or in_reach(reader, *vault.units[relation, key]):
                assert shown(vault, reader, relation, key, "phone") == texts["phone"]
                counted["given"] += 1
            else:
                with pytest.raises(NotFound):
                    shown(vault, reader, relation, key, "phone")
                counted["missing"] += 1
    assert min(counted.values()) > 50


def test_every_classified_field_comes_back(vault: Vault) -> None:
    for (relation, key), texts in vault.clear.items():
        for field, text in texts.items():
            assert shown(vault, vault.readers[CHIEF], relation, key, field) == text


def test_a_foreign_row_and_one_that_is_not_there_are_refused_alike(vault: Vault) -> None:
    reader = vault.readers[STREET]
    foreign = next(
        key
        for (relation, key), (unit, _) in vault.units.items()
        if relation == "worker" and unit.startswith(STREETS[1])
    )
    said = []
    for key in (foreign, 987_654):
        with pytest.raises(NotFound) as error:
            shown(vault, reader, "worker", key, "phone")
        said.append(str(error.value).replace(str(key), "?"))
    assert said == ["there is no worker '?'"] * 2
    assert vault.own("SELECT count(*) FROM clear_read") == [(0,)]


def test_a_key_for_reading_maps_has_no_clear_text(vault: Vault) -> None:
    for reader in (dataclasses.replace(vault.readers[CHIEF], scope="read"), SYSTEM):
        with pytest.raises(Forbidden):
            shown(vault, reader, "worker", first(vault), "phone")
        with pytest.raises(Forbidden):
            found(vault, reader, "worker", "phone", "13910000000")


@pytest.mark.parametrize("reason", ["", "   ", "abc", "  abc  ", "x" * 501])
def test_without_a_reason_there_is_no_clear_text(vault: Vault, reason: str) -> None:
    with pytest.raises(InvalidInput) as error:
        shown(vault, vault.readers[CHIEF], "worker", first(vault), "phone", reason)
    assert error.value.problems[0].where == "reason"
    with (
        session(vault.database, vault.readers[CHIEF]) as connection,
        pytest.raises(psycopg.errors.CheckViolation),
    ):
        ask(connection, "worker", first(vault), "phone", reason)


def test_a_field_that_is_not_classified_is_refused(vault: Vault) -> None:
    for field in ("code", "name_cipher", "role; --", "id_number"):
        with pytest.raises(InvalidInput) as error:
            shown(vault, vault.readers[CHIEF], "worker", first(vault), field)
        assert error.value.problems[0].where == "field"


def refused() -> Any:
    """Expect PostgreSQL itself to refuse."""
    return pytest.raises(psycopg.errors.InsufficientPrivilege)


def ask(connection: Any, relation: str, key: int, field: str, reason: str = REASON) -> int:
    values = {"action": "reveal", "relation": relation, "field": field, "key": key, "reason": reason}
    return connection.execute(query("spatial.rights", "clear_read_ask"), values).fetchall()[0][0]


def fetch(connection: Any, read_id: int) -> bytes:
    return connection.execute("SELECT clear_cipher(%s)", [read_id]).fetchall()[0][0]


def test_every_reveal_is_one_entry_in_the_log(vault: Vault) -> None:
    reader, before = vault.readers[STREET], len(vault.entries("reveal"))
    key = next(k for (t, k), (unit, _) in vault.units.items() if t == "reporter" and in_reach(reader, unit))
    shown(vault, reader, "reporter", key, "id_number", "  check the identity  ")
    entries = vault.entries("reveal")[before:]
    unit = vault.units["reporter", key][0]
    assert entries == [
        (reader.account_id, "reporter", str(key), unit, {"field": "id_number"}, "check the identity")
    ]


def test_a_record_that_is_rolled_back_opens_nothing(vault: Vault) -> None:
    reader, read_id = vault.readers[CHIEF], 0
    with pytest.raises(ZeroDivisionError), session(vault.database, reader) as connection:
        read_id = ask(connection, "worker", first(vault), "phone")
        raise ZeroDivisionError
    with session(vault.database, reader) as connection, refused():
        fetch(connection, read_id)


@pytest.mark.parametrize("nested", [False, True])
def test_nobody_reads_in_the_transaction_that_asks(vault: Vault, nested: bool) -> None:
    """Else one could read and roll the record back; nor does a savepoint make it another transaction."""
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="no committed record"),
        session(vault.database, vault.readers[CHIEF]) as connection,
    ):
        if nested:
            with connection.transaction():
                read_id = ask(connection, "worker", first(vault), "phone")
            with connection.transaction():
                fetch(connection, read_id)
        fetch(connection, ask(connection, "worker", first(vault), "phone"))


def test_the_record_stays_whatever_becomes_of_the_reading(vault: Vault) -> None:
    reader, before = vault.readers[CHIEF], len(vault.entries("reveal"))
    with session(vault.database, reader) as connection:
        read_id = ask(connection, "worker", first(vault), "phone")
    with pytest.raises(ZeroDivisionError), session(vault.database, reader) as connection:
        assert fetch(connection, read_id)
        raise ZeroDivisionError
    assert len(vault.entries("reveal")) == before + 1


def test_a_record_opens_once_and_for_its_account_and_for_a_minute(vault: Vault) -> None:
    reader, other = vault.readers[CHIEF], vault.readers["commander of the city"]
    with session(vault.database, reader) as connection:
        once, late = (ask(connection, "worker", first(vault), "phone") for _ in range(2))
    with session(vault.database, other) as connection, refused():
        fetch(connection, once)
    with session(vault.database, reader) as connection:
        assert fetch(connection, once)
    vault.own("UPDATE clear_read SET at = at - interval '61 seconds' WHERE id = %s", [late])
    for read_id in (once, late, 10**9):
        with (
            session(vault.database, reader) as connection,
            refused(),
        ):
            fetch(connection, read_id)


def test_who_asks_when_and_in_which_transaction_cannot_be_forged(vault: Vault) -> None:
    reader, other = vault.readers[CHIEF], vault.readers["commander of the city"]
    with session(vault.database, reader) as connection:
        row = connection.execute(
            "INSERT INTO clear_read (account_id, action, relation, field, row_key, reason, at, xid, used_at)"
            " VALUES (%s, 'reveal', 'worker', 'phone', %s, 'some reason', now() + interval '1 day', 1, now())"
            " RETURNING account_id, at <= now(), xid > 1, used_at",
            [other.account_id, first(vault)],
        ).fetchone()
        assert row == (reader.account_id, True, True, None)


def test_the_database_itself_refuses_who_may_not(vault: Vault) -> None:
    for name in ("viewer of the city", "analyst of the city", "viewer of street 1"):
        reader = vault.readers[name]
        for relation in CLASSIFIED:
            with session(vault.database, reader) as connection, refused():
                ask(connection, relation, first(vault, relation), "phone")
    with session(vault.database, SYSTEM) as connection, refused():
        ask(connection, "worker", first(vault), "phone")


def test_a_table_of_the_caller_s_own_does_not_stand_in_for_the_register(vault: Vault) -> None:
    """A temporary table called worker would be found first, were the search path the caller's."""
    reader = vault.readers[STREET]
    foreign = next(
        k for (t, k), (unit, _) in vault.units.items() if t == "worker" and not in_reach(reader, unit)
    )
    with session(vault.database, reader) as connection, refused():
        connection.execute("CREATE TEMPORARY TABLE worker (id bigint) ON COMMIT DROP")
        connection.execute("INSERT INTO pg_temp.worker VALUES (%s)", [foreign])
        ask(connection, "worker", foreign, "phone")


SEALED = [
    (relation, f"{name}_{kind}")
    for relation, classified in CLASSIFIED.items()
    for kind, names in (("cipher", classified.columns), ("digest", classified.searched))
    for name in names
]


@pytest.mark.parametrize(("relation", "column"), SEALED)
@pytest.mark.parametrize("name", [CHIEF, STREET, "system"])
def test_nobody_selects_a_sealed_column(vault: Vault, name: str, relation: str, column: str) -> None:
    reader = SYSTEM if name == "system" else vault.readers[name]
    names = {"column": sql.Identifier(column), "table": sql.Identifier(relation)}
    for statement in (
        "SELECT {column} FROM {table}",
        "SELECT count({column}) FROM {table}",
        "SELECT 1 FROM {table} WHERE {column} IS NOT NULL",
        "SELECT 1 FROM {table} ORDER BY {column}",
        "SELECT * FROM {table}",
        "SELECT to_jsonb(t) FROM {table} AS t",
        "SELECT t::text FROM {table} AS t",
        "UPDATE {table} SET generated = false RETURNING {column}",
        "UPDATE {table} SET name = encode({column}, 'hex') || '*'",
        "COPY (SELECT {column} FROM {table}) TO STDOUT",
    ):
        with (
            session(vault.database, reader) as connection,
            refused(),
        ):
            connection.execute(sql.SQL(statement).format(**names))


@pytest.mark.parametrize("name", [CHIEF, STREET])
def test_readers_see_no_keys_and_call_no_inner_function(vault: Vault, name: str) -> None:
    for statement in (
        "SELECT wrapped FROM data_key",
        "SELECT count(*) FROM data_key",
        "SELECT clear_read_use(1, 'reveal')",
        "UPDATE clear_read SET used_at = NULL",
        "DELETE FROM clear_read",
        "ALTER TABLE clear_read DISABLE TRIGGER ALL",
    ):
        reader = vault.readers[name]
        with (
            session(vault.database, reader) as connection,
            refused(),
        ):
            connection.execute(statement)


def test_a_reader_sees_the_own_askings_only(vault: Vault) -> None:
    shown(vault, vault.readers[CHIEF], "worker", first(vault), "phone")
    shown(vault, vault.readers["commander of the city"], "worker", first(vault), "phone")
    with session(vault.database, vault.readers[CHIEF]) as connection:
        rows = connection.execute("SELECT account_id FROM clear_read").fetchall()
    assert rows == [(vault.readers[CHIEF].account_id,)]


def test_everybody_else_sees_masks(vault: Vault) -> None:
    for (relation, key), texts in vault.clear.items():
        with session(vault.database, vault.readers[CHIEF]) as connection:
            row = masked_row(connection, relation, key)
        for field, text in texts.items():
            assert row[field] == MASKS[field](text) != text
        assert not any(isinstance(value, bytes) for value in row.values())


def test_clear_text_stands_nowhere_in_the_database(vault: Vault) -> None:
    """No table, no log: looked for in every row of every table as text, and as bytes."""
    shown(vault, vault.readers[CHIEF], "worker", first(vault), "phone")
    search(vault.database, vault.readers[CHIEF], vault.master, "worker", "phone", "13910000001", PLENTY)
    texts = {text for row in vault.clear.values() for text in row.values()}
    tables = vault.own(
        "SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'city'::regnamespace AND relkind = 'r'"
    )
    assert len(tables) > 30
    with connect(vault.url) as connection:
        for (table,) in tables:
            rows = connection.execute(
                sql.SQL("SELECT t::text FROM {} AS t").format(sql.SQL(table))
            ).fetchall()
            whole = "\n".join(row for (row,) in rows)
            assert not [text for text in texts if text in whole or text.encode().hex() in whole], table


def test_a_search_finds_the_whole_value_however_it_is_written(vault: Vault) -> None:
    chief, key = vault.readers[CHIEF], first(vault)
    for value in ("13910000000", "139 1000 0000", "+86 139-1000-0000", "１３９１０００００００"):
        assert found(vault, chief, "worker", "phone", value) == [key]
    assert found(vault, chief, "worker", "name", " 欧阳 工0") == [key]
    assert found(vault, chief, "worker", "phone", "1391000000") == []
    event = first(vault, "reporter")
    assert found(vault, chief, "reporter", "id_number", "110108199001010000") == [event]
    assert found(vault, chief, "reporter", "phone", "13910000000") == []


def test_a_search_shows_masks_of_own_rows_only_and_is_on_record(vault: Vault) -> None:
    reader, before = vault.readers[STREET], len(vault.entries("search"))
    hits = 0
    for (relation, key), texts in vault.clear.items():
        expected = [key] if in_reach(reader, vault.units[relation, key][0]) else []
        assert found(vault, reader, relation, "phone", texts["phone"]) == expected
        hits += len(expected)
    assert 0 < hits < len(vault.clear)
    entries = vault.entries("search")[before:]
    assert len(entries) == len(vault.clear)
    assert entries[0] == (reader.account_id, "worker", None, None, {"field": "phone"}, None)


@pytest.mark.parametrize(
    ("relation", "field", "value", "where"),
    [
        ("event", "name", "x", "relation"),
        ("worker", "code", "x", "field"),
        ("reporter", "address", "知春路1号", "field"),
        ("worker", "phone", "", "value"),
        ("worker", "phone", "none", "value"),
        ("worker", "phone", "139****0000", "value"),
        ("worker", "name", " ", "value"),
    ],
)
def test_what_cannot_be_searched_is_said(
    vault: Vault, relation: str, field: str, value: str, where: str
) -> None:
    with pytest.raises(InvalidInput) as error:
        found(vault, vault.readers[CHIEF], relation, field, value)
    assert error.value.problems[0].where == where


def test_an_account_has_so_many_clear_reads_an_hour(vault: Vault) -> None:
    reader, wanted = vault.readers[CHIEF], Wanted("worker", first(vault), "phone", REASON)
    for _ in range(3):
        reveal(vault.database, reader, vault.master, wanted, 4)
    search(vault.database, reader, vault.master, "worker", "phone", "1", 4)
    before = len(vault.entries("reveal"))
    with pytest.raises(TooMany) as error:
        reveal(vault.database, reader, vault.master, wanted, 4)
    assert 3500 < error.value.retry_after_s <= 3600
    with pytest.raises(TooMany):
        search(vault.database, reader, vault.master, "worker", "phone", "1", 4)
    assert len(vault.entries("reveal")) == before
    reveal(vault.database, vault.readers["commander of the city"], vault.master, wanted, 4)
    vault.own("UPDATE clear_read SET at = at - interval '1 hour' WHERE action = 'search'")
    assert reveal(vault.database, reader, vault.master, wanted, 4)


def test_the_brake_holds_when_many_ask_at_once(vault: Vault) -> None:
    from concurrent.futures import ThreadPoolExecutor

    reader, wanted = vault.readers[CHIEF], Wanted("worker", first(vault), "phone", REASON)

    def one(_: int) -> bool:
        try:
            return bool(reveal(vault.database, reader, vault.master, wanted, 7))
        except TooMany:
            return False

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(one, range(24))) == 7


def test_old_permits_go_and_the_log_stays(vault: Vault) -> None:
    reader, before = vault.readers[CHIEF], len(vault.entries("reveal"))
    shown(vault, reader, "worker", first(vault), "phone")
    vault.own("UPDATE clear_read SET at = at - interval '25 hours'")
    shown(vault, reader, "worker", first(vault), "phone")
    assert vault.own("SELECT count(*) FROM clear_read") == [(1,)]
    assert len(vault.entries("reveal")) == before + 2


def test_a_field_that_was_masked_elsewhere_has_no_clear_text(vault: Vault) -> None:
    event = first(vault, "reporter")
    sealed = vault.own("SELECT address_cipher FROM reporter WHERE event_id = %s", [event])[0][0]
    vault.own("UPDATE reporter SET address_cipher = NULL WHERE event_id = %s", [event])
    with pytest.raises(NotFound, match="no clear text is kept of this address"):
        shown(vault, vault.readers[CHIEF], "reporter", event, "address")
    vault.own("UPDATE reporter SET address_cipher = %s WHERE event_id = %s", [sealed, event])


@pytest.mark.parametrize("how", ["changed", "moved to another row", "moved to another column"])
def test_a_ciphertext_that_was_changed_or_moved_in_the_database_is_not_read(vault: Vault, how: str) -> None:
    one, two = sorted(key for name, key in vault.clear if name == "worker")[:2]
    sealed = dict(vault.own("SELECT id, phone_cipher FROM worker"))
    put = {
        "changed": sealed[one][:-1] + bytes([sealed[one][-1] ^ 1]),
        "moved to another row": sealed[two],
        "moved to another column": vault.own("SELECT name_cipher FROM worker WHERE id = %s", [one])[0][0],
    }[how]
    vault.own("UPDATE worker SET phone_cipher = %s WHERE id = %s", [put, one])
    with pytest.raises(Unavailable, match="has been changed or moved"):
        shown(vault, vault.readers[CHIEF], "worker", one, "phone")
    vault.own("UPDATE worker SET phone_cipher = %s WHERE id = %s", [sealed[one], one])
    assert shown(vault, vault.readers[CHIEF], "worker", one, "phone") == vault.clear["worker", one]["phone"]


def test_without_the_master_key_nothing_opens_and_no_new_one_is_made(vault: Vault) -> None:
    from spatial.rights.data_keys import ensure_keys
    from spatial.rights.envelope import make_master

    aside = vault.master.rename(vault.master.with_name("aside"))
    with pytest.raises(Unavailable, match="is missing"):
        shown(vault, vault.readers[CHIEF], "worker", first(vault), "phone")
    with connect(vault.url) as connection, pytest.raises(Unavailable, match="is missing"):
        ensure_keys(connection, vault.master)
    assert not vault.master.exists()
    make_master(vault.master)
    with pytest.raises(Unavailable, match="another master key"):
        shown(vault, vault.readers[CHIEF], "worker", first(vault), "phone")
    with connect(vault.url) as connection, pytest.raises(Unavailable, match="another master key"):
        ensure_keys(connection, vault.master)
    aside.rename(vault.master)
    assert shown(vault, vault.readers[CHIEF], "worker", first(vault), "phone")


def test_the_database_keeps_clear_text_out_of_published_columns(vault: Vault) -> None:
    for relation, classified in CLASSIFIED.items():
        for column in classified.columns:
            statement = sql.SQL("UPDATE {} SET {} = '张三'").format(
                sql.Identifier(relation), sql.Identifier(column)
            )
            with connect(vault.url) as connection, pytest.raises(psycopg.errors.CheckViolation):
                connection.execute(statement)


def test_what_is_classified_is_said_the_same_everywhere(vault: Vault) -> None:
    columns = {
        (table, column)
        for table, column in vault.own(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'city'"
        )
        if table in CLASSIFIED and column.endswith(("_cipher", "_digest"))
    }
    assert columns == set(SEALED)
    for relation, classified in CLASSIFIED.items():
        assert set(rule_of(relation).sealed) == {column for name, column in SEALED if name == relation}
        assert set(classified.columns) <= set(MASKS)
    check = vault.own(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'ck_clear_read_classified'"
    )
    words = re.findall(r"'(\w+)'::text", check[0][0])
    assert set(zip(words[::2], words[1::2], strict=True)) == {
        (name, column) for name, c in CLASSIFIED.items() for column in c.columns
    }


def test_a_mask_is_never_sealed_as_if_it_were_the_value() -> None:
    with pytest.raises(InvalidInput) as error:
        seal(ring(), "worker", [1, 2], {"name": ["张三", "张*"]})
    assert error.value.problems[0].where == "name[1]"


def ring() -> Keyring:
    return Keyring(bytes(32), "personal", {1: wrap(bytes(32), 1, "personal", bytes(32))}, (1,))


def test_sealing_keeps_what_is_not_known() -> None:
    stored = seal(ring(), "reporter", [1, 2], {"name": [None, ""], "address": ["知春路1号", None]})
    assert stored["name"] == [None, ""]
    assert stored["name_cipher"] == stored["name_digest"] == [None, None]
    assert stored["address"] == ["知春路**号", None]
    assert "address_digest" not in stored
    assert ring().decrypt(Place("reporter", "address", 1), stored["address_cipher"][0]) == "知春路1号"


@given(st.sampled_from(["name", "phone"]), st.text(max_size=30).filter(lambda text: "*" not in text))
def test_whatever_is_sealed_comes_back_and_is_found(field: str, text: str) -> None:
    keys = ring()
    stored = seal(keys, "worker", [5], {field: [text]})
    sealed, digest = stored[f"{field}_cipher"][0], stored[f"{field}_digest"][0]
    assert (sealed is None) == (text == "")
    if sealed is not None:
        assert keys.decrypt(Place("worker", field, 5), sealed) == text
    if normal(field, text):
        assert digest in keys.digests("worker", field, normal(field, text))
    else:
        assert digest is None


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("phone", "+86 138-1234-5678", "13812345678"),
        ("phone", "0086 13812345678", "13812345678"),
        ("phone", "8613812345678", "13812345678"),
        ("phone", "010-62781234", "01062781234"),
        ("phone", "86123456", "86123456"),
        ("id_number", " 11010819900101123x ", "11010819900101123X"),
        ("name", "Ａｎｎａ  Lee", "annalee"),
        ("name", "阿卜杜拉·买买提", "阿卜杜拉买买提"),
        ("phone", "none", ""),
    ],
)
def test_normal_forms(field: str, value: str, text: str) -> None:
    assert normal(field, value) == text


def test_errors_say_nothing_of_what_was_looked_for(vault: Vault) -> None:
    for act in (
        lambda: shown(vault, vault.readers[STREET], "worker", 987_654, "phone"),
        lambda: found(vault, vault.readers[CHIEF], "worker", "phone", "not a phone"),
    ):
        with pytest.raises(CitygridError) as error:
            act()
        assert "not a phone" not in str(error.value)
