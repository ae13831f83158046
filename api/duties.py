"""The duty list (权责清单): lines, their history, gaps, tables for spreadsheets, and drafts."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

import shapely
from fastapi import APIRouter, Body, Depends, Path, Query, Response

from api.asgi import PreconditionFailed
from api.dependencies import CityOf, ConnectionOf, ReaderOf
from api.me import ONE_OF_FEW, not_kept
from api.paging import Number
from api.schemas.duties import DraftChanges, DraftNamed, DutyQuery, GapQuery, LineBody, NewDraft
from api.tags import number_sent, tagged
from spatial.errors import InvalidInput
from spatial.people import duty_changes, duty_csv, duty_drafts, duty_gaps
from spatial.people.duty_changes import Outdated

router = APIRouter(tags=["duty list"], dependencies=[Depends(not_kept)])

Json = dict[str, Any]
Draft = Annotated[DraftNamed, Path()]
Match = Annotated[int | None, Depends(number_sent(9))]


@router.get("/api/duties")
def duties(connection: ConnectionOf, asked: Annotated[DutyQuery, Query()]) -> Json:
    """List lines; `next` is the `after` of the next page."""
    wanted = asked.model_dump(exclude={"limit"}, exclude_none=True)
    found = duty_changes.listed(connection, asked.limit, **wanted)
    more = found[-1]["id"] if len(found) == asked.limit else None
    return {"duties": [_written(line) for line in found], "next": more}


@router.post("/api/duties", status_code=201)
def add(connection: ConnectionOf, reader: ReaderOf, sent: LineBody, answer: Response) -> Json:
    """Add a line."""
    line = duty_changes.add(connection, reader, sent.values())
    answer.headers["location"] = f"/api/duties/{line['id']}"
    return tagged(answer, _written(line), "edition")


@router.get("/api/duties/gaps", dependencies=[ONE_OF_FEW])
def gaps(
    city: CityOf, connection: ConnectionOf, reader: ReaderOf, asked: Annotated[GapQuery, Query()]
) -> Json:
    """List grids and classes of matters without anybody, or with nobody on duty."""
    names = dict(duty_gaps.read_classes(connection, asked.category))
    at, dispatcher = asked.at or datetime.now(UTC), city.dispatchers.current()
    found = list(duty_gaps.gaps(dispatcher, reader, list(names), at, asked.unit_code))
    counts = Counter(each["gap"] for each in found)
    kept = [each for each in found if asked.kind in (None, each["gap"])]
    return {
        "at": at.isoformat(),
        "counts": {kind: counts[kind] for kind in duty_gaps.KINDS},
        "gaps": [{**each, "class_name": names[each["class"]]} for each in kept[: asked.limit]],
        "more": len(kept) > asked.limit,
    }


@router.get("/api/duties/export", response_class=Response)
def export(connection: ConnectionOf, below: Annotated[str | None, Query(max_length=40)] = None) -> Response:
    """Give the lines as a table for a spreadsheet."""
    text = duty_csv.write_csv(duty_changes.listed(connection, 2**31, below=below))
    headers = {"content-disposition": 'attachment; filename="duties.csv"'}
    return Response(text.encode("utf-8-sig"), media_type="text/csv", headers=headers)


@router.post("/api/duties/import")
def import_table(
    connection: ConnectionOf, reader: ReaderOf, content: Annotated[bytes, Body(media_type="text/csv")],
    dry_run: bool = False,
) -> Json:  # fmt: skip
    """Read such a table into the list, all of it or nothing; dry_run tells what would be."""
    duty_changes.check_may_change(reader, {"unit_code": reader.area})
    report = duty_csv.read_csv(connection, reader, content, store=not dry_run)
    if report.problems and not dry_run:
        raise InvalidInput(report.problems)
    return asdict(report)


@router.get("/api/duties/drafts")
def drafts(connection: ConnectionOf) -> Json:
    """List drafts."""
    return {"drafts": duty_drafts.listed(connection)}


@router.post("/api/duties/drafts", status_code=201)
def begin_draft(connection: ConnectionOf, reader: ReaderOf, sent: NewDraft) -> Json:
    """Begin a draft."""
    return duty_drafts.begin(connection, reader, sent.name, sent.title, sent.unit_code)


@router.get("/api/duties/drafts/{name}")
def draft(name: Draft, connection: ConnectionOf) -> Json:
    """Show a draft with its changes."""
    return duty_drafts.one(connection, name)


@router.put("/api/duties/drafts/{name}/changes")
def write_draft(name: Draft, connection: ConnectionOf, reader: ReaderOf, sent: DraftChanges) -> Json:
    """Say what a draft changes, in place of what it changed before."""
    return duty_drafts.write(connection, reader, name, sent.values())


@router.delete("/api/duties/drafts/{name}", status_code=204)
def forget_draft(name: Draft, connection: ConnectionOf) -> None:
    """Forget a draft."""
    duty_drafts.forget(connection, name)


@router.post("/api/duties/drafts/{name}/apply")
def apply_draft(name: Draft, connection: ConnectionOf, reader: ReaderOf) -> Json:
    """Apply a draft to the duty list, all of it or nothing."""
    return duty_drafts.apply(connection, reader, name)


@router.get("/api/duties/{identifier}")
def duty(identifier: Number, connection: ConnectionOf, answer: Response) -> Json:
    """Show a line and what it said before."""
    line = duty_changes.one(connection, identifier)
    past = [_written(each) for each in duty_changes.history(connection, identifier)]
    return {**tagged(answer, _written(line), "edition"), "history": past}


@router.patch("/api/duties/{identifier}")
def change(
    identifier: Number, connection: ConnectionOf, reader: ReaderOf, sent: LineBody, match: Match,
    answer: Response,
) -> Json:  # fmt: skip
    """Change a line."""
    try:
        line = duty_changes.change(connection, reader, identifier, sent.values(), match)
    except Outdated as error:
        raise PreconditionFailed(str(error)) from None
    return tagged(answer, _written(line), "edition")


@router.delete("/api/duties/{identifier}", status_code=204)
def remove(identifier: Number, connection: ConnectionOf, reader: ReaderOf, match: Match) -> None:
    """Take a line away; its history stays."""
    try:
        duty_changes.remove(connection, reader, identifier, match)
    except Outdated as error:
        raise PreconditionFailed(str(error)) from None


def _written(line: Json) -> Json:
    area = line["area"]
    return {**line, "area": None if area is None else shapely.geometry.mapping(area)}
