"""What a plan (网格调整单) is, and which way it may go: who may change, submit, approve and publish it.

draft → submitted → approved → published; a reviewer returns it to be changed, its drafter withdraws it.
What is published is taken back by a counter-plan, never undone.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from spatial.errors import Conflict, Forbidden
from spatial.rights.reader import Reader
from spatial.rights.rules import ADMINISTRATORS, DISTRICT_ADMINISTRATOR

DRAFT, SUBMITTED, RETURNED, APPROVED = "draft", "submitted", "returned", "approved"
PUBLISHED, WITHDRAWN = "published", "withdrawn"
STATUSES = (DRAFT, SUBMITTED, RETURNED, APPROVED, PUBLISHED, WITHDRAWN)
OPEN = (DRAFT, RETURNED)
"""In these its steps may change."""


@dataclass(frozen=True)
class Transition:
    """A way from some statuses to another."""

    verb: str
    before: tuple[str, ...]
    after: str
    needs_text: bool = False
    """Whether a reason must be given."""


TRANSITIONS = {
    each.verb: each
    for each in (
        Transition("submit", OPEN, SUBMITTED),
        Transition("approve", (SUBMITTED,), APPROVED),
        Transition("return", (SUBMITTED, APPROVED), RETURNED, needs_text=True),
        Transition("withdraw", (DRAFT, RETURNED, SUBMITTED, APPROVED), WITHDRAWN),
        Transition("publish", (APPROVED,), PUBLISHED),
    )
}


@dataclass(frozen=True)
class Plan:
    """A plan as its row has it."""

    id: int
    coverage: str
    title: str
    basis: str
    origin: str
    status: str
    base_version: int
    etag: int
    head: int
    drafter_id: int | None
    drafter: str
    unit_code: str | None
    effective_at: datetime | None
    submitted_at: datetime | None
    decided_at: datetime | None
    decided_by: str | None
    publish_asked_by: int | None
    publish_asked_at: datetime | None
    publish_problem: dict[str, Any] | None
    published_at: datetime | None
    published_version: int | None
    counter_of: int | None
    created_at: datetime
    updated_at: datetime

    @property
    def no(self) -> str:
        """The number that stands on paper: 调整 (adjustment), year and running number."""
        return f"TZ{self.created_at:%Y}-{self.id:05d}"

    @property
    def is_open(self) -> bool:
        """Tell whether its steps may change."""
        return self.status in OPEN

    @property
    def is_waiting(self) -> bool:
        """Tell whether the job process is to publish it, or is doing so."""
        return self.status == APPROVED and self.publish_asked_at is not None


def is_district(reader: Reader) -> bool:
    """Tell whether somebody decides about plans and changes other people's."""
    return reader.role == DISTRICT_ADMINISTRATOR


def may_edit(plan: Plan, reader: Reader) -> bool:
    """Tell whether a plan is one of the reader's to change, whatever its status."""
    own = plan.drafter_id is not None and plan.drafter_id == reader.account_id
    return reader.role in ADMINISTRATORS and (own or is_district(reader))


def check_may_edit(plan: Plan, reader: Reader) -> None:
    """Forbidden for somebody else's plan, Conflict for one whose steps are no longer to change."""
    if not may_edit(plan, reader):
        raise Forbidden(f"plan {plan.no} is changed by its drafter, or by a district administrator")
    if not plan.is_open:
        raise Conflict(f"plan {plan.no} is {plan.status}: only a draft or a returned plan can be changed")


def check_may(
    plan: Plan, reader: Reader, verb: str, authors: Collection[int] = (), own_approval: bool = False
) -> Transition:
    """Find the transition that a verb means; Forbidden or Conflict says why it is not for this reader now.

    authors: accounts that added steps; they and the drafter do not approve their own work unless
    `own_approval`.
    """
    reason = _why_not(plan, reader, verb, authors, own_approval)
    if reason:
        raise Forbidden(reason)
    transition = TRANSITIONS[verb]
    if plan.is_waiting:
        raise Conflict(f"plan {plan.no} is being published")
    if plan.status not in transition.before:
        raise Conflict(f"plan {plan.no} is {plan.status}: {verb} needs {' or '.join(transition.before)}")
    return transition


def verbs(plan: Plan, reader: Reader, authors: Collection[int] = (), own_approval: bool = False) -> list[str]:
    """List what the reader may do with a plan as it is: `edit` and the transitions."""
    found = ["edit"] if plan.is_open and may_edit(plan, reader) else []
    if plan.is_waiting:
        return found
    return found + [
        verb
        for verb, transition in TRANSITIONS.items()
        if plan.status in transition.before and not _why_not(plan, reader, verb, authors, own_approval)
    ]


def _why_not(
    plan: Plan, reader: Reader, verb: str, authors: Collection[int], own_approval: bool
) -> str | None:
    if verb in ("submit", "withdraw"):
        mine = may_edit(plan, reader)
        return None if mine else f"only its drafter and district administrators {verb} a plan"
    if not is_district(reader):
        return f"only district administrators {verb} a plan"
    did = reader.account_id in (plan.drafter_id, *authors)
    if verb == "approve" and did and not own_approval:
        return "nobody approves a plan that they drafted or changed themselves"
    return None
