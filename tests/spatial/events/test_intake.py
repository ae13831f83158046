"""Reports become events: once each, where they happened, and never what cannot be."""

from __future__ import annotations

import difflib
import threading
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from spatial.database import connect
from spatial.events import intake_facts, intake_places
from spatial.events.intake import Person, take_in
from spatial.events.intake_facts import Facts
from spatial.events.intake_report import way_of
from spatial.geometry.datum import convert
from spatial.rights.reader import SYSTEM, Reader
from tests.spatial.events.desk import DISTRICT, GRIDS, STREETS, Town, middle, refusals, report


@pytest.fixture(scope="module")
def chief(town: Town) -> Reader:
    return town.reader("chief of intake")


def event(town: Town, key: int) -> dict[str, Any]:
    row = town.ask("SELECT to_jsonb(e) FROM event AS e WHERE id = %s", key)[0][0]
    assert isinstance(row, dict)
    return row


def test_a_report_becomes_an_event_in_its_grid_with_a_first_step(town: Town, chief: Reader) -> None:
    outcome = town.take(chief, report(GRIDS[3], description="两处\n坑洼", urgency="urgent"))[0]
    assert outcome.created
    assert outcome.state == "reported"
    assert outcome.unit_code == GRIDS[3]
    assert outcome.no is not None
    assert outcome.no[:8] == f"{datetime.now(UTC) + timedelta(hours=8):%Y%m%d}"
    row = event(town, outcome.id or 0)
    assert row["title"] == "路面破损"
    assert row["organisation_id"] is None
    assert row["due_at"] is not None
    assert row["reported_by"] == chief.account_id
    steps = town.ask("SELECT verb, from_state, to_state FROM event_step WHERE event_id = %s", outcome.id)
    assert steps == [("report", None, "reported")]
    assert town.ask("SELECT count(*) FROM explanation WHERE event_id = %s", outcome.id) == [(1,)]


def test_a_bad_report_does_not_lose_the_good_ones_and_the_order_is_kept(town: Town, chief: Reader) -> None:
    lon, _ = middle(GRIDS[0])
    far = datetime.now(UTC) + timedelta(hours=1)
    outcomes = town.take(
        chief,
        report(),
        report(category="99999"),
        report(occurred_at=far),
        report(occurred_at=datetime(1999, 1, 1, tzinfo=UTC)),
        report(occurred_at=datetime(2026, 1, 1)),
        report(lon=lon + 5),
        report(lon=123.5, lat=31.0),
        report(lon=float("nan")),
        report(lat=None),
        report(lon=None, lat=None),
        report(title="a\x00b"),
        report(title="a\x1b[31mb"),
        report(title="\ud800"),
        report(title="题" * 201),
        report(attributes={"a": {"b": ["\x07"]}}),
        report(source="rumour"),
        report(urgency="at once"),
        report(datum="mars"),
        report(component="no such"),
        report(place_id=10**12),
        report(moments={"closed_at": datetime(2020, 1, 1, tzinfo=UTC)}),
        report(GRIDS[7]),
    )
    assert refusals(outcomes) == [
        [], ["category"], ["occurred_at"], ["occurred_at"], ["occurred_at"], ["lon"], ["lon"], ["lon"],
        ["lat"], ["lon"], ["title"], ["title"], ["title"], ["title"], ["attributes.a.b"], ["source"],
        ["urgency"], ["datum"], ["component"], ["place_id"], ["reported_at"], [],
    ]  # fmt: skip
    assert (outcomes[0].unit_code, outcomes[-1].unit_code) == (GRIDS[0], GRIDS[7])
    assert "outside the city" in outcomes[6].problems[0].reason


def test_an_unknown_category_names_those_that_are_like_it(town: Town, chief: Reader) -> None:
    code, name = town.ask("SELECT code, name FROM matter ORDER BY code LIMIT 1")[0]
    outcomes = town.take(chief, report(category=code[:-1] + "x"), report(category=name[:2]))
    assert code in outcomes[0].problems[0].reason
    assert name[:2] in outcomes[1].problems[0].reason


def test_times_must_follow_each_other(town: Town, chief: Reader) -> None:
    day = datetime(2024, 5, 6, 9, tzinfo=UTC)
    before = report(occurred_at=day, reported_at=day, moments={"closed_at": day - timedelta(seconds=1)})
    mixed = report(
        reported_at=day, moments={"handled_at": day + timedelta(2), "accepted_at": day + timedelta(3)}
    )
    assert refusals(town.take(chief, before, mixed)) == [["closed_at"], ["handled_at"]]


def test_a_report_with_a_past_comes_in_with_its_steps(town: Town, chief: Reader) -> None:
    day = datetime(2024, 5, 6, 9, tzinfo=UTC)
    moments = {"dispatched_at": day + timedelta(hours=1), "closed_at": day + timedelta(days=20)}
    key = town.one(chief, occurred_at=day, reported_at=day, moments=moments)
    row = event(town, key)
    assert row["state"] == "closed"
    assert row["organisation_id"] is not None
    assert row["handled_on_time"] is False
    assert row["due_at"] is None
    assert row["valid"] is True
    steps = town.ask("SELECT verb, to_state, at FROM event_step WHERE event_id = %s ORDER BY id", key)
    assert [verb for verb, _, _ in steps] == [
        "report",
        "accept",
        "file",
        "dispatch",
        "handle",
        "verify",
        "close",
    ]
    assert [at for _, _, at in steps] == [
        day,
        *[day + timedelta(hours=1)] * 3,
        *[day + timedelta(days=20)] * 3,
    ]


def test_the_same_report_is_one_event(town: Town, chief: Reader) -> None:
    first, again, other = town.take(
        chief,
        report(external_id="A-1", source="hotline"),
        report(GRIDS[5], external_id="A-1", source="hotline"),
        report(external_id="A-1", source="public"),
    )
    assert (first.id, first.created, again.created, other.created) == (again.id, True, False, True)
    assert other.id != first.id
    later = town.take(chief, report(GRIDS[6], external_id="A-1", source="hotline"))[0]
    assert (later.id, later.no, later.unit_code, later.created) == (first.id, first.no, GRIDS[0], False)


def test_what_is_there_already_is_not_judged_anew(
    town: Town, chief: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = town.take(chief, report(external_id="K-1"))[0]
    monkeypatch.setattr(town.desk.dispatchers, "current", None)
    again = town.take(chief, report(external_id="K-1", category="99999"), report(external_id="K-1"))
    assert [(each.id, each.created) for each in again] == [(first.id, False)] * 2
    assert refusals(town.take(chief, report(external_id="a\x00", category="99999"))) == [
        ["external_id", "category"]
    ]


def test_ids_of_inspections_are_for_the_platform(town: Town, chief: Reader) -> None:
    """Whoever could take one would keep the inspection from becoming an event."""
    mark = "inspection:7:abnormal"
    assert refusals(town.take(chief, report(external_id=mark, source="patrol"))) == [["external_id"]]
    made = town.take(SYSTEM, report(external_id=mark, source="patrol"))[0]
    assert made.created
    assert refusals(town.take(chief, report(external_id=mark, source="patrol"))) == [["external_id"]]
    assert town.take(SYSTEM, report(external_id=mark, source="patrol"))[0].id == made.id


def test_what_json_says_and_no_store_keeps_is_named(town: Town, chief: Reader) -> None:
    outcomes = town.take(
        chief, report(attributes={"n": 10**30}), report(attributes={"n": [{"m": -(10**19)}]}),
        report(attributes={"n": "\ud800"}), report(attributes={"n": 2**63}),
    )  # fmt: skip
    assert refusals(outcomes) == [["attributes"], ["attributes"], ["attributes.n"], []]


def test_batches_in_different_orders_do_not_wait_for_each_other(town: Town, chief: Reader) -> None:
    for round_ in range(4):
        reports = [report(external_id=f"D-{round_}-{number}") for number in range(150)]
        gate, found = threading.Barrier(2), []

        def send(sent: list[Any], gate: threading.Barrier = gate, found: list[Any] = found) -> None:
            gate.wait()
            found.extend(town.take(chief, *sent))

        threads = [threading.Thread(target=send, args=[sent]) for sent in (reports, reports[::-1])]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        assert sum(outcome.created for outcome in found) == 150
        assert len({outcome.id for outcome in found}) == 150
        assert len(found) == 300


def test_only_the_first_unknown_categories_are_compared(
    town: Town, chief: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[str] = []

    def close(word: str, *rest: Any) -> list[str]:
        compared.append(word)
        return difflib.get_close_matches(word, *rest)

    monkeypatch.setattr(intake_facts, "difflib", SimpleNamespace(get_close_matches=close))
    outcomes = town.take(chief, *[report(category=f"9{number % 30:04}") for number in range(90)])
    assert refusals(outcomes) == [["category"]] * 90
    assert len(compared) == intake_facts.MOST_NEARED
    assert "GET /api/matters" in outcomes[29].problems[0].reason


def test_an_address_is_looked_up_once_and_so_many_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake_places, "MOST_ADDRESSES", 2)
    asked: list[str] = []

    class Nothing:
        def find(self, text: str, most: int) -> list[Any]:
            asked.append(text)
            return []

    nowhere = [report(lon=None, lat=None, address=text) for text in ("甲", "乙", "甲", "丙", "乙")]
    spots = intake_places.located(nowhere, Facts({}, {}, frozenset(), {}), lambda: Nothing())  # type: ignore[arg-type,return-value]
    assert asked == ["甲", "乙"]
    reasons = [spot.problems[0].reason for spot in spots]
    assert [("one too many" in reason) for reason in reasons] == [False, False, False, True, False]
    assert "2 different" in reasons[3]


def test_times_do_not_run_backwards_where_few_are_given() -> None:
    day = datetime(2024, 5, 6, 9, tzinfo=UTC)
    later = day + timedelta(hours=3)
    assert way_of(report(until="verified", moments={"filed_at": later}), day) == [day] + [later] * 5
    assert way_of(report(until="filed"), day) == [day] * 3


def test_two_threads_that_send_the_same_report_make_one_event(town: Town, chief: Reader) -> None:
    for round_ in range(5):
        gate = threading.Barrier(2)
        found: list[Any] = []

        def send(mark: str = f"T-{round_}", gate: threading.Barrier = gate, found: list[Any] = found) -> None:
            gate.wait()
            found.extend(town.take(chief, report(external_id=mark)))

        threads = [threading.Thread(target=send) for _ in range(2)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        assert len({outcome.id for outcome in found}) == 1
        assert sorted(outcome.created for outcome in found) == [False, True]
        assert town.ask("SELECT count(*) FROM event WHERE external_id = %s", f"T-{round_}") == [(1,)]


def test_numbers_are_drawn_once_by_many_at_once(town: Town, chief: Reader) -> None:
    found: list[Any] = []

    def send() -> None:
        found.extend(town.take(chief, *[report() for _ in range(50)]))

    threads = [threading.Thread(target=send) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert len({outcome.no for outcome in found}) == 200


def test_a_point_is_taken_in_any_datum(town: Town, chief: Reader) -> None:
    lon, lat = middle(GRIDS[2])
    (x,), (y,) = convert([lon], [lat], "wgs84", "bd09")
    key = town.one(chief, lon=float(x), lat=float(y), datum="bd09")
    stored = town.ask("SELECT ST_X(geom), ST_Y(geom), unit_code FROM event WHERE id = %s", key)[0]
    assert stored[:2] == pytest.approx((lon, lat), abs=1e-7)
    assert stored[2] == GRIDS[2]


def test_a_component_says_where_it_is(town: Town, chief: Reader) -> None:
    code, unit = town.ask("SELECT code, unit_code FROM component ORDER BY code DESC LIMIT 1")[0]
    outcome = town.take(chief, report(lon=None, lat=None, component=code))[0]
    assert outcome.unit_code == unit
    assert event(town, outcome.id or 0)["component_id"] is not None


def test_an_address_says_where_it_is_when_it_is_clear(town: Town, chief: Reader) -> None:
    for grid, text in ((GRIDS[1], "知春路76号"), (GRIDS[5], "学院路37号"), (GRIDS[6], "幸福里小区")):
        town.ask(
            "INSERT INTO address (full_text, kind, geom, source) VALUES"
            " (%s, 'door', ST_SetSRID(ST_MakePoint(%s, %s), 4326), 'test')",
            text, *middle(grid),
        )  # fmt: skip
    exact, written, nothing = town.take(
        chief,
        report(lon=None, lat=None, address="知春路76号"),
        report(lon=None, lat=None, address="学院路３７号"),
        report(lon=None, lat=None, address="火星大街999号院"),
    )
    assert (exact.unit_code, written.unit_code) == (GRIDS[1], GRIDS[5])
    assert event(town, exact.id or 0)["address_id"] is not None
    assert [problem.where for problem in nothing.problems] == ["address"]


def test_a_hotline_may_know_an_address_beyond_every_grid(town: Town, chief: Reader) -> None:
    town.ask(
        "INSERT INTO address (full_text, kind, geom, source) VALUES"
        " ('滨海路5号', 'door', ST_SetSRID(ST_MakePoint(123.5, 31.0), 4326), 'test')"
    )
    with town.as_reader(SYSTEM) as connection:
        town.desk.gazetteers.current(SYSTEM, connection)
    given: dict[str, Any] = {"lon": None, "lat": None, "address": "滨海路5号"}
    taken, refused = town.take(chief, report(source="hotline", **given), report(source="patrol", **given))
    assert (taken.unit_code, taken.ruling, taken.created) == (None, "unassigned", True)
    assert refusals([refused]) == [["address"]]
    # A point is meant as it is sent: an address beside does not make up for it.
    point = report(source="hotline", lon=123.5, lat=31.0, address="滨海路5号")
    assert refusals(town.take(chief, point)) == [["lon"]]


def test_who_reports_stays_in_the_own_area(town: Town) -> None:
    street = town.reader("a street", role="street_administrator", reach="area", area=STREETS[0])
    inside, outside, sea = town.take(street, report(), report(GRIDS[7]), report(lon=123.5, lat=31.0))
    assert inside.created
    # A neighbour's grid and the sea sound alike.
    assert outside.problems == sea.problems
    assert town.take(street, report(until="closed"))[0].created
    worker = town.reader("a worker", role="field_worker", reach="area", area=GRIDS[0])
    assert refusals(town.take(worker, report(), report(until="filed"))) == [[], ["until"]]


def test_an_external_id_of_another_area_tells_nothing(town: Town, chief: Reader) -> None:
    town.one(chief, grid=GRIDS[7], external_id="B-1")
    street = town.reader("street of B", role="street_administrator", reach="area", area=STREETS[0])
    outcome = town.take(street, report(external_id="B-1"))[0]
    assert [problem.where for problem in outcome.problems] == ["external_id"]
    assert outcome.id is None


def test_the_reporter_is_sealed(town: Town, chief: Reader) -> None:
    person = Person("张三丰", "13812345678", None, None)
    key = town.one(chief, source="hotline", reporter=person)
    row = town.ask("SELECT to_jsonb(r) FROM reporter AS r WHERE event_id = %s", key)[0][0]
    assert (row["name"], row["phone"], row["id_number"]) == ("张**", "138****5678", None)
    assert row["phone_cipher"]
    assert "13812345678" not in str(
        town.ask("SELECT row_to_json(a)::text FROM audit AS a ORDER BY id DESC LIMIT 5")
    )
    assert refusals(town.take(chief, report(reporter=Person(name="张**")))) == [["reporter.name"]]


def test_what_is_published_meanwhile_is_decided_anew(
    town: Town, chief: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the deciding and the storing a duty line changes: the event must rest on the new list."""
    asked: list[int] = []
    current = town.desk.dispatchers.current

    def slow() -> Any:
        """Give the newest, and then change the list: as if the change came right after it was taken."""
        dispatcher = current()
        asked.append(dispatcher.stamp)
        if len(asked) == 1:
            with connect(town.url) as owner:
                owner.execute(
                    "UPDATE duty SET organisation_id = (SELECT id FROM organisation WHERE code = 'roads'),"
                    " worker_id = NULL WHERE unit_code = %s",
                    (GRIDS[4],),
                )
        return dispatcher

    monkeypatch.setattr(town.desk.dispatchers, "recent", slow)
    monkeypatch.setattr(town.desk.dispatchers, "current", slow)
    key = town.one(chief, grid=GRIDS[4], until="dispatched")
    assert len(asked) == 2
    roads = town.ask("SELECT id FROM organisation WHERE code = 'roads'")[0][0]
    assert event(town, key)["organisation_id"] == roads


def test_what_a_process_keeps_is_not_believed_when_it_holds_no_more(town: Town, chief: Reader) -> None:
    """Intake begins with the dispatcher in memory, unasked: a change is found all the same."""
    town.one(chief, grid=GRIDS[6], until="dispatched")
    kept = town.desk.dispatchers.recent()
    town.ask("UPDATE duty SET rank = rank WHERE unit_code = %s", GRIDS[6])
    moved = (
        "UPDATE duty SET worker_id = NULL,"
        " organisation_id = (SELECT id FROM organisation WHERE code = 'roads')"
        " WHERE unit_code = %s RETURNING id"
    )
    lines = {line for (line,) in town.ask(moved, GRIDS[6])}
    assert lines
    key = town.one(chief, grid=GRIDS[6], until="dispatched")
    roads = town.ask("SELECT id FROM organisation WHERE code = 'roads'")[0][0]
    assert event(town, key)["organisation_id"] == roads
    assert town.desk.dispatchers.recent() is not kept


def test_a_few_reports_leave_no_setting_of_theirs_behind(town: Town, chief: Reader) -> None:
    with town.as_reader(chief) as connection:
        take_in(connection, town.desk, chief, [report()])
        assert connection.execute("SHOW plan_cache_mode").fetchall() == [("force_generic_plan",)]
    for _ in range(8):
        with town.as_reader(chief) as connection:
            assert connection.execute("SHOW plan_cache_mode").fetchall() == [("force_custom_plan",)]


def test_borders_that_change_after_it_wait_for_the_intake(town: Town, chief: Reader) -> None:
    """A publication cannot slip in between the check and the commit."""
    from spatial.events.dispatch import still_holds

    changed = threading.Event()

    def change() -> None:
        with connect(town.url) as owner:
            owner.execute("UPDATE duty SET rank = rank WHERE unit_code = %s", (DISTRICT,))
        changed.set()

    with town.as_reader(chief) as connection:
        assert still_holds(connection, town.desk.dispatchers.current())
        thread = threading.Thread(target=change)
        thread.start()
        assert not changed.wait(0.3)
    thread.join()
    assert changed.is_set()


def test_intake_without_a_pause_does_not_keep_a_publication_out(town: Town, chief: Reader) -> None:
    """Who asks to hold the borders after a publication began to wait comes after it."""
    from spatial.events.dispatch import still_holds

    order: list[str] = []

    def change() -> None:
        with connect(town.url) as owner:
            owner.execute("UPDATE duty SET rank = rank WHERE unit_code = %s", (DISTRICT,))
        order.append("published")

    def take() -> None:
        with town.as_reader(chief) as connection:
            assert not still_holds(connection, dispatcher)
            order.append("taken")

    def waiting(count: int) -> None:
        asked = (
            "SELECT count(*) FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database"
            " WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()"
        )
        while town.ask(asked) != [(count,)]:
            time.sleep(0.02)

    with town.as_reader(chief) as connection:
        dispatcher = town.desk.dispatchers.current()
        assert still_holds(connection, dispatcher)
        threads = [threading.Thread(target=work) for work in (change, take)]
        for count, thread in enumerate(threads, 1):
            thread.start()
            waiting(count)
        assert order == []
    [thread.join() for thread in threads]
    # The one that took in waited for the publication, and saw what it changed.
    assert sorted(order) == ["published", "taken"]
