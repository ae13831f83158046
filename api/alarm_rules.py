"""Rules of alarms (报警规则): kept as data with their legal basis, and tried on history."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from api.dependencies import ConnectionOf, ReaderOf
from api.me import not_kept
from api.paging import Number, page
from api.schemas.alarms import NewRule, Replayed, RulesQuery, SentRule
from api.tags import Match, check_tag, tagged
from lifeline.alarms.kept import rehearsing, ruling
from lifeline.alarms.kept.rehearsing import Span
from spatial.people.organisations import organisation_id

router = APIRouter(tags=["lifeline"], dependencies=[Depends(not_kept)])

Json = dict[str, Any]
RULES = "/api/lifeline/alarm-rules"


@router.get(RULES)
def listed(connection: ConnectionOf, asked: Annotated[RulesQuery, Query()]) -> Json:
    """List the rules that one may see; `next` is the `after` of the next page."""
    return page("rules", ruling.listed(connection, asked.after, asked.limit), asked.limit)


@router.post(RULES, status_code=201)
def create(connection: ConnectionOf, reader: ReaderOf, sent: NewRule, answer: Response) -> Json:
    """Make a rule; it is applied within seconds, to values that come from then on."""
    owner = organisation_id(connection, sent.organisation) or reader.organisation_id
    number = ruling.create(connection, reader, owner, sent.draft)
    answer.headers["location"] = f"{RULES}/{number}"
    return tagged(answer, ruling.read(connection, number), "edition")


@router.get(RULES + "/{identifier}")
def one(identifier: Number, connection: ConnectionOf, answer: Response) -> Json:
    """Show a rule with its editions, its conditions and alarms, and why values were not taken."""
    return tagged(answer, ruling.read(connection, identifier), "edition")


@router.put(RULES + "/{identifier}")
def change(
    identifier: Number,
    connection: ConnectionOf,
    reader: ReaderOf,
    sent: SentRule,
    match: Match,
    answer: Response,
) -> Json:
    """Make a rule another edition; alarms that stand go on by it."""
    held = ruling.hold(connection, reader, identifier)
    check_tag(match, held["edition"])
    ruling.change(connection, reader, held, sent.draft)
    return tagged(answer, ruling.read(connection, identifier), "edition")


@router.delete(RULES + "/{identifier}", status_code=204)
def delete(identifier: Number, connection: ConnectionOf, reader: ReaderOf, match: Match) -> None:
    """Delete a rule that has no alarm standing; what it raised stays on record."""
    held = ruling.hold(connection, reader, identifier)
    check_tag(match, held["edition"])
    ruling.delete(connection, held)


@router.post(RULES + "/{identifier}/replay")
def replay(identifier: Number, connection: ConnectionOf, sent: Replayed) -> Json:
    """Tell what a rule, or what is to become of it, would have told of history; nothing is changed."""
    rule = ruling.engine_of(connection, identifier, None if sent.rule is None else sent.rule.row)
    return rehearsing.rehearse(connection, identifier, rule, Span(sent.begins, sent.ends), sent.datastream)
