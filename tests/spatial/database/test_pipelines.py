"""Reading on the event loop: rights hold request by request, nothing stays behind, and it finds its feet."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from spatial.database import Database, connect
from spatial.database.pipelines import NotHere, Pipelines, numbered
from spatial.database.steps import Question, Steps
from spatial.errors import Unavailable
from spatial.rights.reader import Reader

ANALYST = Reader(None, "a", "a", "analyst", address="10.0.0.1", request="r-1")
COMMANDER = Reader(None, "c", "c", "commander")
VIEWER = Reader(None, "v", "v", "viewer")
STREET = Reader(None, "s", "s", "street_administrator", reach="area", area="110108001")
OTHER_STREET = Reader(None, "o", "o", "street_administrator", reach="area", area="110108009")
WHO = "SELECT current_user::text || ' ' || my_role() || ' ' || current_setting('citygrid.request', true)"
COUNT = "SELECT count(*) FROM places WHERE name <> %(name)s"
STATE = "SELECT current_user::text || coalesce(current_setting('citygrid.role', true), '')"

Work = Callable[[Pipelines], Awaitable[Any]]


@pytest.fixture
def url(fresh_url: str) -> str:
    with connect(fresh_url) as owner:
        for code in ("110108001001001", "110108002001001"):
            owner.execute(
                "INSERT INTO place (kind, name, risk_level, geom, source, unit_code)"
                " VALUES ('school', %s, 1, ST_Point(116, 40, 4326), 't', %s)",
                [code, code],
            )
    return fresh_url


@pytest.fixture
def on_loop(url: str, as_app: Callable[[str], str]) -> Iterator[Callable[..., Any]]:
    """Run a coroutine with pipelines that are connected."""

    def run(work: Work, most: int = 1, seconds: int = 0) -> Any:
        async def whole() -> Any:
            pipelines = Pipelines(Database(as_app(url), statement_seconds=seconds), most)
            pipelines.start()
            try:
                await connected(pipelines)
                return await work(pipelines)
            finally:
                await pipelines.stop()

        return asyncio.run(whole())

    yield run


async def connected(pipelines: Pipelines) -> None:
    while pipelines.server is None:
        pipelines._open()
        await asyncio.sleep(0.01)


def asking(text: str, values: dict[str, Any] | None = None, keeps_plan: bool = True) -> Steps[str | None]:
    rows = yield Question(text, values or {}, keeps_plan)
    assert rows.pgresult is not None
    found = rows.pgresult.get_value(0, 0)
    return None if found is None else found.decode()


def test_the_reader_is_the_same_as_in_a_session(on_loop: Callable[..., Any]) -> None:
    async def work(pipelines: Pipelines) -> Any:
        return [await pipelines.read(reader, asking(WHO)) for reader in (ANALYST, STREET, ANALYST)]

    analyst = "citygrid_city analyst r-1"
    assert on_loop(work) == [analyst, "citygrid_area street_administrator ", analyst]


@pytest.mark.parametrize("keeps_plan", [True, False], ids=["kept plan", "own plan"])
def test_rows_are_those_of_each_reader_on_the_same_connection(
    on_loop: Callable[..., Any], keeps_plan: bool
) -> None:
    async def work(pipelines: Pipelines) -> Any:
        readers = (ANALYST, STREET, OTHER_STREET, STREET, ANALYST)
        return [await pipelines.read(each, asking(COUNT, {"name": "x"}, keeps_plan)) for each in readers]

    assert on_loop(work) == ["2", "1", "0", "1", "2"]


def test_a_kept_plan_asks_for_the_role_each_time(url: str, on_loop: Callable[..., Any]) -> None:
    with connect(url) as owner:
        ((number,),) = owner.execute("SELECT count(*) FROM pg_policy WHERE polrelid = 'worker'::regclass")
    assert number
    may = "SELECT (SELECT my_role()) = ANY ('{commander}')"

    async def work(pipelines: Pipelines) -> Any:
        return [await pipelines.read(reader, asking(may)) for reader in (COMMANDER, VIEWER, COMMANDER)]

    assert on_loop(work) == ["t", "f", "t"]


def test_nothing_stays_behind_on_the_connection(on_loop: Callable[..., Any]) -> None:
    async def work(pipelines: Pipelines) -> Any:
        await pipelines.read(ANALYST, asking(WHO))
        with pytest.raises(NotHere):
            await pipelines.read(ANALYST, asking("SELECT * FROM nowhere"))
        (pipeline,) = pipelines._idle
        server = pipeline._server
        pipeline._loop.remove_reader(pipeline._socket)
        server.exit_pipeline_mode()
        server.nonblocking = 0
        found = server.exec_(STATE.encode()).get_value(0, 0)
        refused = server.exec_(b"SELECT * FROM city.place").error_message
        pipelines._drop(pipeline)
        return found, refused

    found, refused = on_loop(work)
    assert found == b"citygrid_app"
    assert b"permission denied" in refused


def test_it_reads_only(on_loop: Callable[..., Any]) -> None:
    async def work(pipelines: Pipelines) -> Any:
        with pytest.raises(NotHere):
            await pipelines.read(ANALYST, asking("UPDATE place SET name = 'x' RETURNING name"))
        return await pipelines.read(ANALYST, asking(COUNT, {"name": "x"}))

    assert on_loop(work) == "2"


@pytest.mark.parametrize(
    ("value", "cast"),
    [
        ("'; DROP TABLE place; --", "text"), ("\\'; $1 %(name)s %s %", "text"), ("清华\n\t", "text"),
        (1, "int"), (2**40, "bigint"), (-1.5, "float8"), (["a'b", 'c"d', "e,f{}\\", ""], "text[]"),
        ("", "text"),
    ],
    ids=repr,
)  # fmt: skip
def test_a_value_is_only_a_value(on_loop: Callable[..., Any], value: object, cast: str) -> None:
    text = f"SELECT to_json(%(value)s::{cast})::text || '100%%'"

    async def work(pipelines: Pipelines) -> Any:
        return await pipelines.read(ANALYST, asking(text, {"value": value}))

    assert json.loads(on_loop(work).removesuffix("100%")) == value


@pytest.mark.parametrize("value", [None, True, b"x", "a\x00b", ["a\x00"]], ids=repr)
def test_seldom_values_are_for_a_thread(on_loop: Callable[..., Any], value: object) -> None:
    async def work(pipelines: Pipelines) -> Any:
        with pytest.raises(NotHere):
            await pipelines.read(ANALYST, asking("SELECT %(value)s::text", {"value": value}))
        return await pipelines.read(ANALYST, asking(COUNT, {"name": "x"}))

    assert on_loop(work) == "2"


def test_more_readers_than_connections_wait_their_turn(on_loop: Callable[..., Any]) -> None:
    async def work(pipelines: Pipelines) -> Any:
        readers = [ANALYST, STREET, OTHER_STREET] * 20
        asked = (pipelines.read(reader, asking(COUNT, {"name": "x"})) for reader in readers)
        return await asyncio.gather(*asked)

    assert on_loop(work, most=2) == ["2", "1", "0"] * 20


def test_who_stops_waiting_leaves_nothing_to_the_next(on_loop: Callable[..., Any]) -> None:
    async def work(pipelines: Pipelines) -> Any:
        slow = asyncio.create_task(pipelines.read(ANALYST, asking("SELECT pg_sleep(0.3)::text || 'slow'")))
        waiting = asyncio.create_task(pipelines.read(ANALYST, asking(WHO)))
        await asyncio.sleep(0.05)
        waiting.cancel()
        slow.cancel()
        await asyncio.gather(slow, waiting, return_exceptions=True)
        await connected(pipelines)
        return await pipelines.read(STREET, asking(COUNT, {"name": "x"}))

    assert on_loop(work) == "1"


def test_without_a_connection_it_is_for_a_thread(url: str, as_app: Callable[[str], str]) -> None:
    async def work() -> None:
        pipelines = Pipelines(Database(as_app(url)))
        with pytest.raises(NotHere):
            await pipelines.read(ANALYST, asking(WHO))

    asyncio.run(work())


def test_a_lost_connection_is_replaced(
    url: str, as_app: Callable[[str], str], on_loop: Callable[..., Any]
) -> None:
    async def work(pipelines: Pipelines) -> Any:
        await pipelines.read(ANALYST, asking(WHO))
        with connect(as_app(url)) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND datname = current_database() AND usename = current_user"
            )
        while pipelines._all:
            await asyncio.sleep(0.01)
        with pytest.raises(NotHere):
            await pipelines.read(ANALYST, asking(WHO))
        await connected(pipelines)
        return await pipelines.read(ANALYST, asking(COUNT, {"name": "x"}))

    assert on_loop(work) == "2"


def test_an_altered_table_is_read_anew(url: str, on_loop: Callable[..., Any]) -> None:
    every = "SELECT * FROM city_note"

    def all_of() -> Steps[int]:
        rows = yield Question(every, {}, True)
        assert rows.pgresult is not None
        return rows.pgresult.nfields

    async def work(pipelines: Pipelines) -> Any:
        before = await pipelines.read(ANALYST, all_of())
        with connect(url) as owner:
            owner.execute("ALTER TABLE city_note ADD COLUMN more text")
        with pytest.raises(NotHere):
            await pipelines.read(ANALYST, all_of())
        with pytest.raises(NotHere):
            await pipelines.read(ANALYST, all_of())
        await connected(pipelines)
        return await pipelines.read(ANALYST, all_of()) - before

    assert on_loop(work) == 1


def test_what_takes_too_long_is_unavailable(on_loop: Callable[..., Any]) -> None:
    async def work(pipelines: Pipelines) -> Any:
        with pytest.raises(Unavailable, match="ask for less"):
            await pipelines.read(ANALYST, asking("SELECT pg_sleep(30)::text"))
        return await pipelines.read(ANALYST, asking(COUNT, {"name": "x"}))

    assert on_loop(work, seconds=1) == "2"


def test_names_become_numbers() -> None:
    text = 'SELECT %(b)s, %(a)s, %(b)s, "100%%"'
    assert numbered(text) == (b'SELECT $1, $2, $1, "100%"', ("b", "a"))
