"""When a message is tried again, how it is signed, what is said of a webhook: tables, and no database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook as Verifier

from spatial.partners.health import Surroundings, health
from spatial.partners.retries import (
    LONGEST_S,
    is_hopeless,
    is_of_partner,
    is_taken,
    pause_s,
    rest_s,
    retry_after_s,
)
from spatial.partners.signing import make_secret, signature, signed_headers
from spatial.partners.webhooks import RETRIES_S

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        (" 7 ", 7),
        ("0", 0),
        ("Sun, 22 Nov 2026 06:02:00 GMT", 120),
        ("Sun, 22 Nov 2026 05:00:00 GMT", 0),
        ("99999999999999999999", LONGEST_S),
        ("Tue, 01 Jan 2999 00:00:00 GMT", LONGEST_S),
        ("soon", None),
        ("Mon, 01 Jan 0001 00:00:00 +2359", 0),
        ("Fri, 31 Dec 9999 23:59:59 -2359", LONGEST_S),
        ("Sun, 22 Nov 99999999999999999999 06:02:00 GMT", None),
        ("-5", None),
        ("٣", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, seconds: float | None) -> None:
    assert retry_after_s(header, NOW) == seconds


@pytest.mark.parametrize(
    ("tries", "asked_s", "chance", "wait_s"),
    [
        (0, None, 0.5, 5),
        (0, None, 0.0, 4),
        (0, None, 1.0, 6),
        (1, None, 0.5, 30),
        (1, 60, 0.5, 60),
        (1, 3, 0.5, 30),
        (1, 10**9, 0.5, LONGEST_S),
        (10, None, 0.5, 86_400),
        (11, None, 0.5, None),
        (11, 60, 0.5, None),
    ],
)
def test_pauses_grow_until_the_last_try(
    tries: int, asked_s: float | None, chance: float, wait_s: float | None
) -> None:
    assert pause_s(RETRIES_S, tries, asked_s, chance) == (None if wait_s is None else pytest.approx(wait_s))


def test_a_partner_that_fails_is_left_in_peace_for_longer_and_longer() -> None:
    rests = [rest_s(failures, None, 0.5) for failures in range(1, 40)]
    assert rests[:5] == [0, 0, 10, 20, 40]
    assert rests == sorted(rests)
    assert rests[-1] == 900
    assert rest_s(1, 300, 0.5) == 300


@pytest.mark.parametrize(
    ("status", "taken", "of_partner", "hopeless"),
    [
        (200, True, True, False),
        (204, True, True, False),
        (301, False, True, False),
        (400, False, False, True),
        (401, False, True, False),
        (404, False, True, False),
        (409, False, False, False),
        (422, False, False, True),
        (429, False, True, False),
        (500, False, True, False),
        (503, False, True, False),
    ],
)
def test_what_a_status_says(status: int, taken: bool, of_partner: bool, hopeless: bool) -> None:
    assert is_taken(status) == taken
    assert is_of_partner(status) == of_partner
    assert is_hopeless("rest", status) == hopeless
    assert not is_hopeless("webhook", status)


def test_no_answer_is_the_partners_fault() -> None:
    assert is_of_partner(None)
    assert not is_hopeless("rest", None)


def test_others_sign_the_same() -> None:
    """The example of the specification, and one by the library of others."""
    at = datetime.fromtimestamp(1614265330, UTC)
    body = b'{"test": 2432232314}'
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    made = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    own = make_secret()
    assert signature(own, "m-1", 1614265330, body) == Verifier(own).sign("m-1", at, body.decode())
    both = signed_headers((own, secret), "m-1", 1614265330, body)["webhook-signature"].split(" ")
    assert len(both) == len(set(both)) == 2


def row(**given: Any) -> dict[str, Any]:
    return {
        "state": "active", "why": "", "failures": 0, "failing_since": None, "last_error": None,
        "rest_until": None, "dead": 0, "held": 0, "after_dead": "hold", "waiting": 0, "oldest_at": None,
        "last_good_at": NOW, **given,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "around", "word", "why"),
    [
        ({}, Surroundings(True, None), "ok", "everything that it wants was taken"),
        ({"last_good_at": None}, Surroundings(True, None), "ok", "nothing has been sent yet"),
        ({}, Surroundings(False, None), "stopped", "no job process"),
        ({"state": "paused", "why": "paused by hand"}, Surroundings(False, None), "paused", "by hand"),
        ({"state": "off", "why": "410"}, Surroundings(True, None), "off", "410"),
        (
            {"failures": 4, "failing_since": NOW, "last_error": "answers 500", "rest_until": NOW},
            Surroundings(True, None), "failing", "(4 times): answers 500; asked again at 06:00:00",
        ),
        ({"dead": 2, "held": 5}, Surroundings(True, None), "dead", "5 later ones of the same subjects"),
        ({"dead": 2, "held": 5, "after_dead": "go_on"}, Surroundings(True, None), "dead", "2 messages"),
        ({}, Surroundings(True, NOW - timedelta(hours=1)), "held", "since before 2026-11-22 05:00:00 UTC"),
        ({}, Surroundings(True, NOW - timedelta(seconds=5)), "ok", "everything"),
        ({"waiting": 9, "oldest_at": NOW - timedelta(hours=1)}, Surroundings(True, None), "late", "9 mess"),
    ],
)  # fmt: skip
def test_what_is_the_matter_is_said_in_a_word_and_a_sentence(
    given: dict[str, Any], around: Surroundings, word: str, why: str
) -> None:
    said = health(row(**given), around, NOW)
    assert said[0] == word
    assert why in said[1]
