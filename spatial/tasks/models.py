"""Tables of tasks and messages to people and vehicles in the field."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, ForeignKey, Index, Interval, SmallInteger
from sqlalchemy import text as words
from sqlalchemy.orm import Mapped, mapped_column

from spatial.database.base import Base, Code, Key, Now, shape

KINDS = ("task", "message")
STATES = ("sent", "delivered", "read", "accepted", "declined", "done")


class Task(Base):
    """Something that people or vehicles are to do (任务), or to know (通知)."""

    __tablename__ = "task"
    __table_args__ = (
        Index("ix_task_movers", "movers", postgresql_using="gin"),
        Index("ix_task_account_id", "account_id", "id"),
        Index("ix_task_remind_at", "remind_at", postgresql_where=words("remind_at IS NOT NULL")),
        Index(
            "uq_task_account_id_client_id", "account_id", "client_id", unique=True,
            postgresql_where=words("client_id IS NOT NULL"),
        ),
        CheckConstraint("kind IN ('task', 'message')", name="kind"),
        CheckConstraint("state IN ('open', 'cancelled')", name="state"),
        CheckConstraint("cardinality(movers) BETWEEN 1 AND 500", name="movers"),
        CheckConstraint("num_nonnulls(event_id, place_id, component_id) <= 1", name="about"),
    )  # fmt: skip

    id: Mapped[Key]
    kind: Mapped[str]
    title: Mapped[str]
    text: Mapped[str] = mapped_column(server_default=words("''"))
    movers: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    """Whom it is for, once more: so that a policy finds the own ones without asking the recipients'."""
    event_id: Mapped[int | None] = mapped_column(ForeignKey("event.id", ondelete="SET NULL"), index=True)
    place_id: Mapped[int | None] = mapped_column(ForeignKey("place.id", ondelete="SET NULL"), index=True)
    component_id: Mapped[int | None] = mapped_column(
        ForeignKey("component.id", ondelete="SET NULL"), index=True
    )
    geom: Mapped[Any | None] = mapped_column(shape("GEOMETRY"))
    """Where, unless what it is about says so."""
    due_at: Mapped[datetime | None]
    confirm_by: Mapped[datetime | None]
    """When a task must be answered, and a message read; who has not is reminded."""
    remind_every: Mapped[timedelta] = mapped_column(Interval, server_default=words("'00:10:00'"))
    remind_at: Mapped[datetime | None]
    """When somebody is reminded next."""
    reminders: Mapped[int] = mapped_column(SmallInteger, server_default=words("0"))
    state: Mapped[str] = mapped_column(server_default=words("'open'"))
    reason: Mapped[str] = mapped_column(server_default=words("''"))
    """Why it was cancelled."""
    cancelled_at: Mapped[datetime | None]
    cancelled_by: Mapped[str | None]
    unit_code: Mapped[Code | None] = mapped_column(index=True)
    """The area of whoever sent it; null: the city."""
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    """Of whoever sent it."""
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    username: Mapped[str] = mapped_column(server_default=words("''"))
    client_id: Mapped[str | None]
    created_at: Mapped[Now]


class TaskRecipient(Base):
    """Somebody whom a task is for, and how far it got with them; only forwards."""

    __tablename__ = "task_recipient"
    __table_args__ = (
        Index("ix_task_recipient_mover_id", "mover_id", "task_id"),
        Index(
            "ix_task_recipient_downlink_id", "downlink_id",
            postgresql_where=words("delivered_at IS NULL AND downlink_id IS NOT NULL"),
        ),
        CheckConstraint(
            "state IN ('sent', 'delivered', 'read', 'accepted', 'declined', 'done')", name="state"
        ),
        CheckConstraint("attachment ~ '^[0-9a-f]{64}$'", name="attachment"),
    )  # fmt: skip

    task_id: Mapped[int] = mapped_column(
        ForeignKey("task.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    mover_id: Mapped[int] = mapped_column(
        ForeignKey("mover.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    state: Mapped[str] = mapped_column(server_default=words("'sent'"))
    reason: Mapped[str] = mapped_column(server_default=words("''"))
    """Why it was declined."""
    note: Mapped[str] = mapped_column(server_default=words("''"))
    """What was said when it was done."""
    attachment: Mapped[str | None]
    """SHA-256 of a photo that shows it."""
    downlink_id: Mapped[int | None] = mapped_column(ForeignKey("downlink.id", ondelete="SET NULL"))
    """What their terminal was told last."""
    delivered_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]


class TaskStep(Base):
    """The time line of a task: added, never changed."""

    __tablename__ = "task_step"
    __table_args__ = (
        Index("ix_task_step_task_id", "task_id", "id"),
        Index(
            "uq_task_step_once", "task_id", "mover_id", "what", unique=True,
            postgresql_where=words("what <> 'reminded'"),
        ),
        CheckConstraint(
            "what IN ('sent', 'delivered', 'read', 'accepted', 'declined', 'done', 'reminded', 'cancelled')",
            name="what",
        ),
    )  # fmt: skip

    id: Mapped[Key]
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id", ondelete="CASCADE"))
    mover_id: Mapped[int | None] = mapped_column(ForeignKey("mover.id", ondelete="CASCADE"), index=True)
    """Null: it is of the task as a whole."""
    what: Mapped[str]
    at: Mapped[datetime]
    """When it was, as the phone says, between when the task was sent and when it was heard."""
    heard_at: Mapped[Now]
    note: Mapped[str] = mapped_column(server_default=words("''"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    username: Mapped[str] = mapped_column(server_default=words("''"))
