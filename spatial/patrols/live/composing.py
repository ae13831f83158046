"""What a line is sent next: a snapshot of its view, and from then on what changed in it."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np

from spatial.patrols.live.frames import ID, Kind, Records, Told, beat, cut
from spatial.patrols.live.reading import Bools
from spatial.patrols.live.scene import MOST_MASKS, Scene
from spatial.patrols.live.wishes import View


@dataclass(frozen=True)
class Shown:
    """What a line has been sent. `since` and the other versions are the scene's."""

    epoch: int
    rights: Hashable
    view: View
    begun: int = 0
    """The version of the last snapshot; 0: there was none yet."""
    since: int = 0
    """The version that the line has seen; its sequence number."""
    now: Bools | None = None
    """Who was in view then (n,)."""
    ever: Bools | None = None
    """Who was in view since the snapshot (n,): all of whom the line may have heard."""

    def resumed(self, sequence: int) -> Shown | None:
        """Go on from a sequence number of this epoch; None where that is not known."""
        if not self.begun or not self.begun <= sequence <= self.since:
            return None
        # What was under way may have been lost: whoever was ever shown may have to be taken away again.
        return Shown(self.epoch, self.rights, self.view, self.begun, sequence, self.ever, self.ever)


def compose(scene: Scene, shown: Shown, now_us: int, flags: int = 0) -> tuple[list[bytes], Shown]:
    """Write what a line does not know yet; gives frames, none when there is nothing, and what it knows then.

    scene: with a sight of the line's rights.
    """
    view = in_view(scene, shown.rights, shown.view)
    if not shown.begun or shown.now is None or shown.ever is None:
        frames = cut(Kind.SNAPSHOT, scene.record[view], shown.epoch, 0, scene.version, now_us, flags)
        return list(frames), _after(scene, shown, view, begun=scene.version)
    before, after, epoch = shown.since, scene.version, shown.epoch
    left = _longer(shown.now, len(scene)) & ~view
    gone = scene.who.mover[left].astype(ID)
    body = _changed(scene, shown, view)
    frames_of: list[bytes] = []
    if len(gone):
        # If more follows, the moment is not over with these.
        until, told = (before, flags | Told.MORE) if len(body) else (after, flags)
        frames_of += cut(Kind.GONE, gone, epoch, before, until, now_us, told)
    if len(body):
        frames_of += cut(Kind.DELTA, body, epoch, before, after, now_us, flags)
    return frames_of, _after(scene, shown, view, begun=shown.begun)


def nothing_new(shown: Shown, now_us: int, flags: int = 0) -> bytes:
    """Write a frame that says how far the line has seen."""
    return beat(shown.epoch, shown.since, now_us, flags)


def in_view(scene: Scene, rights: Hashable, view: View) -> Bools:
    """Tell who is shown to readers with such rights in a view (n,)."""
    kept = scene.shown.get((rights, view))
    if kept is None:
        if len(scene.shown) >= MOST_MASKS:
            scene.shown.clear()
        kept = scene.there & scene.sights[rights].seen & scene.who.mask(view.whom)
        if view.bbox is not None:
            kept &= _inside(scene.record, view.bbox)
        scene.shown[rights, view] = kept
    return kept


def _inside(record: Records, bbox: tuple[float, float, float, float]) -> Bools:
    west, south, east, north = (round(degrees * 1e7) for degrees in bbox)
    lon, lat = record["lon"], record["lat"]
    across = (lon >= west) | (lon <= east) if west > east else (lon >= west) & (lon <= east)
    return np.asarray(across & (lat >= south) & (lat <= north))


def _changed(scene: Scene, shown: Shown, view: Bools) -> Records:
    """Give the records in view that are newer than what the line has seen; kept for lines like it."""
    key = (shown.rights, shown.view, shown.since)
    kept = scene.bodies.get(key)
    if kept is None:
        if len(scene.bodies) >= MOST_MASKS:
            scene.bodies.clear()
        touched = scene.sights[shown.rights].touched
        newer = (scene.stamp > shown.since) | (touched > shown.since)
        kept = scene.bodies[key] = scene.record[view & newer]
    return kept


def _after(scene: Scene, shown: Shown, view: Bools, begun: int) -> Shown:
    ever = view if shown.ever is None or not shown.begun else _longer(shown.ever, len(scene)) | view
    return Shown(shown.epoch, shown.rights, shown.view, begun, scene.version, view, ever)


def _longer(mask: Bools, length: int) -> Bools:
    """Movers who have come since are in no mask of before."""
    if len(mask) == length:
        return mask
    return np.concatenate([mask, np.zeros(length - len(mask), bool)])
