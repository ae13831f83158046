"""Tables of shut-offs: what is shut why and when, and the valves that are turned for it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy import UniqueConstraint as Unique
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from spatial.database.base import Base, Key, Now

STATES = ("planned", "announced", "running", "done", "cancelled")
OPEN = ("planned", "announced", "running")
"""States in which something is still to come."""
CAUSES = ("accidental", "planned")


class ShutOff(Base):
    """A part of a network that is cut off (停水作业): as found on one edition, and what became of it."""

    __tablename__ = "shut_off"
    __table_args__ = (
        CheckConstraint("state IN ('planned', 'announced', 'running', 'done', 'cancelled')", name="state"),
        CheckConstraint("cause IN ('accidental', 'planned')", name="cause"),
        CheckConstraint("until_at > from_at", name="period"),
        Index("ix_shut_off_network_id", "network_id", "id"),
        Index(
            "ix_shut_off_open", "network_id",
            postgresql_where=text("state IN ('planned', 'announced', 'running')"),
        ),
    )  # fmt: skip

    id: Mapped[Key]
    network_id: Mapped[int] = mapped_column(ForeignKey("network.id", ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(server_default=text("'planned'"))
    """One of STATES."""
    cause: Mapped[str]
    """One of CAUSES."""
    title: Mapped[str] = mapped_column(server_default=text("''"))
    from_at: Mapped[datetime]
    """When it is to begin."""
    until_at: Mapped[datetime | None]
    """When it is to end; null: nobody knows yet."""
    announced_at: Mapped[datetime | None]
    began_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    question: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """As it is asked again: {starts, barriers, unusable, check_valves}, all by codes."""
    edition: Mapped[int]
    """Of the network, that it was found or last confirmed on."""
    found: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """The answer: parts, pipes to pinch, sources to stop, customers by numbers."""
    username: Mapped[str]
    created_at: Mapped[Now]


class ShutOffValve(Base):
    """A valve on the border of a shut-off, and how far it is."""

    __tablename__ = "shut_off_valve"
    __table_args__ = (
        Unique("shut_off_id", "code"),
        CheckConstraint("state IN ('waiting', 'closed', 'opened', 'stuck', 'held', 'left')", name="state"),
    )

    id: Mapped[Key]
    shut_off_id: Mapped[int] = mapped_column(ForeignKey("shut_off.id", ondelete="CASCADE"))
    code: Mapped[str]
    """Of the device."""
    kind: Mapped[str]
    needed: Mapped[bool]
    """Whether there is water behind it."""
    state: Mapped[str] = mapped_column(server_default=text("'waiting'"))
    """waiting to be closed, closed, opened again, stuck, held (closed before), or left closed at the end."""
    at: Mapped[datetime | None]
    """When that was done."""
    username: Mapped[str | None]
    """By whom."""
