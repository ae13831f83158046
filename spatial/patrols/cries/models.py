"""The tables of cries for help, and of what is done about each."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import REAL, BigInteger, CheckConstraint, Computed, ForeignKey, Index, Integer, SmallInteger
from sqlalchemy import text as words
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION
from sqlalchemy.orm import Mapped, mapped_column

from spatial.database.base import Base, Code, Key, Now

STATES = ("open", "acknowledged", "closed")
WORDS = ("real", "false_alarm", "test")
"""What a cry was, once it is closed."""


class Cry(Base):
    """Somebody cries for help (求救): one until it is closed, however often the button is pressed."""

    __tablename__ = "cry"
    __table_args__ = (
        Index("uq_cry_whose", "whose", unique=True, postgresql_where=words("state <> 'closed'")),
        Index(
            "uq_cry_account_id_client_id", "account_id", "client_id", unique=True,
            postgresql_where=words("client_id IS NOT NULL"),
        ),
        Index("ix_cry_of_mover", "mover_id", "at"),
        Index("ix_cry_of_device", "device_id", postgresql_where=words("device_id IS NOT NULL")),
        Index("ix_cry_at", "at"),
        Index("ix_cry_waiting", "waiting_since", postgresql_where=words("waiting_since IS NOT NULL")),
        CheckConstraint("way IN ('device', 'self', 'call')", name="way"),
        CheckConstraint("state IN ('open', 'acknowledged', 'closed')", name="state"),
        CheckConstraint("(lon IS NULL) = (lat IS NULL)", name="place"),
        CheckConstraint("times >= 1", name="times"),
        CheckConstraint("waiting_since IS NULL OR state = 'open'", name="waiting"),
        CheckConstraint("word IN ('real', 'false_alarm', 'test')", name="word"),
        CheckConstraint(
            "(state = 'closed') = (closed_at IS NOT NULL) AND (state = 'closed') = (word IS NOT NULL)",
            name="closed",
        ),
    )  # fmt: skip

    id: Mapped[Key]
    mover_id: Mapped[int | None] = mapped_column(ForeignKey("mover.id", ondelete="CASCADE"))
    """Who cries; null: nobody had the device."""
    device_id: Mapped[int | None] = mapped_column(ForeignKey("device.id", ondelete="SET NULL"))
    """What told of it first; null: no device."""
    whose: Mapped[int | None] = mapped_column(
        BigInteger, Computed("coalesce(mover_id, - device_id)", persisted=True)
    )
    """Whose it is: the mover, or less than nought for a device that nobody had."""
    way: Mapped[str]
    """Told by a device, by themselves in an app, or by somebody who took their call."""
    state: Mapped[str] = mapped_column(server_default=words("'open'"))
    at: Mapped[datetime]
    """When the button was pressed first, as the device says."""
    received_at: Mapped[Now]
    late: Mapped[bool] = mapped_column(server_default=words("false"))
    """It was older than a day when it came."""
    times: Mapped[int] = mapped_column(Integer, server_default=words("1"))
    last_at: Mapped[datetime]
    lon: Mapped[float | None] = mapped_column(DOUBLE_PRECISION)
    lat: Mapped[float | None] = mapped_column(DOUBLE_PRECISION)
    """Where they were, WGS-84 degrees: where the cry itself says, or the last good fix until then."""
    accuracy_m: Mapped[float | None] = mapped_column(REAL)
    placed_at: Mapped[datetime | None]
    """When they were there."""
    unit_code: Mapped[Code | None]
    """The grid of that place, as it was then."""
    note: Mapped[str] = mapped_column(server_default=words("''"))
    level: Mapped[int] = mapped_column(SmallInteger, server_default=words("0"))
    """How far it has gone up because nobody acknowledged it."""
    waiting_since: Mapped[datetime | None] = mapped_column(server_default=words("now()"))
    """Since when it waits on this level; null: it goes up no further."""
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None]
    word: Mapped[str | None]
    remark: Mapped[str] = mapped_column(server_default=words("''"))
    edition: Mapped[int] = mapped_column(Integer, server_default=words("1"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    username: Mapped[str] = mapped_column(server_default=words("''"))
    """Who raised it, where it was no device."""
    client_id: Mapped[str | None]


class CryStep(Base):
    """The time line of a cry: added, never changed."""

    __tablename__ = "cry_step"
    __table_args__ = (
        Index("ix_cry_step_cry_id", "cry_id", "id"),
        Index("ix_cry_step_account_id", "account_id", postgresql_where=words("account_id IS NOT NULL")),
        Index(
            "uq_cry_step_level", "cry_id", "level", unique=True,
            postgresql_where=words("level IS NOT NULL"),
        ),
        CheckConstraint(
            "what IN ('opened', 'acknowledged', 'escalated', 'closed', 'reopened')", name="what"
        ),
        CheckConstraint("(what = 'escalated') = (level IS NOT NULL)", name="level"),
    )  # fmt: skip

    id: Mapped[Key]
    cry_id: Mapped[int] = mapped_column(ForeignKey("cry.id", ondelete="CASCADE"))
    what: Mapped[str]
    at: Mapped[Now]
    level: Mapped[int | None] = mapped_column(SmallInteger)
    word: Mapped[str | None]
    note: Mapped[str] = mapped_column(server_default=words("''"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    username: Mapped[str] = mapped_column(server_default=words("''"))
