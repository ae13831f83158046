"""`citygrid dispatch …`: replay past events by changed rules, and verify rulings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import orjson
import typer

from spatial.events.dispatch.hours import CITY_TIME
from spatial.settings import Settings

app = typer.Typer(help="Dispatch of events.", no_args_is_help=True)
_MOST_SHOWN = 20


@app.callback()
def dispatch() -> None:
    """Dispatch of events."""


@app.command()
def replay(
    since: Annotated[str, typer.Option("--from", help="A day (2026-03-01), or a moment with its zone")],
    name: Annotated[
        str | None, typer.Argument(help="Of the draft; the newest that is open if not told")
    ] = None,
    until: Annotated[str | None, typer.Option("--to", help="The first day or moment left out")] = None,
    rules: Annotated[Literal["now", "draft"], typer.Option(help="draft NAME: of the duty list")] = "now",
    plan: Annotated[int | None, typer.Option(help="The number of a plan of the grids")] = None,
    people: Annotated[Literal["all", "now"], typer.Option(help="Who counts as available")] = "all",
    form: Annotated[Literal["table", "json", "csv"], typer.Option("--format")] = "table",
    out: Annotated[Path | None, typer.Option(help="Write to a file in place of the terminal")] = None,
) -> None:
    """Show what a changed duty list, or a plan of the grids, would have done with past events."""
    from spatial.events.dispatch.replay import as_csv, as_json

    if name is not None and rules == "now":
        raise typer.BadParameter("write: --rules draft NAME")
    draft = (name or "") if rules == "draft" else None
    report, names = _replayed(_moment(since), until and _moment(until), draft, plan, people)
    if form == "csv":
        text = as_csv(report)
    elif form == "json":
        text = orjson.dumps(as_json(report, names), option=orjson.OPT_INDENT_2).decode()
    else:
        text = "\n".join(_table(as_json(report, names, _MOST_SHOWN)))
    if out is None:
        typer.echo(text, nl=not text.endswith("\n"))
    else:
        out.write_text(text, encoding="utf-8")
        typer.echo(f"✓ {report.events:,} events, {len(report.changed):,} changed: {out}")


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="A ruling, as /api/events/{id}/ruling gives it")],
    key: Annotated[
        str | None, typer.Option(help="The public key that you trust, in base64 or a file")
    ] = None,
) -> None:
    """Check a ruling without any database: its signature, and that the decision follows from its facts."""
    from spatial.errors import InvalidInput
    from spatial.events.dispatch.rulings import verify as check

    try:
        document = orjson.loads(file.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise InvalidInput.at(str(file), f"cannot be read as JSON: {error}") from None
    if not isinstance(document, dict):
        raise InvalidInput.at(str(file), "is no ruling")
    problems = check(document, key_given(key))
    for problem in problems:
        typer.echo(f"✗ {problem.where}: {problem.reason}")
    if not problems:
        typer.echo(f"✓ {_said(document)}")
        trusted = "the key that you trust" if key else "a key that you have not named (--key)"
        typer.echo(f"• signed under {trusted}: {document['public_key']}")
    raise typer.Exit(int(bool(problems)))


def _replayed(
    since: datetime, until: datetime | None, draft: str | None, plan: int | None, people: str
) -> tuple[Any, dict[str, dict[int, str]]]:
    """Replay as the platform, which sees everything."""
    from api.dispatch_replay import replayed
    from api.owner import owner_url
    from grid_editor.bases import Bases
    from spatial.database import Database, session
    from spatial.database.roles import app_url
    from spatial.events.dispatch.reading import read_dispatcher
    from spatial.events.dispatch.replay import read_names
    from spatial.people.duty_drafts import newest_open
    from spatial.rights.reader import SYSTEM

    settings = Settings.from_env()
    with owner_url(settings) as url:
        given = settings.app_database_url
        database = Database(given.value if given else app_url(url, settings.home), 4)
        database.open()
        try:
            with session(database, SYSTEM) as connection:
                dispatcher = read_dispatcher(connection, home=settings.home)
                draft = newest_open(connection) if draft == "" else draft
                report = replayed(connection, Bases(database), dispatcher, since, until, draft, plan, people)
                return report, read_names(connection)
        finally:
            database.close()


def _moment(text: str) -> datetime:
    """Read a day of the city, or a moment."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"'{text}' is no day or moment") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=CITY_TIME)).astimezone(UTC)


def key_given(given: str | None) -> str | None:
    """Take a public key as it is, or out of a file: the key alone, or what /api/dispatch/key answers."""
    if given is None or not Path(given).is_file():
        return given
    text = Path(given).read_text(encoding="utf-8").strip()
    return str(orjson.loads(text)["public_key"]) if text.startswith("{") else text


def _said(document: Mapping[str, Any]) -> str:
    decision, event = document["decision"], document["event"]
    who = f"organisation {decision['organisation']}, worker {decision['worker']}"
    return f"event {event['no']} at {event['point']}: unit {decision['unit']}, {who}, rule {decision['rule']}"


def _table(said: Mapping[str, Any]) -> list[str]:
    share = f"{said['as_recorded'] / max(said['events'], 1):.1%}"
    reasons = ", ".join(f"{count} {reason}" for reason, count in said["reasons"].items() if count)
    lines = [
        f"{said['events']:,} events; {said['changed']:,} would go to somebody else ({reasons or 'none'})",
        f"{share} went in fact to the organisation that the rules of now name",
        "",
        *_counts("organisation", said["organisations"]),
        "",
        *_counts("person", [row for row in said["workers"] if row["difference"]]),
        "",
    ]
    lines += [_change(each) for each in said["changes"]]
    more = said["changed"] - len(said["changes"])
    return [*lines, f"… and {more:,} more: --format csv lists them all"] if more else lines


def _counts(title: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    head = f"{'before':>10} {'after':>10} {'±':>8}  {title}"
    return [head, *(_count(row, row["name"] or row["id"] or "nobody") for row in rows)]


def _count(row: Mapping[str, Any], name: Any) -> str:
    return f"{row['before']:>10,} {row['after']:>10,} {row['difference']:>+8,}  {name}"


def _change(each: Mapping[str, Any]) -> str:
    sides = [
        f"{side['unit']} → organisation {side['organisation']}, worker {side['worker']} (line {side['line']})"
        for side in (each["before"], each["after"])
    ]
    return f"{each['no']} {each['category']} {each['reason']}: {sides[0]} ⇒ {sides[1]}"
