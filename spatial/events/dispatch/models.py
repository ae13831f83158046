"""Tables of dispatch: why an event went where it went, and what is disputed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from spatial.database.base import Attributes, Base, Key, Now


class Explanation(Base):
    """Why an event went to whom it went (派遣说明): facts and keys; the words are made when it is read."""

    __tablename__ = "explanation"

    id: Mapped[Key]
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), index=True)
    at: Mapped[Now]
    organisation_id: Mapped[int | None]
    worker_id: Mapped[int | None]
    body: Mapped[Any] = mapped_column(JSONB)


class DisputeRule(Base):
    """When a responsibility counts as disputed without anybody saying so."""

    __tablename__ = "dispute_rule"
    __table_args__ = (
        UniqueConstraint("category", postgresql_nulls_not_distinct=True),
        CheckConstraint("returns > 0", name="returns"),
        CheckConstraint("border_m >= 0 AND border_m <= 1000", name="border_m"),
    )

    id: Mapped[Key]
    category: Mapped[str | None]
    """The first digits of matter codes; null: every other."""
    returns: Mapped[int | None] = mapped_column(SmallInteger)
    """After so many returns and re-dispatches."""
    border_m: Mapped[float | None]
    """So near the border between two units."""


class Dispute(Base):
    """A disputed responsibility (疑难/确权): raised by hand or by rule, ruled by a person."""

    __tablename__ = "dispute"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'ruled', 'withdrawn')", name="state"),
        CheckConstraint("raised_by IN ('hand', 'returns', 'border')", name="raised_by"),
        CheckConstraint("scope IN ('event', 'place', 'unit')", name="scope"),
        CheckConstraint(
            "(state = 'ruled') = (num_nonnulls(scope, organisation_id, ruling_reason) = 3)", name="ruled"
        ),
        Index("uq_dispute_open", "event_id", unique=True, postgresql_where=text("state = 'open'")),
    )

    id: Mapped[Key]
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), index=True)
    state: Mapped[str] = mapped_column(server_default=text("'open'"))
    raised_by: Mapped[str]
    reason: Mapped[str]
    facts: Mapped[Attributes]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    username: Mapped[str]
    at: Mapped[Now]
    ruled_at: Mapped[datetime | None]
    ruled_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    ruled_username: Mapped[str | None]
    scope: Mapped[str | None]
    """event: this one alone; place: this matter around here; unit: this matter in the unit."""
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    worker_id: Mapped[int | None] = mapped_column(ForeignKey("worker.id"))
    ruling_reason: Mapped[str | None]
    duty_id: Mapped[int | None]
    """The line of the duty list that the ruling made."""


class DispatchStamp(Base):
    """Which duty list and borders decisions are made from: one row, changed with either."""

    __tablename__ = "dispatch_stamp"
    __table_args__ = (CheckConstraint("single", name="single"),)

    single: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    stamp: Mapped[int]
