"""Properties without a database: whatever happens in whatever order, a watcher ends up with what there is.

The oracle is a dictionary of plain values; the client under test knows only the frames.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from spatial.patrols.live import scene as scenes
from spatial.patrols.live.composing import Shown, compose
from spatial.patrols.live.frames import RECORD
from spatial.patrols.live.reading import Rows
from spatial.patrols.live.scene import Scene
from spatial.patrols.live.wishes import View, Whom
from tests.spatial.patrols.live.decoder import Client

UNITS, ORGANISATIONS = ("a1", "a12", "a2", "b"), ("water", "roads")
VIEWS = (
    View(),
    View((0.0, 0.0, 5.0, 10.0)),
    View((178.0, -1.0, 2.0, 11.0)),
    View(None, Whom(frozenset({"vehicle"}))),
    View(None, Whom(None, "a1")),
    View((3.0, 3.0, 9.0, 9.0), Whom(None, None, "roads")),
    View(None, Whom(None, None, None, (2, 3, 5, 7, 11))),
)


@dataclass
class Truth:
    """Everything by hand: movers with their facts, and who sees whom."""

    movers: dict[int, dict[str, Any]] = field(default_factory=dict)
    sees: dict[str, set[int]] = field(default_factory=lambda: {"all": set(), "some": set()})
    cries: set[int] = field(default_factory=set)
    clock: int = 0

    def rows(self, chosen: list[int]) -> Rows:
        found = [self.movers[mover] for mover in chosen]
        record = np.zeros(len(found), RECORD)
        for name in ("lon", "lat", "time"):
            record[name] = [each[name] for each in found]
        record["mover"] = chosen
        return Rows(
            np.array(chosen, np.int64), record, np.array([each["there"] for each in found], bool),
            np.array([each["vehicle"] for each in found], bool),
            np.array([each["unit"] for each in found], np.str_),
            np.array([each["organisation"] for each in found], np.str_),
        )  # fmt: skip

    def shown(self, rights: str, view: View) -> dict[int, tuple[int, int, int, bool]]:
        return {
            mover: (each["lon"], each["lat"], each["time"], mover in self.cries)
            for mover, each in self.movers.items()
            if each["there"] and mover in self.sees[rights] and wanted(mover, each, view)
        }


def wanted(mover: int, each: dict[str, Any], view: View) -> bool:
    whom = view.whom
    kind = "vehicle" if each["vehicle"] else "person"
    if view.bbox is not None:
        west, south, east, north = view.bbox
        lon, lat = each["lon"] / 1e7, each["lat"] / 1e7
        if not south <= lat <= north or not (
            west <= lon <= east if west <= east else lon >= west or lon <= east
        ):
            return False
    return (
        (whom.kinds is None or kind in whom.kinds)
        and (whom.unit is None or each["unit"].startswith(whom.unit))
        and (whom.organisation is None or each["organisation"] == whom.organisation)
        and (whom.movers is None or mover in whom.movers)
    )


class World:
    """A scene beside the truth, and what may happen to both."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.truth = Truth()
        self.scene = Scene()
        self.unread: set[int] = set()
        for rights in self.truth.sees:
            self.look(rights)

    def step(self) -> None:
        self.rng.choice(
            (self.hire, self.move, self.move, self.move, self.rehouse, self.leave, self.cry, self.see)
        )()
        if self.rng.random() < 0.5:
            self.read()

    def hire(self) -> None:
        mover = self.rng.randrange(1, 40)
        self.truth.movers.setdefault(
            mover,
            {
                "lon": 0,
                "lat": 0,
                "time": 0,
                "there": False,
                "vehicle": mover % 3 == 0,
                "unit": "",
                "organisation": "",
            },
        )
        self.rehouse(mover)

    def pick(self) -> int | None:
        return self.rng.choice(sorted(self.truth.movers)) if self.truth.movers else None

    def move(self) -> None:
        for _ in range(self.rng.randrange(1, 6)):
            if (mover := self.pick()) is None:
                return
            self.truth.clock += 1
            x, y = self.rng.uniform(-3, 10), self.rng.uniform(-1, 11)
            place = {"lon": round((x + 360 if x < -180 else x) * 1e7), "lat": round(y * 1e7)}
            self.truth.movers[mover] |= {**place, "time": self.truth.clock, "there": True}
            self.unread.add(mover)

    def rehouse(self, mover: int | None = None) -> None:
        mover = mover or self.pick()
        if mover is not None:
            self.truth.movers[mover]["unit"] = self.rng.choice(UNITS)
            self.truth.movers[mover]["organisation"] = self.rng.choice(ORGANISATIONS)
            self.unread.add(mover)

    def leave(self) -> None:
        if self.rng.random() < 0.3 and (mover := self.pick()) is not None:
            del self.truth.movers[mover]
            self.unread.discard(mover)
            self.read(whole=True)

    def cry(self) -> None:
        self.truth.cries = set(self.rng.sample(range(1, 40), 3))
        self.scene = scenes.crying(self.scene, np.array(sorted(self.truth.cries), np.int64))

    def see(self) -> None:
        self.truth.sees["some"] = {mover for mover in range(1, 40) if self.rng.random() < 0.5}
        self.truth.sees["all"] = set(range(1, 40))
        for rights in self.truth.sees:
            self.look(rights)

    def look(self, rights: str) -> None:
        self.scene = scenes.sighted(self.scene, rights, np.array(sorted(self.truth.sees[rights]), np.int64))

    def read(self, whole: bool = False) -> None:
        """Read what changed, in some order of pieces; or everything."""
        if whole or self.rng.random() < 0.2:
            self.scene = scenes.merged(self.scene, self.truth.rows(sorted(self.truth.movers)), whole=True)
        else:
            chosen = sorted(self.unread & self.truth.movers.keys())
            cut = self.rng.randrange(len(chosen) + 1)
            for part in (chosen[cut:], chosen[:cut]):
                self.scene = scenes.merged(self.scene, self.truth.rows(part), whole=False)
        self.unread.clear()
        for rights in self.truth.sees:
            self.look(rights)
        self.scene = scenes.crying(self.scene, np.array(sorted(self.truth.cries), np.int64))


def held(client: Client) -> dict[int, tuple[int, int, int, bool]]:
    return {m: (each["lon"], each["lat"], each["time_us"], each["sos"]) for m, each in client.movers.items()}


@pytest.mark.parametrize("seed", range(40))
def test_a_watcher_has_what_there_is_for_it_after_every_frame(seed: int) -> None:
    """Every line looks at times of its own; one that has looked has everything, of anybody's order."""
    world = World(seed)
    lines = [
        (rights, view, Shown(1, rights, view), Client(epoch=1))
        for rights in ("all", "some")
        for view in VIEWS
    ]
    for _ in range(60):
        world.step()
        world.read()
        for number, (rights, view, shown, client) in enumerate(lines):
            if world.rng.random() < 0.4:
                frames, shown = compose(world.scene, shown, 0)
                for frame in frames:
                    client.take(frame)
                assert held(client) == world.truth.shown(rights, view)
                assert client.back == []
                lines[number] = (rights, view, shown, client)
    assert any("gone" in client.kinds for *_, client in lines)
    assert any("delta" in client.kinds for *_, client in lines)


@pytest.mark.parametrize("seed", range(30))
def test_whoever_lost_the_last_frames_goes_on_from_where_it_was(seed: int) -> None:
    world = World(seed)
    view = VIEWS[seed % len(VIEWS)]
    rights = ("all", "some")[seed % 2]
    shown, client = Shown(1, rights, view), Client(epoch=1)
    resumes = 0
    for _ in range(60):
        world.step()
        world.read()
        frames, shown = compose(world.scene, shown, 0)
        # The line breaks somewhere within what was sent.
        arrived = world.rng.randrange(len(frames) + 1)
        for frame in frames[:arrived]:
            client.take(frame)
        if arrived < len(frames) or world.rng.random() < 0.2:
            again = shown.resumed(client.sequence)
            resumes += again is not None
            shown = again or Shown(1, rights, view)
        else:
            assert held(client) == world.truth.shown(rights, view)
    for frame in compose(world.scene, shown, 0)[0]:
        client.take(frame)
    assert held(client) == world.truth.shown(rights, view)
    assert resumes > 3


def test_nobody_hears_of_movers_who_are_not_theirs() -> None:
    """Not even as gone: a line is told to forget only whom it was shown."""
    world = World(7)
    shown, client = Shown(1, "some", VIEWS[1]), Client(epoch=1)
    ever: set[int] = set()
    for _ in range(200):
        world.step()
        world.read()
        frames, shown = compose(world.scene, shown, 0)
        for frame in frames:
            gone = set(client.take(frame).gone)
            assert gone <= ever
        assert client.movers.keys() <= world.truth.sees["some"]
        ever |= client.movers.keys()
        if world.rng.random() < 0.2:
            shown = shown.resumed(client.sequence) or Shown(1, "some", VIEWS[1])


def test_nothing_is_sent_when_nothing_happened_and_only_what_did_otherwise() -> None:
    world = World(3)
    for _ in range(100):
        world.step()
    world.read(whole=True)
    _, shown = compose(world.scene, Shown(1, "all", View()), 0)
    before = world.scene
    world.read(whole=True)
    assert world.scene is before
    assert compose(world.scene, shown, 0)[0] == []
    mover = next(
        m for m, each in world.truth.movers.items() if each["there"] and m in world.truth.sees["all"]
    )
    world.truth.movers[mover]["time"] += 10**6
    world.unread.add(mover)
    world.read()
    client = Client(epoch=1)
    (frame,), _ = compose(world.scene, shown, 0)
    assert [each["mover"] for each in client.take(frame).records] == [mover]


def test_a_mover_who_comes_anew_does_not_send_the_others_again() -> None:
    world = World(5)
    world.see()
    for mover in (1, 2, 3):
        world.truth.movers[mover] = {
            "lon": 1, "lat": 1, "time": 1, "there": True, "vehicle": False, "unit": "a1",
            "organisation": "water",
        }  # fmt: skip
    world.read(whole=True)
    _, shown = compose(world.scene, Shown(1, "all", View()), 0)
    world.truth.movers[4] = {**world.truth.movers[1], "unit": "a1234567890"}
    world.read(whole=True)
    (frame,), _ = compose(world.scene, shown, 0)
    assert [each["mover"] for each in Client(epoch=1).take(frame).records] == [4]


def test_lines_of_equal_rights_and_view_share_what_is_written() -> None:
    world = World(9)
    for _ in range(50):
        world.step()
    first, second = Shown(1, "all", View()), Shown(2, "all", View())
    (_, first), (_, second) = compose(world.scene, first, 0), compose(world.scene, second, 0)
    for _ in range(10):
        world.move()
    world.read()
    compose(world.scene, first, 0)
    kept = dict(world.scene.bodies)
    compose(world.scene, second, 0)
    assert len(kept) == 1
    assert world.scene.bodies.keys() == kept.keys()
