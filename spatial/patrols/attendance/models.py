"""The tables of those who sign in and out, and of roll calls."""

from __future__ import annotations

from datetime import datetime, time

from sqlalchemy import ARRAY, REAL, CheckConstraint, ForeignKey, Index, Integer, Time
from sqlalchemy import text as words
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION
from sqlalchemy.orm import Mapped, mapped_column

from spatial.database.base import Base, Code, Key, Now


class Sign(Base):
    """Somebody signs in (签到) or out (签退): added, never changed; only its place is forgotten in time."""

    __tablename__ = "sign"
    __table_args__ = (
        Index("ix_sign_mover_id", "mover_id", "at"),
        Index("ix_sign_placed", "at", postgresql_where=words("lon IS NOT NULL")),
        Index("ix_sign_device_id", "device_id", postgresql_where=words("device_id IS NOT NULL")),
        Index("ix_sign_account_id", "account_id", postgresql_where=words("account_id IS NOT NULL")),
        Index(
            "uq_sign_mover_id_client_id", "mover_id", "client_id", unique=True,
            postgresql_where=words("client_id IS NOT NULL"),
        ),
        CheckConstraint("kind IN ('in', 'out')", name="kind"),
        CheckConstraint("way IN ('self', 'device', 'supervisor')", name="way"),
        CheckConstraint("way <> 'supervisor' OR reason <> ''", name="reason"),
        CheckConstraint(
            "(lon IS NULL) = (lat IS NULL) AND (lon IS NOT NULL OR accuracy_m IS NULL)", name="place"
        ),
    )  # fmt: skip

    id: Mapped[Key]
    mover_id: Mapped[int] = mapped_column(ForeignKey("mover.id", ondelete="CASCADE"))
    kind: Mapped[str]
    at: Mapped[datetime]
    """When it was, as the phone says."""
    received_at: Mapped[Now]
    way: Mapped[str]
    """Who said so: themselves, a device that they carry, or a supervisor for them."""
    reason: Mapped[str] = mapped_column(server_default=words("''"))
    """Why somebody else signed."""
    lon: Mapped[float | None] = mapped_column(DOUBLE_PRECISION)
    lat: Mapped[float | None] = mapped_column(DOUBLE_PRECISION)
    """Where they stood, WGS-84; null off duty, as the roster has it, and once fixes of that time are gone."""
    accuracy_m: Mapped[float | None] = mapped_column(REAL)
    device_id: Mapped[int | None] = mapped_column(ForeignKey("device.id", ondelete="SET NULL"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    username: Mapped[str] = mapped_column(server_default=words("''"))
    client_id: Mapped[str | None]


class RollCall(Base):
    """By which rule a roll is called (点名): of whom, when, and what counts as being there."""

    __tablename__ = "roll_call"
    __table_args__ = (
        Index("ix_roll_call_next_at", "next_at", postgresql_where=words("next_at IS NOT NULL")),
        CheckConstraint("cardinality(times) BETWEEN 1 AND 24", name="times"),
        CheckConstraint("days IN ('all', 'working', 'off')", name="days"),
        CheckConstraint("grace_min BETWEEN 1 AND 120", name="grace_min"),
        CheckConstraint("counts IN ('own_grid', 'any_fix', 'sign_in')", name="counts"),
    )

    id: Mapped[Key]
    name: Mapped[str]
    unit_code: Mapped[Code | None] = mapped_column(index=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    """Of both, people of whom both are true; of neither, everybody."""
    times: Mapped[list[time]] = mapped_column(ARRAY(Time))
    """By the city's clock."""
    days: Mapped[str] = mapped_column(server_default=words("'all'"))
    grace_min: Mapped[int] = mapped_column(Integer, server_default=words("10"))
    """Minutes before and after, in which somebody must be seen; it is judged when they are over."""
    counts: Mapped[str] = mapped_column(server_default=words("'own_grid'"))
    retired: Mapped[bool] = mapped_column(server_default=words("false"))
    edition: Mapped[int] = mapped_column(Integer, server_default=words("1"))
    taken_until: Mapped[Now]
    """The last moment whose roll was called, or since when the rule is as it is."""
    next_at: Mapped[datetime | None]
    """When the next one is judged."""
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    username: Mapped[str] = mapped_column(server_default=words("''"))
    created_at: Mapped[Now]


class RollCallResult(Base):
    """What a roll call found of somebody: the first word stays, the one that counts is corrected."""

    __tablename__ = "roll_call_result"
    __table_args__ = (
        Index("ix_roll_call_result_mover_id", "mover_id", "at"),
        CheckConstraint("state IN ('present', 'absent', 'excused', 'unknown_phone')", name="state"),
    )

    roll_call_id: Mapped[int] = mapped_column(
        ForeignKey("roll_call.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    at: Mapped[datetime] = mapped_column(primary_key=True)
    mover_id: Mapped[int] = mapped_column(
        ForeignKey("mover.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    state: Mapped[str]
    why: Mapped[str]
    first_state: Mapped[str]
    first_why: Mapped[str]
    counts: Mapped[str]
    grace_min: Mapped[int] = mapped_column(Integer)
    """As the rule was then."""
    taken_at: Mapped[Now]
    corrected_at: Mapped[datetime | None]
