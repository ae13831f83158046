"""Tables of webhooks, of what was delivered through them, and of the calls of keys."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from spatial.database.base import Attributes, Base, Key, Now, Xid8

KINDS = ("webhook", "rest")
STATES = ("active", "paused", "off")
DELIVERY_STATES = ("waiting", "delivered", "dead", "dropped")
AFTER_DEAD = ("hold", "go_on")


class LogLife(Base):
    """A server that the database has lived on: numbers of transactions are its own."""

    __tablename__ = "log_life"

    life: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    server: Mapped[str]
    """Identifier of the server and its time line."""
    source: Mapped[UUID] = mapped_column(server_default=text("gen_random_uuid()"))
    """What messages name this city by."""
    since: Mapped[Now]


class Webhook(Base):
    """Where messages go (推送订阅), in whose name, and which."""

    __tablename__ = "webhook"
    __table_args__ = (
        CheckConstraint("kind IN ('webhook', 'rest')", name="kind"),
        CheckConstraint("state IN ('active', 'paused', 'off')", name="state"),
        CheckConstraint("after_dead IN ('hold', 'go_on')", name="after_dead"),
        CheckConstraint("timeout_s BETWEEN 1 AND 30", name="timeout_s"),
        CheckConstraint("parallel BETWEEN 1 AND 16", name="parallel"),
        CheckConstraint("(old_secret_cipher IS NULL) = (old_secret_until IS NULL)", name="old_secret"),
        CheckConstraint("(opener_kind IS NULL) = (opener_cipher IS NULL)", name="opener"),
    )

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str] = mapped_column(server_default="webhook")
    """webhook: signed CloudEvents; rest: requests in the partner's own words."""
    url: Mapped[str]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    """With whose rights it is told."""
    topics: Mapped[list[str]] = mapped_column(ARRAY(Text))
    """events, warnings, coverages; events.dispatch: of one verb."""
    categories: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    """First digits of matters; empty: all. So with units."""
    units: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    sources: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    options: Mapped[Attributes]
    """Of kind rest: how requests are made; see spatial.partners.push."""
    timeout_s: Mapped[int] = mapped_column(SmallInteger, server_default=text("15"))
    parallel: Mapped[int] = mapped_column(SmallInteger, server_default=text("4"))
    """Requests at once, each of another subject."""
    retries_s: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    """Pauses before the second, third … try; after the last one a message is dead."""
    after_dead: Mapped[str] = mapped_column(server_default="hold")
    """hold: later messages of the subject wait until somebody decides; go_on: they do not."""
    state: Mapped[str] = mapped_column(server_default="active")
    """off: the partner answered 410, or took nothing for days."""
    why: Mapped[str] = mapped_column(server_default="")
    """Why it is paused or off."""
    edition: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    secret_cipher: Mapped[bytes | None]
    old_secret_cipher: Mapped[bytes | None]
    """Signs as well until `old_secret_until`."""
    old_secret_until: Mapped[datetime | None]
    opener_kind: Mapped[str | None]
    """What the partner is opened with: basic, header or query."""
    opener_cipher: Mapped[bytes | None]
    created_at: Mapped[Now]


class WebhookPace(Base):
    """How far a webhook has read the logs, and how its partner does."""

    __tablename__ = "webhook_pace"

    webhook_id: Mapped[int] = mapped_column(
        ForeignKey("webhook.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    life: Mapped[int] = mapped_column(SmallInteger)
    """Of the last row that was looked at, or of the end of the log; so with the next three."""
    txid: Mapped[Any] = mapped_column(Xid8)
    topic: Mapped[int] = mapped_column(SmallInteger)
    row_id: Mapped[int]
    failures: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    """One after another, of whatever message."""
    failing_since: Mapped[datetime | None]
    rest_until: Mapped[datetime] = mapped_column(server_default=text("'-infinity'"))
    """Until then it is not asked."""
    last_at: Mapped[datetime | None]
    last_good_at: Mapped[datetime | None]
    last_status: Mapped[int | None] = mapped_column(SmallInteger)
    last_error: Mapped[str | None]


class WebhookDelivery(Base):
    """A message of a webhook: which row of which log, and what became of it."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        UniqueConstraint("webhook_id", "topic", "row_id"),
        CheckConstraint("state IN ('waiting', 'delivered', 'dead', 'dropped')", name="state"),
        CheckConstraint("(done_at IS NULL) = (state = 'waiting')", name="done"),
        Index(
            "ix_webhook_delivery_waiting", "webhook_id", "next_at", "id",
            postgresql_where=text("state = 'waiting'"),
        ),
        Index(
            "ix_webhook_delivery_open", "webhook_id", "subject", "id",
            postgresql_where=text("state IN ('waiting', 'dead')"),
        ),
        Index(
            "ix_webhook_delivery_done_at", "done_at", postgresql_where=text("done_at IS NOT NULL"),
        ),
    )  # fmt: skip

    id: Mapped[Key]
    webhook_id: Mapped[int] = mapped_column(ForeignKey("webhook.id", ondelete="CASCADE"))
    topic: Mapped[int] = mapped_column(SmallInteger)
    row_id: Mapped[int]
    subject: Mapped[str]
    """Messages of one subject are told one after another."""
    event_id: Mapped[int | None]
    at: Mapped[datetime]
    """When it happened."""
    state: Mapped[str] = mapped_column(server_default="waiting")
    tries: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    next_at: Mapped[Now]
    """infinity: an earlier one of the subject comes first."""
    made_at: Mapped[Now]
    done_at: Mapped[datetime | None]
    status: Mapped[int | None] = mapped_column(SmallInteger)
    """Of the last answer."""
    why: Mapped[str] = mapped_column(server_default="")


class WebhookAttempt(Base):
    """One try to deliver a message."""

    __tablename__ = "webhook_attempt"

    id: Mapped[Key]
    delivery_id: Mapped[int] = mapped_column(
        ForeignKey("webhook_delivery.id", ondelete="CASCADE"), index=True
    )
    at: Mapped[Now]
    status: Mapped[int | None] = mapped_column(SmallInteger)
    """Null: there was no answer."""
    ms: Mapped[int] = mapped_column(Integer)
    answer: Mapped[str] = mapped_column(server_default="")
    """Its first KiB."""
    error: Mapped[str] = mapped_column(server_default="")


class PartnerReference(Base):
    """What a partner calls an event that it was sent."""

    __tablename__ = "partner_reference"

    webhook_id: Mapped[int] = mapped_column(
        ForeignKey("webhook.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    event_id: Mapped[int] = mapped_column(
        ForeignKey("event.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )
    reference: Mapped[str]
    at: Mapped[Now]


class CallCount(Base):
    """How often a key was used (调用统计), by hour, door and kind of answer; it outlives the key."""

    __tablename__ = "call_count"
    __table_args__ = (Index(None, "account_id", "hour"),)

    key_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    account_id: Mapped[int]
    hour: Mapped[datetime] = mapped_column(primary_key=True)
    door: Mapped[str] = mapped_column(primary_key=True)
    """The part of the platform that answered: /api/events, /ogc, /tiles …"""
    status_class: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    """2 … 5: hundreds of the status."""
    calls: Mapped[int]
    bytes_in: Mapped[int]
    bytes_out: Mapped[int]
    ms: Mapped[int]
