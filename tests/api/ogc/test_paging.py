"""Pages by token: every feature once, whatever comes and goes meanwhile, in any order, forwards and back."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from itertools import count
from typing import Any

import httpx
import orjson
import pytest
from psycopg import Connection

from spatial.database import connect
from tests.api.ogc.meadow import ITEMS, ROWS, ids, link, read

SORTS = [
    "",
    "kind",
    "-kind",
    "height",
    "-height",
    "seen_at,-kind",
    "-seen_at,height",
    "+kind,-height,seen_at",
]


@pytest.fixture(scope="module")
def client(meadow: Any) -> httpx.Client:
    return meadow[0]


def walk(client: httpx.Client, address: str | None) -> Iterator[dict[str, Any]]:
    while address:
        page = read(client, address)
        yield page
        address = link(page, "next")


def in_order(owner: Connection[Any], sort: str) -> list[int]:
    """What PostgreSQL itself says of an order."""
    parts = [
        part.lstrip("+-") + (" DESC" if part.startswith("-") else "") for part in sort.split(",") if part
    ]
    text = ", ".join([*parts, "id"])
    return [identifier for (identifier,) in owner.execute(b"SELECT id FROM meadow ORDER BY " + text.encode())]


@pytest.mark.parametrize(
    ("sort", "limit"),
    [(sort, limit) for sort in SORTS for limit in (7, 60, 299, 300, 1000)]
    + [("-height", 1), ("seen_at,-kind", 1)],
)
def test_tokens_read_everything_once_in_any_order(meadow: Any, sort: str, limit: int) -> None:
    client, owner, _ = meadow
    pages = list(walk(client, f"{ITEMS}?limit={limit}" + (f"&sortby={sort}" if sort else "")))
    assert [each for page in pages for each in ids(page)] == in_order(owner, sort)
    assert len(pages) == -(-ROWS // limit)
    assert {page["numberMatched"] for page in pages} == {ROWS}
    assert {page["numberMatchedIs"] for page in pages} == {"exact"}


@pytest.mark.parametrize("sort", SORTS)
def test_prev_leads_back_over_the_same_pages(client: httpx.Client, sort: str) -> None:
    pages = list(walk(client, f"{ITEMS}?limit=70&sortby={sort or 'kind'}"))
    assert link(pages[0], "prev") is None
    back, address = [], link(pages[-1], "prev")
    while address:
        page = read(client, address)
        back.append(ids(page))
        address = link(page, "prev")
    assert back == [ids(page) for page in reversed(pages[:-1])]


def test_next_of_a_page_reached_by_prev_is_where_one_came_from(client: httpx.Client) -> None:
    second = read(client, link(read(client, f"{ITEMS}?limit=50&sortby=-height"), "next") or "")
    third = read(client, link(second, "next") or "")
    again = read(client, link(third, "prev") or "")
    assert ids(again) == ids(second)
    assert ids(read(client, link(again, "next") or "")) == ids(third)


def test_offset_is_accepted_and_leads_on_by_tokens(meadow: Any) -> None:
    client, owner, _ = meadow
    order = in_order(owner, "-kind")
    page = read(client, f"{ITEMS}?limit=20&offset=100&sortby=-kind")
    assert ids(page) == order[100:120]
    assert ids(read(client, link(page, "next") or "")) == order[120:140]
    assert ids(read(client, link(page, "prev") or "")) == order[80:100]
    assert "token=" in (link(page, "next") or "")


@pytest.mark.parametrize("sort", ["", "-seen_at,kind", "height"])
def test_a_walk_is_stable_while_others_insert_and_delete(meadow: Any, postgis_url: str, sort: str) -> None:
    """Who stays all the time is read exactly once; whoever comes and goes is read once at most."""
    client, _, _ = meadow
    stop = threading.Event()

    def disturb() -> None:
        with connect(postgis_url, autocommit=True) as other:
            for n in count(1):
                other.execute(
                    "INSERT INTO meadow SELECT 10000 + %(n)s, kind, height, seen_at, area, geom FROM meadow"
                    " WHERE id = 1 + %(n)s %% 300",
                    {"n": n},
                )
                # Also below everything that is read: an offset would slip.
                other.execute(
                    "INSERT INTO meadow SELECT -%(n)s, kind, height, seen_at, area, geom FROM meadow"
                    " WHERE id = 300 - %(n)s %% 300",
                    {"n": n},
                )
                other.execute(
                    "DELETE FROM meadow WHERE id IN (10000 + %(n)s - 5, least(5 - %(n)s, 0))", {"n": n}
                )
                if stop.is_set():
                    other.execute("DELETE FROM meadow WHERE id > 9000 OR id < 1")
                    return

    thread = threading.Thread(target=disturb)
    thread.start()
    try:
        seen: list[int] = []
        for page in walk(client, f"{ITEMS}?limit=3" + (f"&sortby={sort}" if sort else "")):
            seen += ids(page)
    finally:
        stop.set()
        thread.join()
    assert len(seen) == len(set(seen))
    assert sorted(each for each in seen if 1 <= each <= ROWS) == list(range(1, ROWS + 1))


@pytest.mark.slow
def test_a_walk_of_ten_thousand_pages_has_no_gap_and_no_duplicate(meadow: Any, postgis_url: str) -> None:
    client, owner, _ = meadow
    owner.execute(
        "INSERT INTO meadow SELECT 20000 + n, 'many', n % 100, NULL, 'west', ST_Point(117, 41, 4326)"
        " FROM generate_series(1, 100000) AS n"
    )
    stop = threading.Event()

    def disturb() -> None:
        with connect(postgis_url, autocommit=True) as other:
            for n in count(1):
                other.execute("INSERT INTO meadow VALUES (-%s, 'x', 50, NULL, 'west', NULL)", [n])
                other.execute("INSERT INTO meadow VALUES (%s, 'x', 50, NULL, 'west', NULL)", [1_000_000 + n])
                other.execute("DELETE FROM meadow WHERE id IN (%s, %s)", [min(3 - n, 0), 1_000_000 + n - 3])
                if stop.wait(0.002):
                    return

    thread = threading.Thread(target=disturb)
    thread.start()
    try:
        seen = [each for page in walk(client, f"{ITEMS}?limit=10&sortby=height") for each in ids(page)]
    finally:
        stop.set()
        thread.join()
        owner.execute("DELETE FROM meadow WHERE id > 9000 OR id < 1")
    assert len(seen) == len(set(seen))
    assert {each for each in seen if 20000 < each <= 120000} == set(range(20001, 120001))


def token_of(client: httpx.Client, query: str) -> str:
    following = link(read(client, f"{ITEMS}?{query}"), "next")
    assert following is not None
    return httpx.URL(following).params["token"]


def written(parts: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(parts)).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "other",
    ["sortby=-kind", "sortby=kind&kind=oak", "", "sortby=kind&datetime=2026-01-01", "sortby=kind&q=oak",
     "sortby=kind&bbox=116,40,117,41", "sortby=kind&filter=kind='oak'"],
)  # fmt: skip
def test_a_token_is_good_for_its_own_answer_only(client: httpx.Client, other: str) -> None:
    token = token_of(client, "limit=5&sortby=kind")
    answer = client.get(f"{ITEMS}?token={token}&{other}")
    assert answer.status_code == 400
    assert [each["where"] for each in answer.json()["errors"]] == ["token"]


def test_the_form_of_pages_may_change_on_the_way(client: httpx.Client) -> None:
    token = token_of(client, "limit=5&sortby=kind")
    form = "limit=9&properties=kind&skipGeometry=true&lang=en&crs=http://www.opengis.net/def/crs/EPSG/0/4490"
    page = read(client, f"{ITEMS}?sortby=kind&{form}&token={token}")
    assert len(ids(page)) == 9
    assert page["features"][0]["geometry"] is None


@pytest.mark.parametrize(
    "tampered",
    [
        "x", "!!!", "", "AAAA", "W10", "bnVsbA",
        written([1, 2, 3, 4]), written(["", "a", 0]), written(["", "a", -1, "1"]), written(["", "c", 0, "1"]),
        written({"a": 1}), written(["0" * 16, "a", 0, "1"]),
    ],
)  # fmt: skip
def test_a_token_that_is_none_is_refused_by_name(client: httpx.Client, tampered: str) -> None:
    answer = client.get(ITEMS, params={"token": tampered})
    assert answer.status_code == 400, tampered
    assert [each["where"] for each in answer.json()["errors"]] == ["token"]


@pytest.mark.parametrize(
    "keys",
    [["x"], ["99999999999999999999999"], [None], ["1", "2"], ["1' OR true --"], ["1; DROP TABLE meadow"], [7],
     ["\x00"], [["1"]]],
)  # fmt: skip
def test_keys_that_were_made_up_are_only_values(client: httpx.Client, keys: list[Any]) -> None:
    token = token_of(client, "limit=5")
    digest, way, position, *_ = orjson.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    answer = client.get(ITEMS, params={"token": written([digest, way, position, *keys])})
    assert answer.status_code == 400, answer.text
    assert [each["where"] for each in answer.json()["errors"]] == ["token"]
    assert read(client, ITEMS)["numberMatched"] == ROWS


def test_a_token_beside_an_offset_or_twice_is_refused(client: httpx.Client) -> None:
    token = token_of(client, "limit=5")
    answer = client.get(f"{ITEMS}?token={token}&offset=3")
    assert [each["where"] for each in answer.json()["errors"]] == ["offset"]
    answer = client.get(f"{ITEMS}?token={token}&token={token}")
    assert [each["where"] for each in answer.json()["errors"]] == ["token"]


def test_a_page_behind_a_feature_that_has_gone_goes_on(meadow: Any) -> None:
    client, owner, _ = meadow
    owner.execute(
        "INSERT INTO meadow VALUES (5000, 'zz', NULL, NULL, 'west', NULL),"
        " (5001, 'zz', 1, NULL, 'west', NULL)"
    )
    try:
        first = read(client, f"{ITEMS}?limit=1&kind=zz")
        owner.execute("DELETE FROM meadow WHERE id = 5000")
        assert ids(first) == [5000]
        assert ids(read(client, link(first, "next") or "")) == [5001]
    finally:
        owner.execute("DELETE FROM meadow WHERE id >= 5000")
