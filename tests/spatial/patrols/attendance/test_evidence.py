"""What a roll call may say from which evidence: absent only where something proves it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from spatial.patrols.attendance.evidence import Evidence, Word, word_of

NOTHING = Evidence(1, False, False, None, True, 0, 0, 0, 0)
AWAY = replace(NOTHING, seen=5, exact=5, far=5)


@pytest.mark.parametrize(
    ("counts", "known", "word"),
    [
        ("own_grid", NOTHING, ("unknown_phone", "silent")), ("any_fix", NOTHING, ("unknown_phone", "silent")),
        ("sign_in", NOTHING, ("absent", "not_signed_in")),
        ("sign_in", replace(NOTHING, last_sign="in"), ("present", "signed_in")),
        ("sign_in", replace(AWAY, last_sign="out"), ("absent", "signed_out")),
        ("any_fix", AWAY, ("present", "seen")), ("own_grid", AWAY, ("absent", "elsewhere")),
        ("own_grid", replace(AWAY, inside=1, far=4), ("present", "in_grid")),
        # One fix may have jumped, one may be inexact, one near the border.
        ("own_grid", replace(NOTHING, seen=1, exact=1, far=1), ("unknown_phone", "not_exact")),
        ("own_grid", replace(NOTHING, seen=9), ("unknown_phone", "not_exact")),
        ("own_grid", replace(AWAY, far=4), ("unknown_phone", "not_exact")),
        ("own_grid", replace(AWAY, has_grid=False), ("unknown_phone", "no_grid")),
        ("own_grid", replace(AWAY, plans_shifts=True), ("excused", "no_shift")),
        ("sign_in", replace(NOTHING, plans_shifts=True), ("excused", "no_shift")),
        ("own_grid", replace(AWAY, plans_shifts=True, on_shift=True), ("absent", "elsewhere")),
    ],
)  # fmt: skip
def test_nobody_is_absent_without_proof(counts: str, known: Evidence, word: Word) -> None:
    assert word_of(counts, known) == word
