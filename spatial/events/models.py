"""Tables of events and of the matters they are about."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Time,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from spatial.database.base import Attributes, Base, Code, Generated, Key, Life, Now, Transaction, shape

SOURCES = ("app", "hotline", "public", "patrol", "internet", "sensor")
"""Where events come from."""
STATES = (
    "reported", "accepted", "filed", "dispatched", "handled", "verified", "closed",
    "rejected", "merged", "cancelled",
)  # fmt: skip
"""States of an event: the way from report to close, then the other ends."""
STEP_MOMENTS = ("accepted_at", "filed_at", "dispatched_at", "handled_at", "verified_at", "closed_at")
"""Columns of the moments of an event's way after the report."""
URGENCIES = ("ordinary", "urgent", "critical")


def _one_of(column: str, words: tuple[str, ...]) -> CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


class Event(Base):
    """Something that happened at a place (事件) and that somebody must handle."""

    __tablename__ = "event"
    __table_args__ = (
        Index("ix_event_geom", "geom", postgresql_using="gist"),
        Index(None, "occurred_at", postgresql_using="brin"),
        Index(
            "ix_event_steps", *STEP_MOMENTS, postgresql_using="brin",
            postgresql_ops=dict.fromkeys(STEP_MOMENTS, "timestamptz_minmax_multi_ops"),
            postgresql_with={"autosummarize": "on"},
        ),
        Index(None, "unit_code", "occurred_at"),
        Index(None, "reported_at", "id"),
        Index(None, "state", "reported_at"),
        *(
            Index(f"ix_event_{name}", name, postgresql_where=text(f"{name} IS NOT NULL"))
            for name in ("due_at", "worker_id", "component_id", "place_id", "address_id", "merged_into")
        ),
        Index(
            "uq_event_source_external_id", "source", "external_id",
            unique=True, postgresql_where=text("external_id IS NOT NULL"),
        ),
        _one_of("state", STATES),
        _one_of("source", SOURCES),
        _one_of("urgency", URGENCIES),
        CheckConstraint("(state = 'merged') = (merged_into IS NOT NULL)", name="merged"),
    )  # fmt: skip

    id: Mapped[Key]
    no: Mapped[str] = mapped_column(unique=True)
    category: Mapped[str] = mapped_column(ForeignKey("matter.code"), index=True)
    source: Mapped[str]
    """One of SOURCES."""
    external_id: Mapped[str | None]
    """What the sender calls it: the same report comes in once."""
    title: Mapped[str]
    address: Mapped[str | None]
    description: Mapped[str | None]
    urgency: Mapped[str] = mapped_column(server_default="ordinary")
    state: Mapped[str]
    """One of STATES."""
    geom: Mapped[Any] = mapped_column(shape("POINT"))
    occurred_at: Mapped[datetime]
    reported_at: Mapped[Now]
    accepted_at: Mapped[datetime | None]
    """When a state was reached the last time; so with the next ones."""
    filed_at: Mapped[datetime | None]
    dispatched_at: Mapped[datetime | None]
    handled_at: Mapped[datetime | None]
    verified_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    """The deadline of the present step; null when nothing is waited for."""
    handle_due_at: Mapped[datetime | None]
    """The deadline of handling, set at dispatch."""
    close_due_at: Mapped[datetime | None]
    handled_on_time: Mapped[bool | None]
    """Null: not handled yet."""
    unit_code: Mapped[Code | None]
    """The base unit of coverage `grids` at the time, by the ruling beside it."""
    ruling: Mapped[str]
    version_id: Mapped[int | None] = mapped_column(ForeignKey("coverage_version.id"))
    """The publication the ruling was made from."""
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    """The responsible unit that the event was dispatched to; it sees the event wherever it lies."""
    worker_id: Mapped[int | None] = mapped_column(ForeignKey("worker.id", ondelete="SET NULL"))
    """The person responsible now."""
    units: Mapped[Attributes]
    """Code of its unit in each of the other coverages: {"police": …}."""
    component_id: Mapped[int | None] = mapped_column(ForeignKey("component.id", ondelete="SET NULL"))
    place_id: Mapped[int | None] = mapped_column(ForeignKey("place.id", ondelete="SET NULL"))
    address_id: Mapped[int | None] = mapped_column(ForeignKey("address.id", ondelete="SET NULL"))
    returned_count: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    redispatched_count: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    escalated_level: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    """How many levels up from the grid it has been taken."""
    supervised: Mapped[bool] = mapped_column(server_default=text("false"))
    """Under supervision (督办)."""
    disputed: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whose it is, is disputed (疑难)."""
    valid: Mapped[bool | None]
    """Null: not judged yet; true once accepted, false when rejected."""
    merged_into: Mapped[int | None] = mapped_column(ForeignKey("event.id"))
    """The event that this one is the same as."""
    reported_by: Mapped[int | None]
    """Account that reported it."""
    generated: Mapped[Generated]
    attributes: Mapped[Attributes]


class EventStep(Base):
    """One step of an event's way (流转记录): added, never changed; a trigger refuses anything else."""

    __tablename__ = "event_step"
    __table_args__ = (Index(None, "at", postgresql_using="brin"), Index(None, "life", "txid", "id"))

    id: Mapped[Key]
    event_id: Mapped[int] = mapped_column(index=True)
    """Of an event that there is: a trigger sees to it."""
    at: Mapped[Now]
    verb: Mapped[str]
    from_state: Mapped[str | None]
    """Null for the first one."""
    to_state: Mapped[str]
    account_id: Mapped[int | None]
    username: Mapped[str] = mapped_column(server_default="")
    worker_id: Mapped[int | None]
    """Whom it went to."""
    organisation_id: Mapped[int | None]
    note: Mapped[str] = mapped_column(server_default="")
    detail: Mapped[Attributes]
    life: Mapped[Life]
    txid: Mapped[Transaction]


class EventWatch(Base):
    """What the job process has still to look at; kept by a trigger on the steps."""

    __tablename__ = "event_watch"

    event_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    started_at: Mapped[datetime]
    """When the present step began."""
    compared: Mapped[bool] = mapped_column(server_default=text("false"))
    """Duplicates of it were looked for."""
    share: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    """The last share of the time, in percent, that was warned of."""
    next_at: Mapped[datetime] = mapped_column(server_default=text("'-infinity'"), index=True)


class EventWarning(Base):
    """The time of a step is running out, or has (预警): once for each share."""

    __tablename__ = "event_warning"
    __table_args__ = (
        UniqueConstraint("event_id", "state", "due_at", "share"),
        Index(None, "life", "txid", "id"),
    )

    id: Mapped[Key]
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    state: Mapped[str]
    """The state that the event stood in."""
    due_at: Mapped[datetime]
    share: Mapped[int] = mapped_column(SmallInteger)
    """How much of the time had gone, in percent; 100: overdue."""
    at: Mapped[Now]
    life: Mapped[Life]
    txid: Mapped[Transaction]


class EventLink(Base):
    """Two events that may be one (疑似重复), the later by number first, and what a person said of it."""

    __tablename__ = "event_link"
    __table_args__ = (
        CheckConstraint("other_id < event_id", name="order"),
        _one_of("status", ("proposed", "confirmed", "refused")),
    )

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), primary_key=True)
    other_id: Mapped[int] = mapped_column(
        ForeignKey("event.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    score: Mapped[float]
    """0 … 1."""
    reasons: Mapped[dict[str, Any]] = mapped_column(JSONB)
    status: Mapped[str] = mapped_column(server_default="proposed")
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    at: Mapped[Now]


class Attachment(Base):
    """A photo, video, recording or document by the hash of its content; the bytes lie in the store."""

    __tablename__ = "attachment"
    __table_args__ = (CheckConstraint("digest ~ '^[0-9a-f]{64}$'", name="digest"),)

    digest: Mapped[str] = mapped_column(primary_key=True)
    """SHA-256, hexadecimal."""
    bytes: Mapped[int]
    media_type: Mapped[str]
    created_at: Mapped[Now]


class EventAttachment(Base):
    """A file of an event, under the name that it came with."""

    __tablename__ = "event_attachment"
    __table_args__ = (
        _one_of("kind", ("photo", "video", "audio", "document")),
        Index(None, "added_by", "at"),
    )

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), primary_key=True)
    digest: Mapped[str] = mapped_column(ForeignKey("attachment.digest"), primary_key=True, index=True)
    name: Mapped[str]
    kind: Mapped[str]
    step_id: Mapped[int | None] = mapped_column(ForeignKey("event_step.id"))
    added_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    at: Mapped[Now]


class PublicMatter(Base):
    """What the public may report, in plain words, and the matter that it is."""

    __tablename__ = "public_matter"
    __table_args__ = (_one_of("theme", ("clean", "road", "facility", "order")),)

    key: Mapped[str] = mapped_column(primary_key=True)
    theme: Mapped[str]
    """Under which heading it stands."""
    title: Mapped[str]
    title_en: Mapped[str]
    hint: Mapped[str] = mapped_column(server_default=text("''"))
    hint_en: Mapped[str] = mapped_column(server_default=text("''"))
    category: Mapped[str] = mapped_column(ForeignKey("matter.code"))
    rank: Mapped[int] = mapped_column(SmallInteger)


class PublicReport(Base):
    """By what one of the public follows the event that a report became; the code is kept nowhere."""

    __tablename__ = "public_report"
    __table_args__ = (CheckConstraint("octet_length(digest) = 32", name="digest"),)

    event_id: Mapped[int] = mapped_column(
        ForeignKey("event.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    """SHA-256 of the code."""
    at: Mapped[Now]


class WorkingHours(Base):
    """When offices are open on a day of the week."""

    __tablename__ = "working_hours"
    __table_args__ = (
        CheckConstraint("weekday BETWEEN 1 AND 7", name="weekday"),
        CheckConstraint("opens < closes", name="order"),
    )

    weekday: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    """1 Monday … 7 Sunday."""
    opens: Mapped[time] = mapped_column(Time, primary_key=True)
    closes: Mapped[time] = mapped_column(Time)


class WorkingDay(Base):
    """A day that is not as its weekday is: a holiday, or a working day that makes up for one (调休)."""

    __tablename__ = "working_day"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    working: Mapped[bool]
    name: Mapped[str]


class DeadlineRule(Base):
    """How long a step may take (时限), by category and urgency; the most specific rule wins."""

    __tablename__ = "deadline_rule"
    __table_args__ = (
        UniqueConstraint("category", "urgency", "stage", postgresql_nulls_not_distinct=True),
        _one_of("stage", ("accept", "file", "dispatch", "handle", "verify", "close")),
        _one_of("urgency", URGENCIES),
        _one_of("clock", ("working", "always")),
        CheckConstraint("minutes BETWEEN 1 AND 5256000", name="minutes"),
        CheckConstraint("1 <= ALL (warnings) AND 100 >= ALL (warnings)", name="warnings"),
    )

    id: Mapped[Key]
    category: Mapped[str | None]
    """A matter code, the first digits of one, or null for every matter."""
    urgency: Mapped[str | None]
    stage: Mapped[str]
    """What has to be done."""
    minutes: Mapped[int] = mapped_column(Integer)
    clock: Mapped[str] = mapped_column(server_default="working")
    """working: by the working calendar; always: by day and night."""
    warnings: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger), server_default=text("'{50,80,100}'"))
    """Shares of the time, in percent, that are warned of."""


class EventNumber(Base):
    """What the sequence of numbers stood at when a day began."""

    __tablename__ = "event_number"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    base: Mapped[int]


class Reporter(Base):
    """The person who reported an event (举报人), by the hotline or as one of the public; masked."""

    __tablename__ = "reporter"
    __table_args__ = (
        CheckConstraint(
            "(name = '' OR name LIKE '%*%') AND (phone = '' OR phone LIKE '%*%')"
            " AND (id_number = '' OR id_number LIKE '%*%') AND (address = '' OR address LIKE '%*%')",
            name="masked",
        ),
    )

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str | None]
    phone: Mapped[str | None]
    id_number: Mapped[str | None]
    address: Mapped[str | None]
    name_cipher: Mapped[bytes | None] = mapped_column(LargeBinary)
    name_digest: Mapped[bytes | None] = mapped_column(LargeBinary, index=True)
    phone_cipher: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone_digest: Mapped[bytes | None] = mapped_column(LargeBinary, index=True)
    id_number_cipher: Mapped[bytes | None] = mapped_column(LargeBinary)
    id_number_digest: Mapped[bytes | None] = mapped_column(LargeBinary, index=True)
    address_cipher: Mapped[bytes | None] = mapped_column(LargeBinary)
    generated: Mapped[Generated]
