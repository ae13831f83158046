"""Repeats: the demo's chronic sites are found; places by link, name and distance."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from psycopg import Connection

from spatial.events.hot_places import at_places, grouped, name_of, repeats
from spatial.events.occurrences import Which, numbered, read_occurrences

RANDOM = np.random.default_rng(6)


def test_the_chronic_sites_of_the_demo_are_found(city: Connection[Any]) -> None:
    until = datetime.now(UTC) + timedelta(days=1)
    events = read_occurrences(city, Which(until - timedelta(days=100), until))
    patterns = dict(city.execute("SELECT id, attributes ->> 'pattern' FROM event"))
    _, matter = numbered(events.category)
    found = repeats(events.points_m(), matter, events.day, 100)
    spots = [{patterns[events.id[at]] or "" for at in spot.events.tolist()} for spot in found]
    sites: dict[str, int] = {}
    for at in range(len(events)):
        pattern = patterns[events.id[at]] or ""
        if pattern.startswith("repeat:"):
            sites[pattern] = sites.get(pattern, 0) + 1
    many = {site for site, count in sites.items() if count >= 4}
    assert len(many) > 80
    seen = set().union(*spots) & many
    assert len(seen) >= 0.95 * len(many)
    # The most repeated spots are what was planted, or busy stations where the same comes every day.
    assert sum(any(site.startswith("repeat") for site in spot) for spot in spots[:150]) >= 60


def test_one_day_is_no_repeat_and_matters_are_told_apart() -> None:
    points = RANDOM.normal(0, 3, (12, 2))
    day = np.zeros(12, np.int64)
    assert repeats(points, np.zeros(12, np.int64), day, 30) == []
    day[6:] = 20
    both = repeats(points, np.repeat([0, 1], 6), day, 30)
    assert both == []
    (one,) = repeats(points, np.zeros(12, np.int64), day, 30)
    assert (one.count, one.first_day, one.last_day, one.earlier, one.later) == (12, 0, 20, 6, 6)
    assert one.trend_p > 0.5


def test_a_place_that_gets_worse_shows_it() -> None:
    day = np.array([2, 20, 22, 23, 24, 25, 26, 27, 28, 29, 29, 29])
    ((key, spot),) = grouped(RANDOM.normal(0, 5, (12, 2)), np.full(12, 4), day, 30, 3)
    assert key == 4
    assert spot.later == 11
    assert spot.trend_p < 0.01


def test_an_event_goes_with_its_place() -> None:
    places = np.array([[0.0, 0.0], [60.0, 0.0], [500.0, 0.0]])
    points = np.array([[20.0, 0.0], [20.0, 0.0], [20.0, 0.0], [250.0, 0.0]])
    linked = np.array([-1, 2, -1, -1])
    mentions = np.zeros((4, 3))
    mentions[2, 1] = 50.0
    assert at_places(points, linked, places, mentions).tolist() == [0, 2, 1, -1]
    assert at_places(points, linked, np.empty((0, 2)), np.empty((0, 0))).tolist() == [-1, 2, -1, -1]


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("北京市海淀区学院路街道石油共生大院3号楼2单元附近", "石油共生大院"),
        ("中关村南大街与四通桥路口", "中关村南大街与四通桥"),
        ("五道口购物中心东门口", "五道口购物中心"),
        ("五道口购物中心１２号楼", "五道口购物中心"),
        ("", None),
        (None, None),
        ("海淀区", None),
        ("北京市海淀区幸福小区3号楼", "幸福小区"),
        ("海淀区锦绣大地批发市场西门", "锦绣大地批发市场"),
        ("海淀区 未命名(演示)24 西直门一带015社区(生成) （北京北附近）", "北京北"),
        ("海淀区 未命名(演示)16 海淀黄庄一带003社区(生成)", None),
    ],
)
def test_the_name_of_an_address(address: str | None, name: str | None) -> None:
    assert name_of(address) == name
