"""Tables of text messages."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    Text,
    Time,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from spatial.database.base import Base, Key, Now

OCCASIONS = ("dispatched", "escalated", "supervised", "warning", "overdue")
"""What messages are sent of by themselves."""
STATES = ("queued", "sending", "sent", "delivered", "failed", "expired", "uncertain")
"""States of a recipient; uncertain: nobody knows whether the gateway took it."""
RECIPIENTS = ("responsible", "organisation", "leader")
"""Whom a rule may name: the person responsible, those on duty of the organisation, leaders of the grid."""


def _given(*columns: str, unique: bool = False) -> Index:
    """An index of a table's rows that have the last column."""
    name = f"{'uq' if unique else 'ix'}_{'_'.join(columns)}"
    return Index(name, *columns[1:], unique=unique, postgresql_where=text(f"{columns[-1]} IS NOT NULL"))


class MessageRule(Base):
    """When a message is sent by itself, to whom, and what it says."""

    __tablename__ = "message_rule"
    __table_args__ = (
        CheckConstraint(
            "occasion IN ('dispatched', 'escalated', 'supervised', 'warning', 'overdue')", name="occasion"
        ),
        CheckConstraint("language IN ('zh', 'en')", name="language"),
        CheckConstraint("urgencies <@ '{ordinary,urgent,critical}'", name="urgencies"),
        CheckConstraint("recipients <@ '{responsible,organisation,leader}'", name="recipients"),
        CheckConstraint("from_share BETWEEN 1 AND 99", name="from_share"),
        CheckConstraint("(quiet_from IS NULL) = (quiet_until IS NULL)", name="quiet"),
        CheckConstraint("valid_minutes BETWEEN 5 AND 4320", name="valid_minutes"),
    )

    occasion: Mapped[str] = mapped_column(primary_key=True)
    """One of OCCASIONS."""
    enabled: Mapped[bool] = mapped_column(server_default=text("false"))
    language: Mapped[str] = mapped_column(server_default="zh")
    template_zh: Mapped[str]
    template_en: Mapped[str]
    urgencies: Mapped[list[str]] = mapped_column(
        ARRAY(Text), server_default=text("'{ordinary,urgent,critical}'")
    )
    """Of events that it is sent of."""
    categories: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    """First digits of matters; empty: all."""
    recipients: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{responsible}'"))
    from_share: Mapped[int] = mapped_column(SmallInteger, server_default=text("80"))
    """Of `warning`: how much of the time, in percent, must have gone."""
    quiet_from: Mapped[time | None] = mapped_column(Time)
    """From then to `quiet_until`, the city's time, messages of ordinary events wait."""
    quiet_until: Mapped[time | None] = mapped_column(Time)
    valid_minutes: Mapped[int] = mapped_column(Integer, server_default=text("720"))
    """How long it is worth sending."""
    changed_at: Mapped[Now]


class Message(Base):
    """One text for one or many people."""

    __tablename__ = "message"
    __table_args__ = (
        Index(None, "account_id", "created_at"),
        _given("message", "event_id"),
        _given("message", "account_id", "client_id", unique=True),
        _given("message", "occasion", "step_id", unique=True),
        _given("message", "occasion", "warning_id", unique=True),
        CheckConstraint("alphabet IN ('gsm7', 'ucs2')", name="alphabet"),
        CheckConstraint("parts BETWEEN 1 AND 255", name="parts"),
        CheckConstraint("valid_for BETWEEN '0' AND '3 days'", name="valid_for"),
    )

    id: Mapped[Key]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    """Who wrote it; null: a rule."""
    username: Mapped[str] = mapped_column(server_default="")
    client_id: Mapped[str | None]
    """What the sender calls the request: sent again, it is the same message."""
    occasion: Mapped[str | None] = mapped_column(ForeignKey("message_rule.occasion"))
    event_id: Mapped[int | None] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    step_id: Mapped[int | None]
    warning_id: Mapped[int | None]
    text: Mapped[str]
    alphabet: Mapped[str]
    parts: Mapped[int] = mapped_column(SmallInteger)
    """Short messages that it takes for each person."""
    not_before: Mapped[Now]
    valid_for: Mapped[timedelta]
    """How long it is worth sending, each time that somebody has it tried."""
    expires_at: Mapped[datetime]
    created_at: Mapped[Now]


class MessageRound(Base):
    """That an account had a message sent, or tried again: the quota of its hour counts these."""

    __tablename__ = "message_round"
    __table_args__ = (Index(None, "account_id", "at"),)

    id: Mapped[Key]
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    cost: Mapped[int] = mapped_column(Integer)
    """Short messages: parts times people."""
    at: Mapped[Now]


class MessageRecipient(Base):
    """Somebody whom a message is for, and what became of it; the number stands sealed with the worker."""

    __tablename__ = "message_recipient"
    __table_args__ = (
        UniqueConstraint("message_id", "worker_id"),
        CheckConstraint(
            "state IN ('queued', 'sending', 'sent', 'delivered', 'failed', 'expired', 'uncertain')",
            name="state",
        ),
        Index(
            "ix_message_recipient_waiting", "next_at",
            postgresql_where=text("state IN ('queued', 'sending')"),
        ),
    )  # fmt: skip

    id: Mapped[Key]
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"))
    worker_id: Mapped[int] = mapped_column(ForeignKey("worker.id", ondelete="CASCADE"), index=True)
    state: Mapped[str] = mapped_column(server_default="queued")
    """One of STATES."""
    tries: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    round: Mapped[int] = mapped_column(SmallInteger, server_default=text("1"))
    """Begins anew each time that a person has it tried again."""
    next_at: Mapped[Now]
    gateway: Mapped[str | None]
    """Through which kind of gateway it went."""
    reason: Mapped[str] = mapped_column(server_default="")
    changed_at: Mapped[Now]
    claimed: Mapped[int | None]
    """The transaction that took it to be sent."""


class MessagePart(Base):
    """A short message that a gateway took."""

    __tablename__ = "message_part"
    __table_args__ = (
        _given("message_part", "gateway_id"),
        CheckConstraint("state IN ('sent', 'delivered', 'failed', 'expired')", name="state"),
    )

    recipient_id: Mapped[int] = mapped_column(
        ForeignKey("message_recipient.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    nr: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    gateway_id: Mapped[str | None]
    """What the gateway calls it: receipts name it."""
    state: Mapped[str] = mapped_column(server_default="sent")
    reason: Mapped[str] = mapped_column(server_default="")
    sent_at: Mapped[Now]
    done_at: Mapped[datetime | None]


class MessageReceipt(Base):
    """A receipt of something that is not known, or not yet."""

    __tablename__ = "message_receipt"
    __table_args__ = (CheckConstraint("state IN ('delivered', 'failed', 'expired')", name="state"),)

    id: Mapped[Key]
    gateway_id: Mapped[str] = mapped_column(index=True)
    state: Mapped[str]
    reason: Mapped[str] = mapped_column(server_default="")
    at: Mapped[Now]


class MessageDue(Base):
    """A step or a warning that a rule may have a message for; written by triggers."""

    __tablename__ = "message_due"

    id: Mapped[Key]
    occasion: Mapped[str]
    event_id: Mapped[int]
    step_id: Mapped[int | None]
    warning_id: Mapped[int | None]
    at: Mapped[Now]
