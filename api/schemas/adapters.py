"""Bodies of the routes of adapters and offices; what is not listed is refused by its name."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr

from api.schemas.accounts import Body, Number
from spatial.errors import InvalidInput
from spatial.partners.adapters.store import OPEN311, NewAdapter
from spatial.partners.open311.pull import default_mapping

Name = Annotated[str, Field(min_length=1, max_length=40)]
Title = Annotated[str, Field(max_length=200)]
Source = Annotated[str, Field(max_length=20)]
Json = dict[str, Any]
Sample = Annotated[str, Field(max_length=100_000)]
Secret = Annotated[SecretStr, Field(min_length=1, max_length=500)]
Ids = Annotated[list[Number], Field(min_length=1, max_length=1_000)]
Why = Annotated[str, Field(min_length=1, max_length=500)]


class AdapterSent(Body):
    """An adapter to be made."""

    name: Name
    source: Source
    mapping: Json | None = None
    categories: Annotated[dict[str, str], Field(max_length=5_000)] | None = None
    """Of kind open311, in place of a mapping: our matters by the service codes of the other city."""
    kind: Literal["messages", "open311"] = "messages"
    title: Title = ""
    options: Json = {}
    sample: Sample | None = None
    secret: Secret | None = None
    """What the sender signs with, or the key that another city gave; left out, one is made where needed."""

    def new(self) -> NewAdapter:
        """Make the value of it."""
        given = self.model_dump(exclude={"secret", "categories", "mapping"})
        mapping = self.mapping
        if mapping is None and self.kind == OPEN311 and self.categories:
            mapping = default_mapping(self.categories)
        if mapping is None:
            raise InvalidInput.at("mapping", "must be given; of kind open311, categories do as well")
        secret = self.secret.get_secret_value() if self.secret else None
        return NewAdapter(**given, mapping=mapping, secret=secret)


class AdapterChange(Body):
    """What of an adapter shall be different; what is not sent stays."""

    title: Title | None = None
    source: Source | None = None
    mapping: Json | None = None
    options: Json | None = None
    sample: Sample | None = None
    state: Literal["active", "paused"] | None = None
    take_over: bool = False


class SecretSent(Body):
    """Another secret; left out, one is made."""

    secret: Secret | None = None


class TrySent(Body):
    """An adapter that is not made yet, and a sample of what it shall take in."""

    source: Source
    mapping: Json
    options: Json = {}
    sample: Sample
    """The text of the message."""
    content_type: Annotated[str, Field(max_length=200)] | None = None


class AgainSent(Body):
    """Refused messages to be taken in anew; left out, all that wait."""

    ids: Ids | None = None


class DropSent(Body):
    """Refused messages to be given up; left out, all that wait."""

    why: Why
    ids: Ids | None = None


class OfficeSent(Body):
    """An office whose own Open311 server is handed the events of its organisation."""

    name: Name
    organisation_id: Number
    url: Annotated[str, Field(min_length=1, max_length=2_000)]
    options: Json = {}
    poll_minutes: Annotated[int, Field(ge=1, le=1440)] = 15
    api_key: Secret | None = None


class OfficeChange(Body):
    """What of an office shall be different; what is not sent stays."""

    url: Annotated[str, Field(min_length=1, max_length=2_000)] | None = None
    options: Json | None = None
    poll_minutes: Annotated[int, Field(ge=1, le=1440)] | None = None
    state: Literal["active", "paused"] | None = None
    api_key: Secret | None = None
    take_over: bool = False


class HandoverSent(Body):
    """An event to be handed to an office, whoever it was dispatched to."""

    office: Name


class SettleSent(Body):
    """What shall become of handovers that an office refused; ids left out: all of them."""

    action: Literal["again", "drop"]
    ids: Ids | None = None
    why: Annotated[str, Field(max_length=500)] = ""
