"""Bodies and parameters of the feed, of webhooks and of call statistics."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from api.schemas.accounts import Body, Number
from api.schemas.external import Opening as OpeningSent
from spatial.errors import InvalidInput
from spatial.partners.log import TOPICS, Cursor, Wanted
from spatial.partners.webhooks import RETRIES_S, Opening

Name = Annotated[str, Field(min_length=1, max_length=100)]
Url = Annotated[str, Field(min_length=1, max_length=2_000)]
Word = Annotated[str, Field(min_length=1, max_length=60)]
Words = Annotated[list[Word], Field(max_length=100)]
Topics = Annotated[list[Word], Field(min_length=1, max_length=40)]
Seconds = Annotated[int, Field(ge=1, le=30)]
Hands = Annotated[int, Field(ge=1, le=16)]
Retries = Annotated[list[Annotated[int, Field(ge=1, le=604_800)]], Field(max_length=20)]
Since = Annotated[str, Field(max_length=100)]
Reason = Annotated[str, Field(min_length=1, max_length=500)]


class WebhookSent(OpeningSent):
    """A webhook to be registered."""

    name: Name
    url: Url
    kind: Literal["webhook", "rest"] = "webhook"
    topics: Topics = ["events"]
    categories: Words = []
    units: Words = []
    sources: Words = []
    options: dict[str, Any] = {}
    timeout_s: Seconds = 15
    parallel: Hands = 4
    retries_s: Retries = list(RETRIES_S)
    after_dead: Literal["hold", "go_on"] = "hold"
    since: Since = "now"
    """now, beginning, or a cursor of the feed."""

    def wanted(self) -> Wanted:
        """Put together what it wants."""
        return Wanted(tuple(self.topics), tuple(self.categories), tuple(self.units), tuple(self.sources))


class WebhookChange(OpeningSent):
    """What shall be different; what is not sent stays."""

    name: Name | None = None
    url: Url | None = None
    topics: Topics | None = None
    categories: Words | None = None
    units: Words | None = None
    sources: Words | None = None
    options: dict[str, Any] | None = None
    timeout_s: Seconds | None = None
    parallel: Hands | None = None
    retries_s: Retries | None = None
    after_dead: Literal["hold", "go_on"] | None = None
    state: Literal["active", "paused"] | None = None
    since: Since | None = None
    """Where to go on: now, beginning, or a cursor; what was told already is not told again."""
    take_over: bool = False
    """Become its owner: it tells what you may see from now on."""
    forget_opening: bool = False

    def given(self) -> dict[str, Any]:
        """Name what was sent; the secret parts are not among it."""
        left_out = {*OpeningSent.model_fields, "since"}
        return {name: value for name, value in self.model_dump(exclude=left_out).items() if value is not None}


def opening_of(sent: OpeningSent) -> Opening | None:
    """Put together what a partner is opened with."""
    found = sent.opened_with()
    return None if found is None else Opening(found.kind, found.name, found.value)


def cursor_of(text: str | None) -> Cursor | None:
    """Read where to begin; None stands for now."""
    if text in (None, "now"):
        return None
    return Cursor() if text == "beginning" else Cursor.parse(str(text), "since")


class Dropped(Body):
    """Why messages are given up."""

    why: Reason


class Asked(Body):
    """Parameters, which come as text."""

    model_config = ConfigDict(extra="forbid", strict=False)


class DeliveryQuery(Asked):
    """Which messages of a webhook."""

    state: Literal["waiting", "delivered", "dead", "dropped"] | None = None
    event: Number | None = None
    before: Number | None = None
    """Number of the last message of the page before."""
    limit: Annotated[int, Field(ge=1, le=500)] = 100


class FeedQuery(Asked):
    """What of the log, from where, and how long to wait for it."""

    topics: Annotated[str, Field(max_length=2_000)] = ",".join(TOPICS)
    category: Annotated[str, Field(max_length=2_000)] | None = None
    unit: Annotated[str, Field(max_length=2_000)] | None = None
    source: Annotated[str, Field(max_length=200)] | None = None
    cursor: Annotated[str, Field(max_length=100)] = "beginning"
    """beginning, now, or what the answer before named."""
    limit: Annotated[int, Field(ge=1, le=1_000)] = 100
    wait: Annotated[int, Field(ge=0, le=30)] = 0
    """Seconds to wait for something new."""

    def wanted(self) -> Wanted:
        """Put together what is wanted."""
        topics, *others = (
            tuple(text.split(",")) if text else ()
            for text in (self.topics, self.category, self.unit, self.source)
        )
        return Wanted(topics, *others)


class CallQuery(Asked):
    """A span of days, and how fine."""

    from_: Annotated[date | None, Field(alias="from")] = None
    until: date | None = None
    by: Literal["hour", "day"] = "day"

    def check(self) -> None:
        """See that it is a span."""
        if self.from_ and self.until and self.from_ > self.until:
            raise InvalidInput.at("until", "is before from")
