"""Bodies and parameters of the routes of messages."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Literal

from pydantic import Field

from api.schemas.accounts import Body, Code, Number
from spatial.partners.messages.people import MOST, To
from spatial.partners.messages.rules import Rule
from spatial.partners.messages.store import Asked

# What is in a text is looked at by the room, which names the place and the reason.
Text = Annotated[str, Field(max_length=10_000)]
Clock = Annotated[time, Field(strict=False)]
Role = Literal["grid_leader", "grid_worker", "liaison", "supervisor", "inspector", "department"]
Occasion = Literal["dispatched", "escalated", "supervised", "warning", "overdue"]
State = Literal["queued", "sending", "sent", "delivered", "failed", "expired", "uncertain"]
Urgency = Literal["ordinary", "urgent", "critical"]


class ToSent(Body):
    """Whom a message is for: people by number, and everybody whom all of the rest is true of."""

    workers: Annotated[list[Number], Field(max_length=MOST)] = []
    unit: Code | None = None
    organisation: Number | None = None
    roles: Annotated[list[Role], Field(max_length=6)] = []
    on_duty: bool | None = None

    def to(self) -> To:
        """Make the value of it."""
        once = tuple(dict.fromkeys(self.workers))
        return To(once, self.unit, self.organisation, tuple(self.roles), self.on_duty)


class MessageSent(Body):
    """A message: a text, or a template with values, and whom it is for."""

    to: ToSent
    text: Text | None = None
    template: Text | None = None
    values: dict[str, Annotated[str, Field(max_length=500)]] | None = None
    event_id: Number | None = None
    client_id: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[\x21-\x7e]+$")] | None = None
    valid_minutes: Annotated[int, Field(ge=5, le=4320)] = 720

    def asked(self) -> Asked:
        """Make the value of it."""
        return Asked(
            self.to.to(), self.text, self.template, self.values, self.event_id, self.client_id,
            self.valid_minutes,
        )  # fmt: skip


class AgainSent(Body):
    """For whom it is to be tried again; everybody whom it did not reach unless told."""

    workers: Annotated[list[Number], Field(min_length=1, max_length=MOST)] | None = None


class RuleSent(Body):
    """What is sent by itself on an occasion."""

    enabled: bool
    language: Literal["zh", "en"]
    template_zh: Text
    template_en: Text
    urgencies: Annotated[list[Urgency], Field(min_length=1, max_length=3)]
    categories: Annotated[list[Annotated[str, Field(pattern="^[0-9]{1,11}$")]], Field(max_length=50)] = []
    recipients: Annotated[list[Literal["responsible", "organisation", "leader"]], Field(max_length=3)]
    from_share: Annotated[int, Field(ge=1, le=99)] = 80
    quiet_from: Clock | None = None
    quiet_until: Clock | None = None
    valid_minutes: Annotated[int, Field(ge=5, le=4320)] = 720

    def rule(self, occasion: str) -> Rule:
        """Make the rule of an occasion."""
        given = self.model_dump()
        for name in ("quiet_from", "quiet_until"):
            if given[name] is not None:
                given[name] = given[name].replace(tzinfo=None)
        return Rule(occasion=occasion, **given)


class MessageQuery(Body):
    """Which messages are wanted."""

    event: Annotated[int, Field(strict=False, ge=1, le=2**63 - 1)] | None = None
    state: State | None = None
    before: Annotated[int, Field(strict=False, ge=1, le=2**63 - 1)] | None = None
    limit: Annotated[int, Field(strict=False, ge=1, le=1000)] = 100
