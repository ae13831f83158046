"""The feed of changes: exact to the transaction, told at commit, with the tiles that were touched."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator

import psycopg
import pytest

from layers import changes
from spatial.database import Database, connect, session
from spatial.database.notify import CHANNEL
from spatial.rights.reader import SYSTEM, Reader

SOURCE = "public.feed_test"
VIEWER = Reader(1, "v", "v", "viewer")


@pytest.fixture
def feed(fresh_url: str) -> Iterator[psycopg.Connection]:
    """The owner's connection to a database with one watched table of points."""
    with connect(fresh_url, autocommit=True) as owner:
        owner.execute("CREATE TABLE public.feed_test (id int PRIMARY KEY, geom geometry(Point, 4326))")
        assert changes.watch(owner, [SOURCE]) == [SOURCE]
        assert changes.watch(owner, [SOURCE]) == [], "a second time there is nothing to do"
        yield owner


def snapshot(connection: psycopg.Connection) -> str:
    return connection.execute("SELECT pg_current_snapshot()::text").fetchone()[0]


def put(connection: psycopg.Connection, number: int, lon: float = 116.3, lat: float = 40.0) -> None:
    connection.execute("INSERT INTO public.feed_test VALUES (%s, ST_Point(%s, %s, 4326))", [number, lon, lat])


def tile_of(lon: float, lat: float) -> list[int]:
    """Web Mercator by the book, apart from the SQL."""
    y = math.log(math.tan(math.pi / 4 + math.radians(lat) / 2))
    return [int((lon + 180) / 360 * 4096), int((1 - y / math.pi) / 2 * 4096)]


def test_a_change_counts_from_its_commit_and_for_who_sees_it(feed, fresh_url: str) -> None:
    before = snapshot(feed)
    assert not changes.changed_since(feed, [SOURCE], before)
    with connect(fresh_url) as writer:
        put(writer, 1)
        assert changes.changed_since(writer, [SOURCE], before), "the writer sees the own row"
        assert not changes.changed_since(feed, [SOURCE], before), "nobody else does"
        writer.commit()
        assert changes.changed_since(feed, [SOURCE], before)
        assert not changes.changed_since(feed, [SOURCE], snapshot(feed))
        assert not changes.changed_since(feed, ["public.other"], before)
        put(writer, 2)
        after = snapshot(feed)
        writer.commit()
    assert changes.changed_since(feed, [SOURCE], after), "it was under way when the snapshot was taken"


def test_a_transaction_that_began_earlier_and_ends_later_is_not_missed(feed, fresh_url: str) -> None:
    """A counter that is read and written would: the later number is committed first."""
    with connect(fresh_url) as slow, connect(fresh_url) as quick:
        put(slow, 1)
        put(quick, 2)
        quick.commit()
        then = snapshot(feed)
        slow.commit()
    assert changes.changed_since(feed, [SOURCE], then)


def test_a_change_rolled_back_is_none(feed, fresh_url: str) -> None:
    before = snapshot(feed)
    with connect(fresh_url) as writer:
        put(writer, 1)
        writer.rollback()
    assert not changes.changed_since(feed, [SOURCE], before)


def told(feed, fresh_url: str, text: str) -> list[dict]:
    with connect(fresh_url, autocommit=True) as listener:
        listener.execute(f"LISTEN {CHANNEL}")
        feed.execute(text)
        found = [json.loads(each.payload) for each in listener.notifies(timeout=0.5)]
    return [each for each in found if each["kind"] == "rows"]


@pytest.mark.parametrize(
    ("text", "tiles"),
    [
        ("INSERT INTO public.feed_test VALUES (9, ST_Point(0, 0, 4326))", tile_of(0, 0)),
        (
            "UPDATE public.feed_test SET geom = ST_Point(121.5, 31.2, 4326) WHERE id = 1",
            sorted([tile_of(116.3, 40.0), tile_of(121.5, 31.2)]),
        ),
        ("DELETE FROM public.feed_test WHERE id = 1", tile_of(116.3, 40.0)),
        ("INSERT INTO public.feed_test VALUES (9, ST_Point(10, 89, 4326))", [tile_of(10, 0)[0], 0]),
        ("INSERT INTO public.feed_test VALUES (9, NULL)", None),
        (
            "INSERT INTO public.feed_test SELECT n, ST_Point(n, 0, 4326) FROM generate_series(9, 170) AS n",
            None,
        ),
        ("TRUNCATE public.feed_test", None),
    ],
    ids=["insert", "move", "delete", "pole", "no place", "many places", "truncate"],
)
def test_a_message_names_the_tiles_touched(feed, fresh_url: str, text: str, tiles: list | None) -> None:
    put(feed, 1)
    (message,) = told(feed, fresh_url, text)
    found = message["tiles"]
    if tiles and isinstance(tiles[0], list):
        pairs = list(zip(found[::2], found[1::2], strict=True))
        assert sorted(map(list, pairs)) == tiles
    else:
        assert found == tiles
    assert message["source"] == SOURCE


@pytest.mark.parametrize(
    "text",
    ["DELETE FROM public.feed_test WHERE id = 77", "UPDATE public.feed_test SET id = id WHERE false"],
)
def test_a_statement_that_touches_nothing_is_not_told(feed, fresh_url: str, text: str) -> None:
    assert told(feed, fresh_url, text) == []


def test_whoever_reads_may_ask_but_not_look(feed, fresh_url: str, as_app) -> None:
    before = snapshot(feed)
    put(feed, 1)
    database = Database(as_app(fresh_url))
    database.open()
    try:
        for reader in (VIEWER, SYSTEM):
            with session(database, reader) as connection:
                assert changes.changed_since(connection, [SOURCE], before)
        with pytest.raises(psycopg.errors.InsufficientPrivilege), session(database, VIEWER) as connection:
            connection.execute("SELECT * FROM layer_change")
    finally:
        database.close()


def test_layers_of_the_city_are_watched_and_old_changes_go(feed, fresh_url: str) -> None:
    changes.watch(feed)
    before = snapshot(feed)
    feed.execute("INSERT INTO component_class VALUES ('99999', 'x', '99', 'x', 'x')")
    assert changes.changed_since(feed, ["city.component_class"], before)
    put(feed, 1)
    feed.execute("UPDATE layer_change SET at = now() - interval '3 days' WHERE source = %s", [SOURCE])
    assert changes.forget_old(feed) == 1
    assert not changes.changed_since(feed, [SOURCE], before)
