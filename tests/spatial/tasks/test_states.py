"""How far a task got: only forwards, the same in any order, the same when all is said twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial.errors import Conflict, InvalidInput
from spatial.tasks.states import RANKS, SAID, Receipt, Standing, check, heard, moment
from spatial.tasks.terminals import MOST_TEXT_BYTES, text_for

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
LONG = timedelta(days=1)


@st.composite
def receipts(draw: st.DrawFn) -> list[Receipt]:
    """What a phone may say, each thing any number of times, of one mind."""
    refused = draw(st.sampled_from([("accepted", "done"), ("declined",)]))
    said = st.sampled_from([each for each in SAID if each not in refused])
    minutes = st.integers(0, 600)
    return [
        Receipt(word, START + timedelta(minutes=at))
        for word, at in draw(st.lists(st.tuples(said, minutes), max_size=6))
    ]


def after(given: list[Receipt]) -> Standing:
    standing = Standing()
    for each in given:
        standing = heard(standing, each)
    return standing


@given(receipts(), st.randoms())
def test_the_order_and_repeats_change_nothing(said: list[Receipt], random) -> None:
    wanted = after(said)
    again = said * 2
    random.shuffle(again)
    assert after(again) == wanted
    assert wanted.state == max((each.said for each in said), key=RANKS.__getitem__, default="sent")


@given(receipts())
def test_it_only_goes_forwards_and_times_are_in_order(said: list[Receipt]) -> None:
    standing = Standing()
    for each in said:
        next_one = heard(standing, each)
        assert RANKS[next_one.state] >= RANKS[standing.state]
        standing = next_one
    times = [standing.delivered_at, standing.read_at, standing.answered_at, standing.done_at]
    told = [each for each in times if each is not None]
    assert told == sorted(told)
    assert times[: len(told)] == told
    assert len(told) == RANKS[standing.state]


@pytest.mark.parametrize("words", list(permutations(["accepted", "declined", "done"])))
def test_of_two_minds_the_first_counts(words: tuple[str, ...]) -> None:
    standing = Standing()
    first = heard(standing, Receipt(words[0], START))
    for word in words[1:]:
        contradicts = "declined" in (word, words[0])
        if contradicts:
            with pytest.raises(Conflict):
                heard(first, Receipt(word, START))
        else:
            heard(first, Receipt(word, START))


def test_what_was_done_keeps_its_first_note_and_takes_a_photo_later() -> None:
    one = heard(Standing(), Receipt("accepted", START, note="on my way"))
    two = heard(one, Receipt("done", START, note="mended"))
    three = heard(two, Receipt("done", START, note="again", attachment="a" * 64))
    assert (one.note, three.note, three.attachment) == ("", "mended", "a" * 64)


def test_a_wrong_clock_is_set_right() -> None:
    now = START + timedelta(hours=1)
    assert moment(None, START, now) == now
    assert moment(START - LONG, START, now) == START
    assert moment(now + LONG, START, now) == now
    assert moment(START + timedelta(minutes=5), START, now) == START + timedelta(minutes=5)


def test_what_cannot_be_said_is_refused() -> None:
    for word in ("accepted", "declined", "done"):
        with pytest.raises(InvalidInput):
            check("message", Receipt(word, START, reason="x"))
    with pytest.raises(InvalidInput):
        check("task", Receipt("declined", START, reason=" "))
    check("task", Receipt("declined", START, reason="ill"))


@given(st.text(max_size=2500), st.text(max_size=200))
def test_a_terminal_shows_whatever_is_said(title: str, text: str) -> None:
    shown = text_for(title, text)
    assert 0 < len(shown.encode("gbk")) <= MOST_TEXT_BYTES
    assert all(each.isprintable() or each == "\n" for each in shown)
