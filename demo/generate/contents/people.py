"""Field people (网格员/网格长/监督员): invented persons with skills, a shift and a last place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from demo.generate.contents.city import DISTRICT, City, points, points_inside
from demo.generate.contents.files import texts
from demo.generate.contents.organisations import Organisation

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂英华玉萍红玲建国志海燕春梅晓东文博宇欣怡子涵浩然佳琪思远"
SKILLS = (
    "medical",
    "law",
    "repair",
    "mediation",
    "first_aid",
    "fire_safety",
    "flood_control",
    "sign_language",
)
"""Skills (特长): 医疗, 法律, 维修, 调解, 急救, 消防, 防汛, 手语."""

ON_DUTY_SHARE = 0.6
SUPERVISORS_PER_STREET = 5


@dataclass(frozen=True)
class Post:
    """A position to fill: role, the unit it belongs to and the organisation that pays for it."""

    role: str
    unit_code: str
    organisation: str


def make_people(city: City, organisations: list[Organisation]) -> Any:
    """Make everybody, as a pandas table with the columns of `worker`.

    `organisation` is the organisation's code and `seen_ago_s` counts back from the time of loading.
    """
    import pandas

    posts = [
        *_grid_posts(city),
        *_community_posts(city),
        *_street_posts(city),
        *_department_posts(organisations),
    ]
    rng = city.rng("people")
    on_duty = _shift(posts, rng)
    return pandas.DataFrame(
        {
            "code": [f"DEMO-W{number:05d}" for number in range(1, len(posts) + 1)],
            "name": invent_names(len(posts), rng),
            "phone": [invent_phone(number) for number in range(1, len(posts) + 1)],
            "role": [post.role for post in posts],
            "skills": _skills(len(posts), rng),
            "organisation": [post.organisation for post in posts],
            "unit_code": texts(post.unit_code for post in posts),
            "on_duty": on_duty,
            "geom": points(_last_places(city, posts, rng)),
            "seen_ago_s": _seen_ago_s(on_duty, rng),
            "generated": True,
        }
    )


def _grid_posts(city: City) -> list[Post]:
    """One leader per grid and one or two workers, who belong to the community's office."""
    second = city.rng("second worker").random(len(city.grids)) < 0.5
    posts = []
    for grid, two in zip(city.grids.itertuples(), second, strict=True):
        office = f"DEMO-C{grid.parent_code}"
        posts.append(Post("grid_leader", grid.code, office))
        posts += [Post("grid_worker", grid.code, office)] * (1 + int(two))
    return posts


def _community_posts(city: City) -> list[Post]:
    return [Post("liaison", code, f"DEMO-C{code}") for code in city.level(3).code]


def _street_posts(city: City) -> list[Post]:
    posts = []
    for code in city.level(2).code:
        posts += [Post("supervisor", code, f"DEMO-S{code}")] * SUPERVISORS_PER_STREET
        posts += [Post("inspector", code, f"DEMO-E{code}")] * SUPERVISORS_PER_STREET
    return posts


def _department_posts(organisations: list[Organisation]) -> list[Post]:
    district = [o for o in organisations if o.unit_code == DISTRICT]
    return [Post("department", o.unit_code, o.code) for o in district for _ in range(3)]


def _shift(posts: list[Post], rng: np.random.Generator) -> Any:
    """About 60 % work now: leaders by day, the others in turns."""
    share = {"grid_leader": 0.66, "grid_worker": 0.56, "department": 0.7}
    chance = np.array([share.get(post.role, ON_DUTY_SHARE) for post in posts])
    return rng.random(len(posts)) < chance


def invent_names(count: int, rng: np.random.Generator) -> list[str]:
    """Draw names of two or three characters: surnames by how common they are, the rest by chance."""
    weight = 1.0 / np.arange(2, len(SURNAMES) + 2)
    surnames = rng.choice(list(SURNAMES), count, p=weight / weight.sum())
    first, second = rng.choice(list(GIVEN), (2, count))
    short = rng.random(count) < 0.2
    return [s + a + ("" if one else b) for s, a, b, one in zip(surnames, first, second, short, strict=True)]


def invent_phone(number: int) -> str:
    """Write a number that nobody can have: no area is 000."""
    return f"000-{number // 10_000:04d}-{number % 10_000:04d}"


def _skills(count: int, rng: np.random.Generator) -> list[list[str]]:
    how_many = rng.choice([0, 1, 2], count, p=[0.45, 0.4, 0.15])
    return [sorted(rng.choice(SKILLS, n, replace=False).tolist()) for n in how_many]


def _seen_ago_s(on_duty: Any, rng: np.random.Generator) -> Any:
    """Those on duty sent a fix within ten minutes; the others went home some hours ago."""
    return np.where(on_duty, rng.integers(0, 600, len(on_duty)), rng.integers(3_600, 72_000, len(on_duty)))


def _last_places(city: City, posts: list[Post], rng: np.random.Generator) -> Any:
    """Everybody stands in a grid of their own unit."""
    codes = np.asarray(city.grids.code, dtype=str)
    low = np.searchsorted(codes, [post.unit_code for post in posts])
    high = np.searchsorted(codes, [post.unit_code + "~" for post in posts])
    chosen = low + (rng.random(len(posts)) * (high - low)).astype(int)
    return points_inside(np.asarray(city.grids["plane"])[chosen], rng)
