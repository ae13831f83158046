"""`citygrid lifeline import`, against a real database."""

from __future__ import annotations

import orjson
import pytest
from typer.testing import CliRunner

from api.__main__ import app
from lifeline.shutoffs.statements import statement
from spatial.database import connect
from tests.lifeline.networks import DATA
from tests.lifeline.shutoffs.test_together import MASTER, record


@pytest.fixture
def run(town_url: str, monkeypatch, tmp_path):
    """Run the command; gives how it ended and what it printed."""
    monkeypatch.setenv("CITYGRID_DATABASE_URL", town_url)
    monkeypatch.setenv("CITYGRID_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")

    def command(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["lifeline", "import", *words])
        return done.exit_code, done.output

    return command


def test_a_drawing_says_what_must_be_said_and_comes_in_then(run, town_url: str) -> None:
    file = str(DATA / "wntr" / "Net3.inp")
    ended, told = run(file, "--name", "net 3")
    assert ended == 1 and "say crs" in told and "--crs local --at lon,lat" in told
    ended, told = run(
        file, "--name", "net 3", "--crs", "local", "--at", "116.3,40.0", "--organisation", "water"
    )
    assert ended == 0 and "net 3 (water" in told and "links: 119 added, 0 updated" in told, told
    ended, told = run(file, "--name", "net 3", "--crs", "local", "--at", "116.3,40.0")
    assert ended == 0 and "links: 0 added, 0 updated, 119 unchanged, 0 gone" in told, told
    with connect(town_url) as connection:
        owner = connection.execute(
            "SELECT o.code FROM network AS n JOIN organisation AS o ON o.id = n.organisation_id"
            " WHERE n.name = 'net 3'"
        ).fetchone()
    assert owner == ("water",)


def test_a_statement_is_verified_on_the_command_line(tmp_path) -> None:
    path = tmp_path / "statement.json"
    signed = statement(record(), MASTER)
    path.write_bytes(orjson.dumps(signed))
    words = ["lifeline", "verify", str(path)]
    done = CliRunner().invoke(app, [*words, "--key", signed["public_key"]])
    assert done.exit_code == 0 and "✓ shut-off 7 of 水, planned" in done.output, done.output
    assert CliRunner().invoke(app, [*words, "--key", "another"]).exit_code == 1
    path.write_bytes(path.read_bytes().replace(b'"planned"', b'"cancelled"', 1))
    changed = CliRunner().invoke(app, words)
    assert changed.exit_code == 1 and "✗ signature" in changed.output
