"""`citygrid layers`: publish, list, report, replace and take back from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.__main__ import app
from spatial.database import connect
from spatial.errors import Conflict, InvalidInput, NotFound
from tests.layers.publishing.files import POINTS, write


@pytest.fixture
def run(fresh_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CITYGRID_DATABASE_URL", fresh_url)
    monkeypatch.setenv("CITYGRID_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "200")

    def command(*arguments: str) -> str:
        done = CliRunner().invoke(app, ["layers", *arguments])
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done.output

    return command


def test_one_line_publishes_a_file(run, fresh_url: str, tmp_path: Path) -> None:
    path = tmp_path / "two.gpkg"
    write(path, POINTS, layer="wells")
    write(path, POINTS, layer="posts", append=True)
    said = run("publish", str(path))
    assert "wells: 3 features" in said and "posts: 3 features" in said
    assert "wells" in run("list")
    report = json.loads(run("report", "wells"))
    assert (report["features"], report["filename"]) == (3, "two.gpkg")
    one = write(tmp_path / "one.geojson", POINTS[:1], {"name": ["x"], "level": [1]})
    assert "wells: 1 features" in run("publish", str(one), "--name", "wells", "--replace")
    with pytest.raises(Conflict):
        run("publish", str(one), "--name", "wells")
    with pytest.raises(InvalidInput):
        run("publish", str(path), "--name", "x")
    assert "not published any more" in run("unpublish", "wells")
    with pytest.raises(NotFound):
        run("unpublish", "wells")
    with pytest.raises(Conflict):
        run("unpublish", "places")
    with connect(fresh_url) as owner:
        names = owner.execute("SELECT name, published_by FROM layer WHERE schema = 'published'").fetchall()
        who = owner.execute("SELECT DISTINCT username FROM audit WHERE action = 'publish'").fetchall()
    assert names == [("posts", None)]
    assert who == [("command line",)]


def test_one_line_publishes_a_table(run, fresh_url: str) -> None:
    with connect(fresh_url) as owner:
        owner.execute("CREATE SCHEMA survey")
        owner.execute("CREATE TABLE survey.marks (no text PRIMARY KEY, geom geometry(Point, 4490))")
        owner.execute("COMMENT ON TABLE survey.marks IS '控制点'")
    assert "marks: published" in run("publish", "survey.marks")
    assert "控制点" in run("list")
    for name in ("city.worker", "survey.nothing", "no.such.file.gpkg"):
        with pytest.raises(InvalidInput):
            run("publish", name)
