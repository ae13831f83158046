"""`citygrid coverages`: list coverages, and bring a file into a plan of one, from the command line."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(help="The coverages (网格体系) of the city.", no_args_is_help=True)

Option = typer.Option
Json = dict[str, Any]
SHOWN = 40
"""Rows of a report that are printed: where most has moved."""


@app.command("list")
def list_all() -> None:
    """List the coverages with their rules and the version in force."""
    from rich.console import Console
    from rich.table import Table

    from api.account_commands import _owner
    from spatial.grids.coverages import read_coverages
    from spatial.grids.directory import newest

    table = Table("name", "title", "kind", "levels", "codes", "made of", "version", "since")
    with _owner() as connection:
        versions = newest(connection)
        for one in read_coverages(connection).values():
            made = (
                f"within {one.within}" if one.within else f"of {one.composed_of}" if one.composed_of else ""
            )
            found = versions.get(one.name)
            since = [str(found["version"]), f"{found['valid_from']:%Y-%m-%d}"] if found else ["none", ""]
            table.add_row(
                one.name, one.title, one.kind, " › ".join(one.levels), one.code_profile, made, *since
            )
    Console().print(table)


@app.command("import")
def bring_in(
    file: Annotated[Path, typer.Argument(help="GeoPackage, Shapefile in a ZIP, GeoJSON …", exists=True)],
    coverage: Annotated[str, Option(help="Coverage of the new plan")] = "grids",
    plan: Annotated[int | None, Option(help="Number (id) of a draft to bring it into")] = None,
    title: Annotated[str | None, Option(help="Title of the new plan; default: the file's name")] = None,
    layer: Annotated[str | None, Option(help="Layer of the file, where it has several")] = None,
    crs: Annotated[str | None, Option(help="EPSG:code, for a file that does not say")] = None,
    datum: Annotated[str, Option(help="wgs84, cgcs2000, gcj02 or bd09")] = "wgs84",
    encoding: Annotated[str | None, Option(help="Of a Shapefile: utf-8, gbk …")] = None,
    swap_axes: Annotated[bool, Option(help="The file has latitude before longitude")] = False,
    code: Annotated[str | None, Option(help="Column with the units' codes")] = None,
    name: Annotated[str | None, Option(help="Column with their names")] = None,
    parent: Annotated[str | None, Option(help="Column with the codes of the units above")] = None,
    snap_m: Annotated[float, Option(help="Vertices nearer than this are the same")] = 0.05,
    gap_width_m: Annotated[float, Option(help="Gaps that are no wider are closed")] = 2.0,
    overlap: Annotated[str, Option(help="longest_border, largest, smallest or first")] = "longest_border",
    whole: Annotated[bool, Option(help="Units that the file does not have end")] = False,
    nest: Annotated[bool, Option(help="Units are cut at the borders of the units above")] = True,
    report: Annotated[Path | None, Option(help="CSV file for the whole report")] = None,
) -> None:
    """Bring polygons into a draft plan, mended, and say what became of each; nothing is published."""
    from api.schemas.plan_imports import ImportFields

    given = {key: value for key, value in locals().items() if key in ImportFields.model_fields}
    fields = _checked(given)
    with _desk() as (database, reader):
        outcome = _Outcome(file)
        try:
            number, no = _brought_in(database, reader, outcome, fields, (plan, coverage, title))
        finally:
            _tell(outcome, report)
    typer.echo(f"plan {no} (id {number}) holds it as one step: look at it in the editor, then submit it")


@dataclass
class _Outcome:
    """What is known of an import by now."""

    path: Path
    summary: Json = field(default_factory=dict)
    report: Json = field(default_factory=dict)

    def keep(self, summary: Json, report: Json) -> None:
        """Keep what is known by now."""
        self.summary, self.report = summary, report


def _checked(given: Mapping[str, Any]) -> Any:
    from pydantic import ValidationError

    from api.schemas.plan_imports import ImportFields
    from spatial.errors import InvalidInput, Problem

    try:
        return ImportFields.model_validate(given)
    except ValidationError as error:
        raise InvalidInput(
            [Problem(f"--{str(each['loc'][0]).replace('_', '-')}", each["msg"]) for each in error.errors()]
        ) from None


@contextmanager
def _desk() -> Iterator[tuple[Any, Any]]:
    """A pool as the platform's workers have it, and whoever owns the machine."""
    from api.account_commands import _chief
    from api.owner import owner_url
    from spatial.database import Database
    from spatial.database.roles import app_url
    from spatial.settings import Settings

    settings = Settings.from_env()
    with owner_url(settings) as url:
        given = settings.app_database_url
        database = Database(given.value if given else app_url(url, settings.home), pool_size=3)
        database.open()
        try:
            yield database, _chief()
        finally:
            database.close()


def _brought_in(
    database: Any, reader: Any, outcome: _Outcome, fields: Any, into: tuple[int | None, str, str | None]
) -> tuple[int, str]:
    """Bring the file into the plan that is named, or a new one; a new one of which nothing came is gone."""
    from grid_editor import editing, store
    from grid_editor.bases import Bases
    from spatial.database import session

    number, coverage, title = into
    is_new = number is None
    with session(database, reader) as connection:
        if is_new:
            new = store.NewPlan(coverage, (title or f"导入 {outcome.path.name}")[:200], origin="import")
            number = editing.begin(connection, reader, new).id
        plan = store.read(connection, number)
    try:
        _run(database, Bases(database), reader, plan, outcome, fields.wish)
    except BaseException:
        if is_new:
            with session(database, reader) as connection:
                store.delete(connection, plan)
        raise
    return plan.id, plan.no


def _run(database: Any, bases: Any, reader: Any, plan: Any, outcome: _Outcome, wish: Any) -> None:
    from api.progress import bar
    from grid_editor import import_queue
    from grid_editor.import_queue_run import Run

    said = (wish.json(), outcome.path.name, outcome.path.stat().st_size)

    def finish(connection: Any, done: Any) -> None:
        told = (outcome.summary, outcome.report)
        import_queue.record(connection, reader, plan, said, done.plan.head, told)

    with bar("importing") as progress:
        run = Run(database, bases, reader, plan.id, wish, progress, outcome.keep, finish)
        run.do(outcome.path, outcome.path.name)


def _tell(outcome: _Outcome, path: Path | None) -> None:
    """Print what is known, those first where most has moved; also of an import that was refused."""
    from rich.console import Console
    from rich.table import Table

    from grid_editor.import_table import COLUMNS, rows_of

    if not outcome.report:
        return
    rows = list(rows_of(outcome.report))
    if path is not None:
        with path.open("w", encoding="utf-8-sig", newline="") as out:
            writer = csv.DictWriter(out, COLUMNS, extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows)
    table = Table(
        "what", "unit", "name", "before m²", "after m²", "gained m²", "lost m²", "was m²", "moved m", ""
    )
    for row in sorted(rows, key=_how_much, reverse=True)[:SHOWN]:
        table.add_row(*_cells(row))
    console = Console(highlight=False)
    console.print(table)
    if len(rows) > SHOWN:
        console.print(f"… and {len(rows) - SHOWN} more: --report FILE.csv writes all", markup=False)
    for line in _lines(outcome):
        console.print(line, markup=False)


def _how_much(row: Json) -> tuple[bool, float]:
    is_odd = row["what"] in ("lost", "left_out", "retired")
    return is_odd, float(row.get("gained_m2") or 0) + float(row.get("lost_m2") or 0)


def _cells(row: Json) -> list[str]:
    from rich.markup import escape

    def figure(name: str, digits: int) -> str:
        value = row.get(name)
        return "" if value is None else f"{value:,.{digits}f}"

    words = [escape(str(row.get(name) or "")) for name in ("what", "unit", "name")]
    areas = [figure(f"{name}_m2", 1) for name in ("area_before", "area_after", "gained", "lost", "was")]
    return [*words, *areas, figure("shift_m", 1), escape(str(row.get("note") or ""))]


def _lines(outcome: _Outcome) -> Iterator[str]:
    """Say in words what a table does not."""
    names = ("features", "new", "kept", "lost", "left_out", "retired", "others", "gaps", "invalid", "codes")
    yield ", ".join(f"{name} {outcome.summary[name]}" for name in names)
    for found in outcome.report["findings"]:
        detail = f" — {found['detail']}" if found.get("detail") else ""
        yield f"{found['severity']}: {found['kind']} ({found['count']}){detail}"
    shift = outcome.report["shift"]
    if shift is not None:
        yield f"it lies {shift['distance_m']:.1f} m from the {shift['by']} of the plan ({shift['declared']})"
        if shift["suggested"]:
            better, far = shift["suggested"], shift["datums"][shift["suggested"]]
            yield f"warning: as {better} it would lie {far:.1f} m away: --datum {better}"
