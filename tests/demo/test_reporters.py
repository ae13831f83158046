"""The demo's reporters: invented so that nobody can be meant, and sealed when they are loaded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pyarrow.parquet
import pytest

from demo.generate.contents.reporters import BY_PERSONS, CHECK_DIGITS, CHECK_WEIGHTS
from demo.load import load
from spatial.database import connect
from spatial.rights.data_keys import open_keyring
from spatial.rights.envelope import Place
from spatial.rights.masks import MASKS
from tests.demo.test_load import NOW


def read(folder: Path, name: str) -> dict[str, list[Any]]:
    return pyarrow.parquet.ParquetFile(folder / f"{name}.parquet").read().to_pydict()


@pytest.fixture(scope="module")
def loaded(postgis_url: str, two_streets: Path, master_key: Path) -> Iterator[psycopg.Connection[Any]]:
    with connect(postgis_url) as connection, connection.transaction(force_rollback=True):
        load(connection, two_streets, NOW, master=master_key)
        yield connection


def test_every_event_of_a_person_has_a_reporter_and_no_other(two_streets: Path) -> None:
    sources, reporters = read(two_streets, "events")["source"], read(two_streets, "reporters")
    assert reporters["event"] == [row for row, source in enumerate(sources) if source in BY_PERSONS]
    assert all(reporters["generated"])
    assert len(set(reporters["phone"])) < 0.7 * len(reporters["phone"])


def test_nobody_can_be_meant(two_streets: Path) -> None:
    reporters, workers = read(two_streets, "reporters"), read(two_streets, "people")
    assert all(phone.startswith("000-") for phone in [*reporters["phone"], *workers["phone"]])
    assert not set(reporters["phone"]) & set(workers["phone"])
    numbers = {number for number in reporters["id_number"] if number}
    assert len(numbers) > 100
    for number in numbers:
        assert number.startswith("000000")
        right = (
            sum(weight * int(digit) for weight, digit in zip(CHECK_WEIGHTS, number[:17], strict=True)) % 11
        )
        assert number[17] != CHECK_DIGITS[right]


def test_the_check_digit_is_that_of_the_standard() -> None:
    """The example of GB 11643-1999."""
    right = sum(weight * int(digit) for weight, digit in zip(CHECK_WEIGHTS, "11010519491231002", strict=True))
    assert CHECK_DIGITS[right % 11] == "X"


def test_a_person_is_the_same_in_every_report(two_streets: Path) -> None:
    reporters = read(two_streets, "reporters")
    by_phone: dict[str, set[tuple[Any, ...]]] = {}
    for phone, *known in zip(*(reporters[n] for n in ("phone", "name", "id_number", "address")), strict=True):
        by_phone.setdefault(phone, set()).add(tuple(known))
    assert {len(known) for known in by_phone.values()} == {1}


def test_everybody_is_loaded_sealed(loaded: Any, two_streets: Path, master_key: Path) -> None:
    rows = loaded.execute(
        "SELECT e.source, r.event_id, r.name, r.phone, r.phone_cipher, r.address, r.address_cipher"
        " FROM reporter AS r JOIN event AS e ON e.id = r.event_id ORDER BY r.event_id LIMIT 500"
    ).fetchall()
    known = dict(zip(*(read(two_streets, "reporters")[n] for n in ("phone", "address")), strict=True))
    keyring = open_keyring(loaded, master_key)
    for source, key, name, phone, phone_cipher, address, address_cipher in rows:
        assert source in BY_PERSONS
        assert name is None or "*" in name
        clear = keyring.decrypt(Place("reporter", "phone", key), phone_cipher)
        assert MASKS["phone"](clear) == phone
        assert (address is None) == (address_cipher is None) == (known[clear] is None)
        if address_cipher is not None:
            assert keyring.decrypt(Place("reporter", "address", key), address_cipher) == known[clear]


def test_reporters_stand_beside_their_own_events(loaded: Any) -> None:
    """By number of reports: an event without one came from no person."""
    odd = loaded.execute(
        "SELECT count(*) FROM event AS e LEFT JOIN reporter AS r ON r.event_id = e.id"
        " WHERE (r.event_id IS NULL) = (e.source IN ('hotline', 'public'))"
    ).fetchone()
    assert odd == (0,)
    assert loaded.execute("SELECT count(*) FROM reporter").fetchone()[0] > 5_000


def test_workers_are_loaded_sealed(loaded: Any, two_streets: Path, master_key: Path) -> None:
    people = read(two_streets, "people")
    clear = dict(zip(people["code"], zip(people["name"], people["phone"], strict=True), strict=True))
    keyring = open_keyring(loaded, master_key)
    rows = loaded.execute("SELECT id, code, name, name_cipher, phone_cipher FROM worker").fetchall()
    assert len(rows) == len(clear)
    for key, code, name, name_cipher, phone_cipher in rows:
        assert name == MASKS["name"](clear[code][0])
        assert keyring.decrypt(Place("worker", "name", key), name_cipher) == clear[code][0]
        assert keyring.decrypt(Place("worker", "phone", key), phone_cipher) == clear[code][1]


def test_no_clear_phone_stands_in_any_table(loaded: Any) -> None:
    tables = loaded.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'city'::regnamespace AND relkind = 'r'"
        " AND NOT relispartition"
    ).fetchall()
    for (table,) in [*tables, ("audit",)]:
        statement = psycopg.sql.SQL(
            "SELECT count(*) FROM {} AS t WHERE t::text ~ '000-[0-9]{{4}}-[0-9]{{4}}'"
        )
        found = loaded.execute(statement.format(psycopg.sql.Identifier(table))).fetchone()
        assert found == (0,), table
