"""Text messages through SMPP and the log: what becomes of each, and what gateways do."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from api.message_gateways import gateway_of
from api.message_jobs import MessageSender
from spatial.database import connect, query
from spatial.partners.messages import outbox
from spatial.settings import Secret, Settings
from tests.api.messages.town import Town, body, digits, open_office_again, refused, send, session_of, working
from tests.databases import ROOT
from tests.hearing import hearing
from tests.patience import until
from tests.spatial.partners.centres import Centre, Rogue, take
from tests.spatial.rights.town import GRIDS
from tests.spatial.rights.vault import seal_everybody


def test_a_message_goes_through_a_centre_and_its_receipt_comes_back(town: Town) -> None:
    message = send(town, GRIDS[0], GRIDS[1], text="井盖丢失" * 40)
    with Centre() as centre:
        sender = town.sender(
            sms_gateway=Secret(f"smpp://city:secret@127.0.0.1:{centre.port}?per_second=1000")
        )
        with working(town, sender) as work:
            assert work() == 1
            assert set(town.states(message).values()) == {"sent"}
            assert len(centre.taken) == 6
            first = town.workers[GRIDS[0]]
            numbers = {each.destination_addr for each in centre.taken}
            assert numbers == {digits(town.phones[town.workers[grid]]) for grid in GRIDS[:2]}
            mine = [nr for nr, each in enumerate(centre.taken, 1)
                    if each.destination_addr == digits(town.phones[first])]  # fmt: skip
            for nr in mine:
                assert town.states(message)[first] == "sent"
                _receipt(centre, work, f"{nr}", "DELIVRD")
            assert town.states(message)[first] == "delivered"
            other = town.workers[GRIDS[1]]
            lost = next(nr for nr in range(1, 7) if nr not in mine)
            _receipt(centre, work, f"{lost}", "UNDELIV")
            assert town.states(message) == {first: "delivered", other: "failed"}
    shown = town.office["chief"].get(f"/api/messages/{message}")
    assert [each["reason"] for each in shown["recipients"]] == ["", "UNDELIV"]
    assert shown["recipients"][0]["gateway"] == "smpp"
    # Whose number was opened is on record, once each.
    entries = town.ask(
        "SELECT row_key, after ->> 'message', unit_code FROM audit WHERE action = 'send'"
        " AND after ->> 'message' = %s ORDER BY row_key::bigint", str(message),
    )  # fmt: skip
    assert entries == [(str(town.workers[grid]), str(message), grid) for grid in GRIDS[:2]]


def _receipt(centre: Centre, work: Callable[[], int], number: str, state: str) -> None:
    """Deliver a receipt as a text, while the job process works: it is answered once it is kept."""
    dates = "submit date:2611221000 done date:2611221001"
    text = f"id:{number} sub:001 dlvrd:001 {dates} stat:{state} err:000 text:"
    answered: list[int] = []
    thread = threading.Thread(target=lambda: answered.append(centre.receipt("1", text)))
    thread.start()
    until(lambda: (work(), answered)[1])
    thread.join()
    assert answered == [0]


def test_a_centre_that_throttles_gets_the_rest_later_and_nothing_twice(town: Town) -> None:
    message = send(town, *GRIDS[:4])

    def answer(_: Any) -> int:
        return 0x58 if len(centre.taken) == 2 else 0

    with Centre(answer) as centre:
        url = f"smpp://city:secret@127.0.0.1:{centre.port}?per_second=1000&window=1"
        with working(town, town.sender(sms_gateway=Secret(url))) as work:
            until(lambda: (work(), set(town.states(message).values()) == {"sent"})[1])
        good = [each.destination_addr for each in centre.taken]
        del good[2]
        assert sorted(good) == sorted(digits(town.phones[town.workers[grid]]) for grid in GRIDS[:4])
    tries = town.ask("SELECT tries FROM message_recipient WHERE message_id = %s ORDER BY id", message)
    assert max(tries) == (2,)


def test_a_gateway_that_drops_the_line_after_a_submit_leaves_one_in_doubt(town: Town) -> None:
    message = send(town, *GRIDS[:3])

    def behave(rogue: Rogue, line: Any, unit: Any) -> None:
        if len(rogue.submits()) == 2:
            line.shutdown(2)
        else:
            take(line, unit, f"n{len(rogue.submits())}")

    with Rogue(behave) as rogue:
        url = f"smpp://city:secret@127.0.0.1:{rogue.port}?per_second=1000&window=1"
        sender = town.sender(sms_gateway=Secret(url))
        with working(town, sender) as work:
            until(lambda: (work(), "queued" not in town.states(message).values())[1])
            assert sorted(town.states(message).values()) == ["sent", "sent", "uncertain"]
            assert len(rogue.submits()) == 3
            assert rogue.connections == 2
            # A person decides that it may arrive twice.
            chief = town.office["chief"]
            assert chief.post(f"/api/messages/{message}/again")["recipients"][1]["state"] == "queued"
            work()
            assert len(rogue.submits()) == 4
    assert set(town.states(message).values()) == {"sent"}
    assert town.office["chief"].ask("POST", f"/api/messages/{message}/again", json={}).status_code == 409


def test_a_gateway_that_is_away_loses_nothing_and_time_runs_out_at_last(town: Town) -> None:
    message = send(town)
    with Centre() as centre:
        port = centre.port
    sender = town.sender(sms_gateway=Secret(f"smpp://city:secret@127.0.0.1:{port}"))
    with working(town, sender) as work:
        assert work() == 0
        assert set(town.states(message).values()) == {"queued"}
        with Centre(port=port) as centre:
            sender._not_before_s = 0
            until(lambda: (work(), set(town.states(message).values()) == {"sent"})[1])
            town.ask("UPDATE message SET expires_at = now() - interval '1 s' WHERE id = %s", message)
            late = send(town)
            town.ask("UPDATE message SET expires_at = now() - interval '1 s' WHERE id = %s", late)
            work()
            assert set(town.states(late).values()) == {"expired"}
            assert len(centre.taken) == 1


def test_a_process_that_is_killed_between_submit_and_note_leaves_it_in_doubt(town: Town) -> None:
    message = send(town, GRIDS[0], GRIDS[1])
    with session_of(town) as connection:
        assert len(outbox.claim(connection, 10, "smpp")) == 2
    with session_of(town) as connection:
        outbox.give_back(connection, repeats=False)
    assert set(town.states(message).values()) == {"uncertain"}
    with Centre() as centre:
        url = f"smpp://city:secret@127.0.0.1:{centre.port}"
        with working(town, town.sender(sms_gateway=Secret(url))) as work:
            work()
        assert centre.taken == []
    # A gateway that tells doubles apart may be asked again.
    town.ask("UPDATE message_recipient SET state = 'sending'")
    with session_of(town) as connection:
        assert outbox.give_back(connection, repeats=True) == 2
    assert set(town.states(message).values()) == {"queued"}


def test_a_number_opens_for_nobody_but_a_committed_claim(town: Town) -> None:
    send(town)
    (number,) = town.ask("SELECT id FROM message_recipient")[0]
    asked = query("spatial.partners.messages", "ciphers"), {"ids": [number]}
    with session_of(town) as connection:
        assert connection.execute(*asked).fetchall() == []
        assert [each.recipient_id for each in outbox.claim(connection, 10, "log")] == [number]
        assert connection.execute(*asked).fetchall() == []
    with session_of(town) as connection:
        assert len(connection.execute(*asked).fetchall()) == 1
    # Not for whoever is no part of the platform.
    with pytest.raises(Exception, match="permission denied"), connect(town.office.app_url) as connection:
        connection.execute("SET ROLE citygrid_city")
        connection.execute(*asked)


def test_somebody_without_a_number_that_opens_fails_and_the_others_do_not(town: Town) -> None:
    message = send(town, GRIDS[0], GRIDS[1], GRIDS[2])
    bad, short = town.workers[GRIDS[0]], town.workers[GRIDS[1]]
    town.ask("UPDATE worker SET phone_cipher = NULL WHERE id = %s", bad)
    town.ask("UPDATE worker SET phone_cipher = '\\x01000000017777' WHERE id = %s", short)
    with working(town, town.sender(sms_gateway=Secret("log:"))) as work:
        work()
    assert town.states(message) == {bad: "failed", short: "failed", town.workers[GRIDS[2]]: "sent"}
    with connect(town.office.url) as connection:
        clear = seal_everybody(connection, town.master)
    town.phones |= {key: each["phone"] for (table, key), each in clear.items() if table == "worker"}


def test_the_log_of_a_demo_shows_no_number_and_no_text(town: Town) -> None:
    message = send(town, text="到知春路76号")
    log = town.sender(sms_gateway=Secret("log:"))
    with hearing() as lines, working(town, log) as work:
        work()
    assert set(town.states(message).values()) == {"sent"}
    said = str(lines)
    assert "not sent" in said and "知春路" not in said
    assert not any(phone in said or digits(phone) in said for phone in town.phones.values())


def test_without_a_gateway_nothing_is_taken(town: Town, tmp_path: Path) -> None:
    message = send(town)
    with working(town, MessageSender(town.office.app_url, None, town.master)) as work:
        assert work() == 0
    assert set(town.states(message).values()) == {"queued"}
    assert gateway_of(Settings(demo=False)) is None
    assert gateway_of(Settings()).kind == "log"  # type: ignore[union-attr]
    settings = {"master_key_file": town.master, "demo": False}
    with open_office_again(town, tmp_path, **settings) as chief:
        assert refused(chief, body(town)) == (409, [])
        assert chief.post("/api/messages/preview", body(town))["gateway"] is None


def test_the_worker_works_by_itself(town: Town) -> None:
    with Centre() as centre:
        url = f"smpp://city:secret@127.0.0.1:{centre.port}?per_second=1000"
        with town.sender(sms_gateway=Secret(url)):
            until(lambda: centre.sessions)
            message = send(town)
            until(lambda: set(town.states(message).values()) == {"sent"})
        assert len(centre.taken) == 1


def test_a_sender_that_is_killed_after_a_submit_sends_nothing_twice(town: Town) -> None:
    message = send(town, *GRIDS[:3])
    victims: list[subprocess.Popen[bytes]] = []

    def behave(rogue: Rogue, line: Any, unit: Any) -> None:
        if len(rogue.submits()) == 1:
            take(line, unit, "first")
            until(lambda: town.ask("SELECT gateway_id FROM message_part"))
        elif len(rogue.submits()) == 2:
            # It has left, it is never answered, and nobody is there any more to note it.
            victims[0].kill()
            victims[0].wait()
        else:
            take(line, unit, f"later {len(rogue.submits())}")

    with Rogue(behave) as rogue:
        url = f"smpp://city:secret@127.0.0.1:{rogue.port}?window=3"
        module, given = "tests.api.messages.dying_sender", (town.office.app_url, url, str(town.master))
        victims.append(subprocess.Popen([sys.executable, "-m", module, *given], cwd=ROOT))
        victims[0].wait(60)
        assert sorted(town.states(message).values()) == ["sending"] * 3
        left = len(rogue.submits())
        with working(town, town.sender(sms_gateway=Secret(url))) as work:
            work()
        # All three were being sent to when it died; of the first it is known that the gateway has it.
        assert sorted(town.states(message).values()) == ["sent", "uncertain", "uncertain"]
        assert len(rogue.submits()) == left
