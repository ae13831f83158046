"""`citygrid archive`: days of fixes in files, from the command line, as the owner of the database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from spatial.settings import Settings

app = typer.Typer(help="The archive of fixes.", no_args_is_help=True)

Day = Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="A day of UTC")]


@contextmanager
def _place() -> Iterator[tuple[Settings, str]]:
    """Give the settings, and where the owner of the tables connects."""
    from api.owner import owner_url

    settings = Settings.from_env()
    with owner_url(settings) as url:
        yield settings, url


@app.command()
def run() -> None:
    """Bring every day to where the policy wants it; the job process does it each night."""
    from spatial.patrols.archive.running import run as bring
    from spatial.patrols.archive.store import Store
    from spatial.patrols.archive.tiers import Policy
    from spatial.patrols.days import day_of

    with _place() as (settings, url):
        report = bring(url, Store.of(settings), Policy.of(settings), day_of(datetime.now(UTC)))
    done = ", ".join(f"{count} {what}" for what, count in report.days.items() if count)
    typer.echo(f"{done or 'nothing to do'}; {report.graded} days of movers graded")
    for error in report.errors:
        typer.echo(f"✗ {error}", err=True)
    raise typer.Exit(int(bool(report.errors)))


@app.command("list")
def show(limit: Annotated[int, typer.Option(help="The latest so many days")] = 400) -> None:
    """List the days of the archive, the latest first."""
    from spatial.database import connect
    from spatial.patrols.archive import catalogue

    with _place() as (_, url), connect(url) as connection:
        found = catalogue.listed(connection, limit=limit)
    for each in found:
        size = (each.octets + each.graded_octets) / 2**20
        where = "in files alone" if each.gone_at else "in the database as well"
        typer.echo(
            f"{each.day}  {each.tier:8}  {each.fixes:>12,} fixes  {size:10.2f} MB  {each.problem or where}"
        )


@app.command()
def verify(
    day: Annotated[
        datetime | None, typer.Argument(formats=["%Y-%m-%d"], help="A day of UTC; all unless told")
    ] = None,
) -> None:
    """Read files back, compare counts and hashes with what was written, and exit with 1 where they differ."""
    from spatial.patrols.archive.checking import check
    from spatial.patrols.archive.store import Store

    count = wrong = 0
    with _place() as (settings, url):
        for found, problem in check(url, Store.of(settings), None if day is None else [day.date()]):
            count += 1
            wrong += problem is not None
            if problem:
                typer.echo(f"✗ {found}: {problem}")
    typer.echo(f"{count} days, {wrong} of them not as written")
    raise typer.Exit(int(wrong > 0))


@app.command()
def restore(
    day: Day, days: Annotated[int, typer.Option(help="Keep it for so many days", min=1, max=3650)] = 7
) -> None:
    """Bring a day's fixes back into the database; its files stay."""
    from spatial.patrols.archive.restoring import restore as bring_back
    from spatial.patrols.archive.store import Store

    with _place() as (settings, url):
        count = bring_back(url, Store.of(settings), day.date(), days)
    typer.echo(f"{count:,} fixes of {day.date()} are in the database again, for {days} days")


@app.command()
def drop(day: Day, yes: Annotated[bool, typer.Option("--yes", help="It cannot be undone")] = False) -> None:
    """Let a day's files go for good."""
    from spatial.patrols.archive.running import drop_now
    from spatial.patrols.archive.store import Store

    if not yes:
        raise typer.BadParameter("this cannot be undone: say --yes")
    with _place() as (settings, url):
        drop_now(url, Store.of(settings), day.date())
    typer.echo(f"{day.date()} is in the archive no more")


@app.command()
def erase(
    mover: Annotated[int, typer.Argument(help="Number of the mover", min=1)],
    yes: Annotated[bool, typer.Option("--yes", help="It cannot be undone")] = False,
) -> None:
    """Erase where somebody was, from the database and from every file."""
    from spatial.patrols.archive.erasing import erase as take_out
    from spatial.patrols.archive.store import Store

    if not yes:
        raise typer.BadParameter("this cannot be undone: say --yes")
    with _place() as (settings, url):
        found = take_out(url, Store.of(settings), mover)
    typer.echo(
        f"{found['fixes']:,} fixes and {found['days']} days of mover {mover} erased, {found['files']} files"
    )


@app.command()
def ask(
    kind: Annotated[str, typer.Argument(help="heat, mileage or compliance")],
    first: Annotated[
        datetime, typer.Argument(formats=["%Y-%m-%d"], help="The first day, of the city's clock")
    ],
    last: Annotated[datetime | None, typer.Argument(formats=["%Y-%m-%d"], help="The last day")] = None,
    level: Annotated[int, typer.Option(help="Of heat: 0 for cells of 29 m")] = 2,
    mover: Annotated[list[int] | None, typer.Option(help="Of these movers alone")] = None,
    unit: Annotated[str | None, typer.Option(help="Of heat: in this unit alone")] = None,
    plan: Annotated[int | None, typer.Option(help="Of compliance: the plan")] = None,
    out: Annotated[Path | None, typer.Option(help="File to write to, in place of the screen")] = None,
) -> None:
    """Answer a question from the files, on the machines of CITYGRID_DASK_SCHEDULER or on this one."""
    text = json.dumps(_answered(kind, first.date(), (last or first).date(), level, mover, unit, plan))
    if out is None:
        typer.echo(text)
    else:
        out.write_text(text, encoding="utf-8")


def _answered(
    kind: str,
    first: date,
    last: date,
    level: int,
    movers: list[int] | None,
    unit: str | None,
    plan: int | None,
) -> dict[str, object]:
    from spatial.database import connect
    from spatial.patrols.archive.questions.answering import answer
    from spatial.patrols.archive.questions.asked import Asked
    from spatial.patrols.archive.questions.cluster import calculators
    from spatial.patrols.archive.store import Store
    from spatial.rights.reader import SYSTEM

    asked = Asked(
        kind, first, last, level, movers=tuple(sorted(set(movers))) if movers else None, unit=unit, plan=plan
    )
    with _place() as (settings, url), calculators(settings) as calculate:
        return answer(lambda: connect(url), SYSTEM, Store.of(settings), asked, calculate)
