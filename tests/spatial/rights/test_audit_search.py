"""Searching the log: exact filters, pages without gaps, and an index for each question; exports."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from psycopg import Connection

from spatial.database import connect
from spatial.errors import InvalidInput
from spatial.rights.audit.export import COLUMNS, FORMS, FORMULA
from spatial.rights.audit.search import Search, page_query, read_page, record_export, sees_all
from spatial.rights.reader import Reader
from spatial.rights.rules import ROLES
from tests.spatial.rights.logbook import add_place, be, entries

CHIEF = Reader(1, "chief", "主任", "district_administrator")
ZHANG = Reader(7, "zhang", "张三", "street_administrator", reach="area", area="110108001")


@pytest.fixture(scope="module")
def url(make_city: Callable[..., Any], as_app: Callable[[str], str]) -> Iterator[str]:
    """Some things that two people did, as the workers reach them; a batch all of one moment among them."""
    with make_city(lambda owner: None) as owner_url:
        app = as_app(owner_url)
        for reader in (CHIEF, ZHANG):
            for number in range(5):
                with connect(app) as connection:
                    be(connection, reader)
                    add_place(connection, f"{reader.username} {number}")
        with connect(app) as connection:
            be(connection, CHIEF)
            connection.execute(
                "UPDATE place SET risk_level = 1, risk_reason = 'test' WHERE name LIKE 'zhang%'"
            )
        with connect(owner_url) as owner:
            owner.execute(
                "INSERT INTO organisation (code, name, name_en, kind)"
                " SELECT 'o' || n, 'o', 'o', 'office' FROM generate_series(1, 30000) AS n"
            )
        with connect(owner_url, autocommit=True) as owner:
            owner.execute("ANALYZE audit")
        yield app


@pytest.fixture
def chief(url: str) -> Iterator[Connection[Any]]:
    with connect(url) as connection:
        be(connection, CHIEF)
        yield connection


def everything(
    connection: Connection[Any], reader: Reader, search: Search, limit: int
) -> list[dict[str, Any]]:
    found, after = read_page(connection, reader, search, limit)
    while after is not None:
        page, after = read_page(connection, reader, search, limit, after)
        found += page
    return found


@pytest.mark.parametrize("limit", [1, 2, 3, 15, 100])
def test_pages_hold_everything_once_newest_first(chief: Connection[Any], limit: int) -> None:
    found = everything(chief, CHIEF, Search(relation="place"), limit)
    assert [entry["id"] for entry in found] == [e["id"] for e in entries(chief, "relation = 'place'")][::-1]
    assert len(found) == 15


def test_pages_part_entries_of_one_moment(chief: Connection[Any]) -> None:
    found, after = read_page(chief, CHIEF, Search(relation="organisation"), 20_000)
    rest, end = read_page(chief, CHIEF, Search(relation="organisation"), 20_000, after)
    assert len({entry["at"] for entry in found + rest}) == 1
    assert len({entry["id"] for entry in found + rest}) == 30_000
    assert end is None


@pytest.mark.parametrize(
    ("search", "count"),
    [
        (Search(username="zhang"), 5),
        (Search(username="zhan"), 0),
        (Search(username="Zhang"), 0),
        (Search(action="update", relation="place"), 5),
        (Search(relation="place", username="chief"), 10),
        (Search(relation="place", since=datetime(2100, 1, 1, tzinfo=UTC)), 0),
        (Search(relation="place", until=datetime(2100, 1, 1, tzinfo=UTC)), 15),
        (Search(relation="place", username="' OR true --"), 0),
    ],
)
def test_filters_are_exact(chief: Connection[Any], search: Search, count: int) -> None:
    assert len(everything(chief, CHIEF, search, 1000)) == count


def test_the_history_of_one_row(chief: Connection[Any]) -> None:
    key = next(e["row_key"] for e in entries(chief, "action = 'update'"))
    newest, oldest = everything(chief, CHIEF, Search(relation="place", row_key=key), 10)
    assert (newest["action"], oldest["action"]) == ("update", "insert")
    assert (newest["before"]["risk_level"], newest["after"]["risk_level"]) == (4, 1)


def test_from_is_within_and_to_is_not(chief: Connection[Any]) -> None:
    moments = sorted(entry["at"] for entry in entries(chief, "relation = 'place' AND action = 'insert'"))
    found = everything(chief, CHIEF, Search(relation="place", since=moments[2], until=moments[5]), 10)
    assert sorted(entry["at"] for entry in found) == moments[2:5]


def test_others_see_what_they_did(url: str) -> None:
    with connect(url) as connection:
        be(connection, ZHANG)
        found = everything(connection, ZHANG, Search(), 1000)
    assert {entry["username"] for entry in found} == {"zhang"}
    assert len(found) == 5


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("reach", ["city", "area", "organisation"])
def test_the_query_and_the_policy_agree_on_who_sees_all(url: str, role: str, reach: str) -> None:
    area = "110108" if reach == "area" else None
    reader = Reader(99, "somebody", "somebody", role, reach=reach, area=area, organisation_id=1)
    with connect(url) as connection:
        be(connection, reader)
        seen = connection.execute("SELECT count(*) FROM audit").fetchall()[0][0]
    assert sees_all(reader) == (seen > 30_000)


@pytest.mark.parametrize(
    "after", ["", "x", "1", "1-", "-1", "1-2-3", "１-２", "9" * 18 + "-1", "1-" + "9" * 19]
)
def test_a_made_up_cursor_is_refused(chief: Connection[Any], after: str) -> None:
    with pytest.raises(InvalidInput, match="after"):
        read_page(chief, CHIEF, Search(), 10, after)


@pytest.mark.parametrize(
    ("reader", "search", "index"),
    [
        (CHIEF, Search(), "_pkey"),
        (CHIEF, Search(username="zhang"), "_username_at_idx"),
        (CHIEF, Search(relation="place", row_key="3"), "_relation_row_key_at_idx"),
        (ZHANG, Search(), "_account_id_at_idx"),
    ],
)
def test_each_question_finds_its_index_as_the_workers_ask_it(
    url: str, reader: Reader, search: Search, index: str
) -> None:
    with connect(url) as connection:
        be(connection, reader)
        statement, values = page_query(reader, search, 100)
        text = statement.as_string(connection)
        lines = connection.execute("EXPLAIN " + text, values).fetchall()
    plan = "\n".join(line for (line,) in lines)
    month = f"audit_{datetime.now(UTC):%Y%m}"
    assert f"{month}{index}" in plan, plan
    assert f"Seq Scan on {month}" not in plan, plan


def test_a_time_span_reads_its_months_only(url: str) -> None:
    search = Search(since=datetime.now(UTC) - timedelta(days=40), until=datetime.now(UTC))
    with connect(url) as connection:
        be(connection, CHIEF)
        statement, values = page_query(CHIEF, search, 100)
        lines = connection.execute("EXPLAIN " + statement.as_string(connection), values).fetchall()
    plan = "\n".join(line for (line,) in lines)
    later = datetime.now(UTC) + timedelta(days=62)
    assert f"audit_{later:%Y%m}" not in plan


def test_an_export_is_on_record_first(url: str) -> None:
    search = Search(username="zhang", since=datetime(2026, 1, 1, tzinfo=UTC))
    with connect(url) as connection:
        be(connection, CHIEF)
        number, at = record_export(connection, search, "csv")
        (entry,) = entries(connection, "id = %s", number)
    assert (entry["action"], entry["relation"], entry["username"]) == ("export", "audit", "chief")
    assert entry["after"] == {"format": "csv", "username": "zhang", "since": "2026-01-01T00:00:00+00:00"}
    assert entry["at"] <= at


WATERMARK = {"exported_by": "chief", "name": "主任", "at": "2026-11-22T00:00:00+00:00", "export": 12}
ENTRY = {
    **dict.fromkeys(COLUMNS), "id": 3, "at": datetime(2026, 11, 22, tzinfo=UTC), "username": "zhang",
    "after": {"name": '=HYPERLINK("http://evil")', "n": -1}, "reason": "a, \"b\"\nc",
}  # fmt: skip


def test_csv_carries_watermark_names_and_an_end() -> None:
    form = FORMS["csv"]
    text = form.head(WATERMARK) + form.entries([ENTRY]) + form.end(1)
    assert text.startswith("\ufeff")
    first, names, row, last = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    assert first == ["# exported_by: chief · name: 主任 · at: 2026-11-22T00:00:00+00:00 · export: 12"]
    assert tuple(names) == COLUMNS
    values = dict(zip(names, row, strict=True))
    assert (values["id"], values["at"], values["reason"]) == ("3", "2026-11-22T00:00:00+00:00", 'a, "b"\nc')
    assert json.loads(values["after"]) == ENTRY["after"]
    assert last == ["# end: 1 entries"]


@pytest.mark.parametrize("start", FORMULA)
def test_no_cell_is_a_formula(start: str) -> None:
    entry = {**ENTRY, "reason": f"{start}cmd|' /C calc'!A0", "row_key": start, "username": f"{start}x"}
    text = FORMS["csv"].entries([entry])
    (row,) = csv.reader(io.StringIO(text, newline=""))
    for name, value in zip(COLUMNS, row, strict=True):
        assert not value.startswith(FORMULA), name
    assert f"'{start}cmd|' /C calc'!A0" in row


def test_json_lines_carry_watermark_and_end() -> None:
    form = FORMS["jsonl"]
    text = form.head(WATERMARK) + form.entries([ENTRY, ENTRY]) + form.end(2)
    first, *middle, last = (json.loads(line) for line in text.split("\n")[:-1])
    assert first == {"export": WATERMARK}
    assert last == {"end": {"entries": 2}}
    assert [entry["after"] for entry in middle] == [ENTRY["after"]] * 2
