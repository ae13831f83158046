"""`citygrid account`, against a real database."""

from __future__ import annotations

import re

import pytest
from typer.testing import CliRunner

from api.__main__ import app
from spatial.database import connect
from spatial.errors import CitygridError
from spatial.people.accounts import find_account
from spatial.people.passwords import is_password
from tests.spatial.rights.town import GRIDS, STREETS

ONCE = re.compile(r"one-time password ([a-z2-9-]{23}) within 7 days")


@pytest.fixture
def run(town_url: str, monkeypatch, tmp_path):
    """Run a command; gives what it prints, or raises what it would say."""
    monkeypatch.setenv("CITYGRID_DATABASE_URL", town_url)
    monkeypatch.setenv("CITYGRID_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")

    def command(*words: str) -> str:
        done = CliRunner().invoke(app, ["account", *words])
        if isinstance(done.exception, CitygridError):
            raise done.exception
        assert done.exit_code == 0 or "Usage" in done.output, done.output
        return done.output

    return command


def test_an_account_is_made_listed_and_given_another_password(run, town_url: str) -> None:
    made = run(
        "add", "zhang", "--role", "street_administrator", "--area", STREETS[0], "--display-name", "张三",
        "--organisation", "water", "--worker", f"W{GRIDS[0]}",
    )  # fmt: skip
    first = ONCE.search(made)
    assert first
    listed = next(line for line in run("list").splitlines() if "zhang" in line)
    for word in ("张三", "street_administrator", "area", STREETS[0], "never", "must change password"):
        assert word in listed
    second = ONCE.search(run("password", "zhang"))
    assert second
    with connect(town_url) as connection:
        kept = find_account(connection, "zhang")
    assert is_password(kept.password_hash, second[1])
    assert not is_password(kept.password_hash, first[1])
    assert kept.must_change_password


def test_an_account_is_disabled_and_enabled(run) -> None:
    run("add", "first", "--role", "district_administrator", "--reach", "city")
    with pytest.raises(CitygridError, match="the last active administrator"):
        run("disable", "first")
    run("add", "second", "--role", "district_administrator", "--reach", "city")
    assert run("disable", "first") == "first is disabled\n"
    assert "disabled" in next(line for line in run("list").splitlines() if " first" in line)
    assert run("enable", "first") == "first is enabled\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["add", "x1", "--role", "king", "--reach", "city"], "role: is none of"),
        (["add", "x1", "--role", "system", "--reach", "city"], "role: is none of"),
        (["add", "x1", "--role", "viewer", "--area", "123"], "area: there is no such unit"),
        (["add", "X1", "--role", "viewer", "--reach", "city"], "small letters"),
        (
            ["add", "x1", "--role", "viewer", "--reach", "city", "--organisation", "no"],
            "organisation with the",
        ),
        (
            ["add", "x1", "--role", "viewer", "--reach", "city", "--worker", "no"],
            "no worker with the code 'no'",
        ),
        (["password", "nobody"], "there is no account 'nobody'"),
        (["disable", "nobody"], "there is no account 'nobody'"),
        (["enable", "no\udcffbody"], "there is no account"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(run, words: list[str], said: str) -> None:
    with pytest.raises(CitygridError, match=said):
        run(*words)


def test_a_reach_must_be_said(run) -> None:
    assert "name an --area" in run("add", "x2", "--role", "viewer")
