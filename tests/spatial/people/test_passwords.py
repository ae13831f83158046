"""Passwords: what is kept of them, which are too easy."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from spatial.errors import InvalidInput
from spatial.people import passwords
from spatial.people.passwords import (
    check_policy,
    hash_password,
    is_outdated,
    is_password,
    one_time_password,
)


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "aB3$xkk29q",
        "Haidian-Xueyuan-7",
        "网格长在学院路Ab1",
        "zwölf Boxkämpfer jagen",
        pytest.param(one_time_password(), id="one-time"),
    ],
)
def test_a_good_password_passes(password: str) -> None:
    check_policy(password, "li.lei")


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("aB3$xkk29", "fewer than 10 characters"),
        ("abcdefghkm", "needs 3 of"),
        ("Abcdefghkm", "needs 3 of"),
        ("aaaaaaaaaaaaaaaaaaaa", "fewer than 5 different"),
        ("Li.Lei-2026-xyz", "contains the user name"),
        ("xx-LI.LEI-2026", "contains the user name"),
        ("Password123!", "commonest"),
        ("P@ssw0rd!2026", "commonest"),
        ("Qwertyuiop123!", "commonest"),
        ("1Qaz2wsx3edc", "commonest"),
        ("Wanggeyuan2026!", "commonest"),
        ("x" * 1001, "more than 1000"),
        ("", "fewer than 10"),
    ],
)
def test_an_easy_password_is_refused_with_the_reason(password: str, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason) as caught:
        check_policy(password, "li.lei", "new")
    assert {problem.where for problem in caught.value.problems} == {"new"}


def test_all_reasons_are_told_at_once() -> None:
    with pytest.raises(InvalidInput) as caught:
        check_policy("111", "li")
    assert len(caught.value.problems) == 3


def test_a_megabyte_is_refused_at_once() -> None:
    with pytest.raises(InvalidInput, match="more than"):
        check_policy("aB3$" * 250_000, "li")


@pytest.mark.parametrize(
    "password", ["correct horse", "密码是一句话", "", "\0", "a" * 1000, "\ud83d half", "é"]
)
def test_a_hash_is_of_its_password_alone(password: str) -> None:
    kept = hash_password(password)
    assert kept.startswith("$argon2id$")
    assert is_password(kept, password)
    assert not is_password(kept, password + "x")


def test_how_a_keyboard_composes_a_letter_does_not_count() -> None:
    assert is_password(hash_password("caf\u00e9 on the corner"), "cafe\u0301 on the corner")


@pytest.mark.parametrize("kept", [None, "", "no hash", "$argon2id$v=19$m=65536,t=3,p=4$x$y"])
def test_what_is_no_hash_is_of_no_password(kept: str | None) -> None:
    assert not is_password(kept, "correct horse")


def test_no_account_costs_the_same_work(monkeypatch) -> None:
    """One argon2 verification with today's parameters, whether there is an account or not."""
    kept, seen = hash_password("correct horse"), []
    verify = PasswordHasher.verify

    def counted(self: PasswordHasher, stored: str, password: bytes) -> bool:
        seen.append(stored.rpartition("$")[0].rpartition("$")[0])
        return verify(self, stored, password)

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    for stored in (kept, None, ""):
        is_password(stored, "wrong")
    assert len(seen) == 3
    assert len(set(seen)) == 1


def test_a_hash_of_weaker_parameters_is_outdated() -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash("correct horse")
    assert is_outdated(weak)
    assert not is_outdated(hash_password("correct horse"))
    assert is_password(weak, "correct horse")


def test_one_time_passwords_are_readable_and_never_the_same() -> None:
    made = {one_time_password() for _ in range(100)}
    assert len(made) == 100
    assert all(set(password) <= set(passwords.READABLE + "-") for password in made)
    assert all(len(password) == 23 for password in made)


def test_the_list_of_common_passwords_is_clean() -> None:
    common = passwords._common()
    assert len(common) > 150
    assert all(word == word.casefold().strip() and word for word in common)
