"""How many features match: exact across commits of others, never another reader's; validators and packing."""

from __future__ import annotations

import gzip
import json
from typing import Any

import httpx
import pytest

from layers import features
from layers.catalogue import layer as find_layer
from layers.features import Counts, Selection, counts
from spatial.database import connect, session
from spatial.rights.reader import Reader
from tests.api.ogc.meadow import ITEMS, ROWS, ids, link, read

CITY = Reader(1, "c", "c", "analyst")
EAST = Reader(1, "e", "e", "analyst", reach="area", area="east")
OF_EAST = {"X-Test-Area": "east"}
IN_EAST = ROWS // 3


@pytest.fixture(scope="module")
def client(meadow: Any) -> httpx.Client:
    return meadow[0]


def matched(client: httpx.Client, query: str = "limit=1", **options: Any) -> int:
    document = read(client, f"{ITEMS}?{query}", **options)
    assert document["numberMatchedIs"] == "exact"
    return int(document["numberMatched"])


def test_a_count_follows_every_commit_of_others_at_once(meadow: Any, postgis_url: str) -> None:
    client, _, _ = meadow
    assert [matched(client) for _ in range(3)] == [ROWS] * 3
    with connect(postgis_url) as other:
        for extra in range(1, 30):
            other.execute("INSERT INTO meadow VALUES (%s, 'new', 1, NULL, 'west', NULL)", [7000 + extra])
            assert matched(client) == ROWS + extra - 1, "not before the commit"
            other.commit()
            assert matched(client) == ROWS + extra
        other.execute("DELETE FROM meadow WHERE id > 7000")
        other.rollback()
        assert matched(client) == ROWS + 29
        other.execute("UPDATE meadow SET kind = 'newer' WHERE id > 7000")
        other.commit()
        assert matched(client, "limit=1&kind=newer") == 29
        assert matched(client, "limit=1&kind=new") == 0
        other.execute("DELETE FROM meadow WHERE id > 7000")
        other.commit()
    assert matched(client) == ROWS


def test_a_count_is_not_taken_again_while_nothing_changes(meadow: Any) -> None:
    _, owner, pool = meadow
    kept, selection = Counts(), Selection(limit=1)
    with session(pool, CITY) as connection:
        meadow_layer = find_layer(connection, "meadow")
        first = features.page(connection, meadow_layer, selection, CITY, kept)
        (before,) = kept._counted.values()
        again = features.page(connection, meadow_layer, selection, CITY, kept)
        assert first.matched == again.matched == ROWS
        assert list(kept._counted.values()) == [before]
    owner.execute("UPDATE meadow SET kind = kind WHERE id = 1")
    with session(pool, CITY) as connection:
        features.page(connection, meadow_layer, selection, CITY, kept)
    (after,) = kept._counted.values()
    assert after.snapshot != before.snapshot


def test_what_the_clock_changes_or_nobody_watches_is_never_remembered(meadow: Any) -> None:
    from dataclasses import replace

    _, _, pool = meadow
    with session(pool, CITY) as connection:
        meadow_layer = find_layer(connection, "meadow")
        for layer in (replace(meadow_layer, by_clock=True), replace(meadow_layer, sources=())):
            kept = Counts()
            assert features.page(connection, layer, Selection(limit=1), CITY, kept).matched == ROWS
            assert not kept._counted


def test_remembered_counts_are_bounded(meadow: Any) -> None:
    _, _, pool = meadow
    kept = Counts(most=5)
    with session(pool, CITY) as connection:
        layer = find_layer(connection, "meadow")
        for number in range(20):
            features.page(connection, layer, Selection(limit=1, equals={"kind": str(number)}), CITY, kept)
            features.page(connection, layer, Selection(limit=1, q=["a", str(number)]), CITY, kept)
    assert len(kept._counted) <= 5


def test_readers_never_see_each_others_counts_tags_or_pages(client: httpx.Client) -> None:
    for _ in range(3):
        assert matched(client) == ROWS
        assert matched(client, headers=OF_EAST) == IN_EAST
    everybody, east = client.get(f"{ITEMS}?limit=9"), client.get(f"{ITEMS}?limit=9", headers=OF_EAST)
    assert everybody.headers["etag"] != east.headers["etag"]
    asked = client.get(f"{ITEMS}?limit=9", headers={**OF_EAST, "If-None-Match": everybody.headers["etag"]})
    assert asked.status_code == 200
    token = httpx.URL(link(everybody.json(), "next") or "").params["token"]
    page = read(client, f"{ITEMS}?limit=200&token={token}", headers=OF_EAST)
    assert all(each % 3 == 0 for each in ids(page))
    assert page["numberMatched"] == IN_EAST
    assert client.get(f"{ITEMS}/1", headers=OF_EAST).status_code == 404
    assert client.get(f"{ITEMS}/3", headers=OF_EAST).status_code == 200


def test_beyond_the_cap_a_count_says_so(meadow: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Estimates come from the planner, who has seen everybody's rows: only readers of everything get them."""
    _, _, pool = meadow
    monkeypatch.setattr(counts, "CAP", 50)
    pages = {}
    for reader in (CITY, EAST):
        with session(pool, reader) as connection:
            layer = find_layer(connection, "meadow")
            kept = Counts()
            for _ in range(2):
                pages[reader] = features.page(connection, layer, Selection(limit=1), reader, kept)
            below = features.page(connection, layer, Selection(limit=1, equals={"kind": "oak"}), EAST, kept)
    assert (pages[EAST].matched, pages[EAST].matched_is) == (50, "atLeast")
    assert pages[CITY].matched_is == "estimated"
    assert pages[CITY].matched >= 50
    assert (below.matched, below.matched_is) == (IN_EAST // 5, "exact")


def test_the_cap_is_a_million_or_more() -> None:
    assert counts.CAP >= 1_000_000


def test_a_page_has_a_weak_tag_that_holds_until_something_changes(meadow: Any) -> None:
    client, owner, _ = meadow
    first = client.get(f"{ITEMS}?limit=5")
    tag = first.headers["etag"]
    assert tag.startswith('W/"')
    assert first.headers["cache-control"] == "private, no-cache"
    assert "Authorization" in first.headers["vary"]
    assert client.get(f"{ITEMS}?limit=5").headers["etag"] == tag
    unchanged = client.get(f"{ITEMS}?limit=5", headers={"If-None-Match": f'"other", {tag}'})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert unchanged.headers["etag"] == tag
    assert unchanged.headers["vary"] == first.headers["vary"]
    assert client.head(f"{ITEMS}?limit=5", headers={"If-None-Match": tag}).status_code == 304
    assert client.get(f"{ITEMS}?limit=6", headers={"If-None-Match": tag}).status_code == 200
    owner.execute("UPDATE meadow SET height = 99 WHERE id = 2")
    changed = client.get(f"{ITEMS}?limit=5", headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag
    owner.execute("UPDATE meadow SET height = (2 * 37 % 23) / 4.0 WHERE id = 2")
    assert client.get(f"{ITEMS}?limit=5").headers["etag"] == tag, "the same features, the same tag"


def test_an_item_has_a_strong_tag_of_row_and_form(meadow: Any) -> None:
    client, owner, _ = meadow
    first = client.get(f"{ITEMS}/7")
    tag = first.headers["etag"]
    assert tag.startswith('"') and "-" in tag
    assert client.get(f"{ITEMS}/7", headers={"If-None-Match": tag}).status_code == 304
    forms = ["?properties=kind", "?skipGeometry=true", "?crs=http://www.opengis.net/def/crs/EPSG/0/3857"]
    tags = {client.get(f"{ITEMS}/7{form}").headers["etag"] for form in forms} | {tag}
    assert len(tags) == 4
    assert {each.partition("-")[0] for each in tags} == {tag.partition("-")[0]}, "one row, one version"
    for change, back in (
        (b"UPDATE meadow SET kind = 'x' WHERE id = 7", b"UPDATE meadow SET kind = NULL WHERE id = 7"),
        (
            b"UPDATE meadow SET geom = ST_Translate(geom, 1, 1) WHERE id = 7",
            b"UPDATE meadow SET geom = ST_Point(116.007, 40.07, 4326) WHERE id = 7",
        ),
    ):
        owner.execute(change)
        assert client.get(f"{ITEMS}/7", headers={"If-None-Match": tag}).status_code == 200
        owner.execute(back)
    owner.execute("UPDATE meadow SET area = 'elsewhere' WHERE id = 7")
    assert client.get(f"{ITEMS}/7").headers["etag"] == tag, "what is not published does not count"
    owner.execute("UPDATE meadow SET area = 'west' WHERE id = 7")


def test_head_of_a_page_has_its_headers_and_no_body(client: httpx.Client) -> None:
    got, head = client.get(f"{ITEMS}?limit=5"), client.head(f"{ITEMS}?limit=5")
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-type", "content-length", "content-crs", "etag", "vary"):
        assert head.headers[name] == got.headers[name]


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [
        ("gzip", True),
        ("br;q=1.0, gzip;q=0.5", True),
        ("GZIP", True),
        ("gzip;q=0", False),
        ("identity", False),
        ("br", False),
    ],
)
def test_large_pages_are_packed_for_who_takes_it(client: httpx.Client, accepted: str, packed: bool) -> None:
    with client.stream("GET", f"{ITEMS}?limit=300", headers={"Accept-Encoding": accepted}) as answer:
        raw = b"".join(answer.iter_raw())
    assert ("content-encoding" in answer.headers) == packed
    assert "Accept-Encoding" in answer.headers["vary"]
    assert len(json.loads(gzip.decompress(raw) if packed else raw)["features"]) == ROWS
    small = client.get(f"{ITEMS}?limit=1", headers={"Accept-Encoding": accepted})
    assert "content-encoding" not in small.headers
