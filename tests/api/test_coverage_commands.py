"""`citygrid coverages`: what there is, and a file that becomes a draft plan with its report."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import shapely
from typer.testing import CliRunner

from api.__main__ import app
from spatial.database import connect
from spatial.errors import CitygridError, InvalidInput, NotFound
from spatial.geometry.datum import convert
from tests.spatial.grids.cities import squares
from tests.spatial.rights.town import GRIDS

SQUARES = squares(2, 4)


@pytest.fixture
def run(
    town_url: str, as_app: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., str]:
    monkeypatch.setenv("CITYGRID_DATABASE_URL", town_url)
    monkeypatch.setenv("CITYGRID_APP_DATABASE_URL", as_app(town_url))
    monkeypatch.setenv("CITYGRID_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "220")
    said: list[str] = []

    def command(*arguments: str) -> str:
        done = CliRunner().invoke(app, ["coverages", *arguments])
        said.append(done.output)
        if isinstance(done.exception, CitygridError):
            done.exception.add_note(done.output)
            raise done.exception
        assert done.exit_code == 0, done.output
        return done.output

    return command


def written(path: Path, shapes: list[tuple[Any, dict[str, Any]]]) -> str:
    features = [
        {"type": "Feature", "properties": facts, "geometry": shapely.geometry.mapping(shape)}
        for shape, facts in shapes
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return str(path)


def rows(url: str, statement: str) -> list[Any]:
    with connect(url) as owner:
        return owner.execute(statement).fetchall()


def test_the_coverages_are_listed(run: Callable[..., str]) -> None:
    said = run("list")
    for word in (
        "micro_grids",
        "within grids",
        "of grids",
        "6+3+3+3",
        "district › street › community › grid",
    ):
        assert word in said


def test_a_file_becomes_a_draft_with_its_report(
    run: Callable[..., str], town_url: str, tmp_path: Path
) -> None:
    west, south, east, north = SQUARES[0].bounds
    file = written(
        tmp_path / "grids.geojson",
        [
            (shapely.box(west, south, east, (south + north) / 2), {"code": GRIDS[0]}),
            (shapely.box(west, (south + north) / 2, east, north), {"name": "[red]north[/red]"}),
        ],
    )
    table = tmp_path / "report.csv"
    said = run("import", file, "--title", "from the console", "--report", str(table))
    assert "[red]north[/red]" in said and GRIDS[0] in said
    assert "new 1, kept 1, lost 0" in said
    (plan,) = rows(
        town_url, "SELECT id, title, status, head, origin, drafter FROM plan WHERE origin = 'import'"
    )
    assert plan[1:] == ("from the console", "draft", 1, "import", "command line")
    assert f"id {plan[0]}" in said
    lines = csv.DictReader(io.StringIO(table.read_text(encoding="utf-8-sig")))
    assert [line["what"] for line in lines] == ["kept", "new"]
    kept = rows(town_url, "SELECT plan_id, state, step, report IS NOT NULL FROM plan_import WHERE step = 1")
    assert kept == [(plan[0], "done", 1, True)]
    more = [(shape, {"code": code, "name": f"n{code}"}) for shape, code in zip(SQUARES, GRIDS, strict=True)]
    whole = written(tmp_path / "whole.geojson", more)
    assert "retired 1" in run("import", whole, "--plan", str(plan[0]), "--whole", "--no-nest")
    assert rows(town_url, "SELECT head FROM plan WHERE origin = 'import'") == [(2,)]
    assert rows(town_url, "SELECT DISTINCT username FROM audit WHERE relation = 'plan_step'"
                " AND username = 'command line'") == [("command line",)]  # fmt: skip


def test_a_wrong_datum_is_said_on_the_console(run: Callable[..., str], tmp_path: Path) -> None:
    def far(xy: Any) -> Any:
        lon, lat = convert(xy[:, 0], xy[:, 1], "wgs84", "gcj02")
        return shapely.get_coordinates(shapely.points(lon, lat))

    moved = [
        (shapely.transform(shape, far), {"code": code, "name": f"far {code}"})
        for shape, code in zip(SQUARES, GRIDS, strict=True)
    ]
    file = written(tmp_path / "far.geojson", moved)
    said = run("import", file, "--whole", "--title", "far")
    assert "warning: as gcj02 it would lie" in said
    said = run("import", file, "--datum", "gcj02", "--whole", "--snap-m", "0.5")
    assert "lost 0" in said and "warning: as" not in said


def test_what_is_refused_leaves_its_report_and_no_plan(
    run: Callable[..., str], town_url: str, tmp_path: Path
) -> None:
    before = rows(town_url, "SELECT count(*) FROM plan")
    file = written(
        tmp_path / "abroad.geojson", [(shapely.box(-71.4, 41.8, -71.3, 41.9), {"name": "Providence"})]
    )
    with pytest.raises(InvalidInput, match="nothing of it lies") as refused:
        run("import", file)
    assert "features 1" in refused.value.__notes__[0]
    assert "outside_city" in refused.value.__notes__[0]
    assert rows(town_url, "SELECT count(*) FROM plan") == before


def test_mistakes_are_named(run: Callable[..., str], tmp_path: Path) -> None:
    file = written(tmp_path / "a.geojson", [(SQUARES[0], {"code": GRIDS[0]})])
    with pytest.raises(InvalidInput, match="--datum"):
        run("import", file, "--datum", "mars")
    with pytest.raises(NotFound):
        run("import", file, "--coverage", "nothing")
    with pytest.raises(NotFound):
        run("import", file, "--plan", "999999")
    with pytest.raises(NotFound):
        run("import", file, "--coverage", "police")
