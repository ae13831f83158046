"""Bodies and parameters of the routes of what terminals are told."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from api.schemas.accounts import Body
from spatial.patrols.downlinks.queue import LONGEST_TRACKING_S, Order

Kind = Literal["text", "interval", "position", "tracking"]
State = Literal["queued", "sent", "confirmed", "failed", "expired"]
CONTENTS: dict[str, tuple[str, ...]] = {
    "text": ("text", "urgent", "aloud"),
    "interval": ("seconds",),
    "position": (),
    "tracking": ("seconds", "for_s"),
}
"""What each kind takes; what is in it is looked at by the room, which names the place and the reason."""


class OrderSent(Body):
    """Something that a terminal is to be told: a text, a new interval, to say where it is, to be followed."""

    kind: Kind = "text"
    text: Annotated[str, Field(max_length=2000)] | None = None
    urgent: bool | None = None
    aloud: bool | None = None
    seconds: Annotated[int, Field(ge=0, le=86_400)] | None = None
    for_s: Annotated[int, Field(ge=1, le=LONGEST_TRACKING_S)] | None = None
    client_id: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[\x21-\x7e]+$")] | None = None
    valid_minutes: Annotated[int, Field(ge=1, le=10_080)] = 1440

    def order(self) -> Order:
        """Make the value of it."""
        given = {name: getattr(self, name) for name in CONTENTS[self.kind]}
        content = {name: value for name, value in given.items() if value is not None}
        return Order(self.kind, content, self.client_id, self.valid_minutes)


class OrderQuery(Body):
    """Which orders of a device are listed."""

    state: State | None = None
    before: Annotated[int, Field(strict=False, ge=1, le=2**63 - 1)] | None = None
    limit: Annotated[int, Field(ge=1, le=200, strict=False)] = 50
