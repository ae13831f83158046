"""OwnTracks over MQTT: what phones publish, acknowledged when it is committed."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiomqtt
import pytest

from api.fixes_mqtt import MOST_ARRIVALS, Arrivals, Follower, broker
from spatial.errors import InvalidInput
from spatial.settings import Secret, Settings
from tests.api.fixes.mqtt import PASSWORD, Post, following
from tests.api.fixes.phones import Phone, owntracks, phone_of, stored, walk
from tests.api.town_hall import Hall
from tests.patience import until


@pytest.fixture(scope="module")
def post(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    opened = Post(tmp_path_factory.mktemp("broker"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def phone(own_hall: Hall) -> Phone:
    return phone_of(own_hall, "walker")


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mqtt")


@pytest.fixture
def follow(post: Post, own_hall: Hall, as_app: Callable[[str], str], home: Path) -> Callable[[], Any]:
    return lambda: following(post, as_app(own_hall.url), home, own_hall.master)


@pytest.fixture
def log(home: Path) -> Callable[[], str]:
    return lambda: (home / "mqtt.log").read_text()


def know(hall: Hall, phone: Phone, identity: str) -> None:
    """Write a device down as somebody's."""
    hall.ask("INSERT INTO device (protocol, identity, state) VALUES ('owntracks', %s, 'active')", identity)
    hall.ask(
        "INSERT INTO device_carrier (device_id, mover_id, since) SELECT id, %s, now() - interval '30 days'"
        " FROM device WHERE identity = %s",
        phone.mover, identity,
    )  # fmt: skip


def test_a_walk_comes_through_unchanged_and_once(
    own_hall: Hall, post: Post, phone: Phone, follow: Callable[[], Any]
) -> None:
    know(own_hall, phone, "mq/phone")
    cabs = walk(60)
    with follow():
        for _ in range(2):
            post.publish(*(("owntracks/mq/phone", owntracks(cab, "somebody", "else")) for cab in cabs))
        until(lambda: len(stored(own_hall, "mq/phone")) == 60)
    rows = stored(own_hall, "mq/phone")
    assert [row[:3] for row in rows] == sorted((cab.time, cab.lon, cab.lat) for cab in cabs)
    assert {row[11] for row in rows} == {phone.mover}
    # Whoever publishes may say anything: the topic alone names them.
    assert own_hall.ask("SELECT 1 FROM device WHERE identity = 'somebody/else'") == []


def test_what_is_no_fix_or_no_message_holds_nothing_up(
    own_hall: Hall, post: Post, phone: Phone, follow: Callable[[], Any]
) -> None:
    know(own_hall, phone, "odd/phone")
    cab = walk(1)[0]
    crossed = {"_type": "transition", "wtst": 5, "tst": cab.seconds, "event": "leave", "acc": 3}
    kept = owntracks(cab)
    post.publish(("owntracks/ghost/phone", kept), ("owntracks/odd/phone", kept), retain=True)
    with follow():
        post.publish(
            *(("owntracks/odd/phone", each) for each in (b"{", b"", b"[" * 5000, b"x" * 300_000)),
            ("owntracks/odd", b"{}"),
            ("owntracks/odd/phone", {"_type": "encrypted", "data": "AAAA"}),
            ("owntracks/odd/phone", {"_type": "location", "lat": "x"}),
            ("owntracks/odd/phone/event", crossed),
            ("owntracks/new/phone", owntracks(cab)),
            ("owntracks/odd/phone", owntracks(cab)),
        )
        until(lambda: any(row[0] == cab.time for row in stored(own_hall, "odd/phone")))
        until(lambda: own_hall.ask("SELECT 1 FROM happening WHERE kind = 'transition'"))
        # What the broker has kept of phones that are long gone makes none.
        assert own_hall.ask("SELECT 1 FROM device WHERE identity = 'ghost/phone'") == []
        until(lambda: own_hall.ask("SELECT 1 FROM device WHERE identity = 'new/phone' AND state = 'waiting'"))
    counted = own_hall.ask(
        "SELECT r.reason, r.count FROM fix_refusal AS r JOIN device AS d ON d.id = r.device_id"
        " WHERE d.identity = 'odd/phone'"
    )
    assert counted == [("unreadable", 2)]


def test_what_comes_while_nobody_follows_is_taken_afterwards(
    own_hall: Hall, post: Post, phone: Phone, follow: Callable[[], Any]
) -> None:
    know(own_hall, phone, "late/phone")
    cabs = walk(30)
    with follow() as process:
        post.publish(("owntracks/late/phone", owntracks(cabs[0])))
        until(lambda: len(stored(own_hall, "late/phone")) == 1)
        process.send_signal(signal.SIGKILL)
        process.wait(30)
    post.publish(*(("owntracks/late/phone", owntracks(cab)) for cab in cabs[1:]))
    with follow():
        until(lambda: len(stored(own_hall, "late/phone")) == 30)


def test_a_broker_that_goes_and_comes_back_is_followed_again(
    own_hall: Hall, post: Post, phone: Phone, follow: Callable[[], Any]
) -> None:
    know(own_hall, phone, "back/phone")
    cab = walk(1)[0]
    with follow() as process:
        post.shut()
        post.open()

        def arrived() -> bool:
            post.publish(("owntracks/back/phone", owntracks(cab)))
            return len(stored(own_hall, "back/phone")) == 1

        until(arrived, pause_s=0.5)
        assert process.poll() is None


def test_phones_that_cannot_even_wait_hold_nobody_up(
    own_hall: Hall, post: Post, phone: Phone, follow: Callable[[], Any]
) -> None:
    know(own_hall, phone, "quick/phone")
    own_hall.ask(
        "INSERT INTO device (protocol, identity, state)"
        " SELECT 'owntracks', 'crowd-' || n, 'waiting' FROM generate_series(1, 1000) AS n"
    )
    cab = walk(1)[0]
    try:
        with follow():
            post.publish(*((f"owntracks/late-{n}/phone", owntracks(cab)) for n in range(220)))
            post.publish(("owntracks/quick/phone", owntracks(cab)))
            until(lambda: len(stored(own_hall, "quick/phone")) == 1)
    finally:
        own_hall.ask("DELETE FROM device WHERE identity LIKE 'crowd-%%'")


def test_a_name_taken_by_http_collects_nobodys_walking(
    own_hall: Hall, post: Post, phone: Phone, follow: Callable[[], Any]
) -> None:
    cabs = walk(2)
    body = json.dumps(owntracks(cabs[0], "li", "phone"))
    answer = phone.post("/api/fixes/owntracks", body, "application/json", **phone.basic)
    assert answer.status_code == 200
    with follow():
        post.publish(("owntracks/li/phone", owntracks(cabs[1])))
        until(lambda: own_hall.ask("SELECT 1 FROM device WHERE identity = 'mqtt:li/phone'"))
    assert [row[0] for row in stored(own_hall, "li/phone")] == [cabs[0].time]
    own_hall.ask("DELETE FROM device WHERE identity = 'mqtt:li/phone'")
    know(own_hall, phone, "mqtt:li/phone")
    with follow():
        post.publish(("owntracks/li/phone", owntracks(cabs[1])))
        until(lambda: [row[0] for row in stored(own_hall, "mqtt:li/phone")] == [cabs[1].time])


def test_a_message_that_breaks_is_counted_and_not_kept_by_the_broker(
    own_hall: Hall, post: Post, phone: Phone, follow: Callable[[], Any], log: Callable[[], str]
) -> None:
    know(own_hall, phone, "broken/phone")
    know(own_hall, phone, "whole/phone")
    own_hall.ask("UPDATE device SET profile = '{\"datum\": \"mars\"}' WHERE identity = 'broken/phone'")
    cab = walk(1)[0]
    with follow():
        post.publish(("owntracks/broken/phone", owntracks(cab)))
        until(lambda: "could not be taken" in log())
    with follow():
        post.publish(("owntracks/whole/phone", owntracks(cab)))
        until(lambda: len(stored(own_hall, "whole/phone")) == 1)
    assert log().count("could not be taken") == 1


def test_a_follower_that_breaks_ends(
    own_hall: Hall, post: Post, as_app: Callable[[str], str], tmp_path: Path
) -> None:
    settings = Settings(
        home=tmp_path, app_database_url=Secret(as_app(own_hall.url)), master_key_file=own_hall.master
    )

    def broken() -> None:
        raise RuntimeError("nobody hears that it is ready")

    follower = Follower(settings, broker(post.url, PASSWORD, identifier="breaks"))
    with pytest.raises(RuntimeError):
        asyncio.run(follower.run(broken))


def test_what_the_broker_must_not_forget_is_never_dropped() -> None:
    async def fill() -> list[int]:
        queue = Arrivals()
        for qos in (0, 1):
            for number in range(MOST_ARRIVALS + 10):
                with suppress(asyncio.QueueFull):
                    queue.put_nowait(aiomqtt.Message("t", b"", qos, False, number, None))
        return [queue.get_nowait().qos for _ in range(queue.qsize())]

    found = asyncio.run(fill())
    assert (found.count(0), found.count(1)) == (MOST_ARRIVALS, MOST_ARRIVALS + 10)


@pytest.mark.parametrize("url", ["http://h", "mqtt://", "mqtt://u:p@h", "mqtt://h:x"])
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(InvalidInput):
        broker(url)


def test_the_password_stands_nowhere() -> None:
    found = broker("mqtts://citygrid@broker.example", "geheim")
    assert (found.port, found.username, found.tls is not None) == (8883, "citygrid", True)
    assert "geheim" not in repr(found)
