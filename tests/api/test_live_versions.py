"""A new version is live on every worker within a second, and no answer mixes two."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from spatial.database import connect
from spatial.grids.versions import publish, read_snapshot
from tests.patience import until

PATH = "/api/grids/locate"
HERE = {"lon": 116.3, "lat": 39.98}


def publish_renamed(url: str, mark: str) -> int:
    """Publish the city again with every grid's name ending in `mark`."""
    with connect(url) as connection:
        snapshot = read_snapshot(connection, "grids")
        depth = len(snapshot.levels)
        units = [
            replace(unit, name=unit.name.split(" | ")[0] + f" | {mark}") if unit.level == depth else unit
            for unit in snapshot.units
        ]
        return publish(connection, "grids", units, snapshot.arcs, mark, datetime.now(UTC))


def test_a_new_version_is_live_within_a_second_and_answers_never_mix(client, city_url: str) -> None:
    points = np.random.default_rng(3).uniform((116.2, 39.95), (116.35, 40.0), (400, 2)).tolist()
    mixed, stop, versions = [], threading.Event(), set()

    def watch() -> None:
        while not stop.is_set():
            answer = client.post(PATH, json={"points": points}).json()
            marks = {a["name"].partition(" | ")[2] for a in answer["assignments"] if a["code"]}
            versions.add(answer["version"])
            if len(marks) != 1:
                mixed.append(marks)

    watchers = [threading.Thread(target=watch) for _ in range(2)]
    for watcher in watchers:
        watcher.start()
    for mark in ("a", "b"):
        version = publish_renamed(city_url, mark)
        until(lambda version=version: client.get(PATH, params=HERE).json()["version"] == version)
    stop.set()
    for watcher in watchers:
        watcher.join()
    assert mixed == []
    assert len(versions) >= 2


def test_a_change_of_duty_is_seen(client, city_url: str) -> None:
    person = client.get(PATH, params=HERE).json()["assignments"][0]["duty"]["person"]
    with connect(city_url) as connection:
        connection.execute("UPDATE worker SET name = '换*' WHERE name = %s", [person["name"]])
    until(lambda: client.get(PATH, params=HERE).json()["assignments"][0]["duty"]["person"]["name"] == "换*")
