"""Tables of movers and devices, of their fixes, partitioned by UTC day, and of what follows from them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION, JSONB, REAL, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from spatial.database.base import Attributes, Base, Code, Key, Now

GAITS = ("foot", "ebike", "car")
DEVICE_STATES = ("waiting", "active", "blocked")
ROSTER_MODES = ("all", "refuse", "mask")


class Mover(Base):
    """A person or a vehicle that leaves a track (移动目标); triggers make one of each worker and vehicle.

    It is seen by whoever sees the worker or the resource.
    """

    __tablename__ = "mover"
    __table_args__ = (
        CheckConstraint(
            "CASE kind WHEN 'person' THEN resource_id IS NULL WHEN 'vehicle' THEN worker_id IS NULL"
            " ELSE false END",
            name="kind",
        ),
        CheckConstraint("gait IN ('foot', 'ebike', 'car')", name="gait"),
    )

    id: Mapped[Key]
    kind: Mapped[str]
    worker_id: Mapped[int | None] = mapped_column(ForeignKey("worker.id", ondelete="SET NULL"), unique=True)
    resource_id: Mapped[int | None] = mapped_column(
        ForeignKey("resource.id", ondelete="SET NULL"), unique=True
    )
    gait: Mapped[str] = mapped_column(server_default=text("'foot'"))
    """How it gets about, which decides what is too fast: foot, ebike or car."""


class Device(Base):
    """What sends fixes (定位设备): a phone with an app, a terminal in a vehicle."""

    __tablename__ = "device"
    __table_args__ = (
        UniqueConstraint("protocol", "identity"),
        Index("ix_device_waiting", "created_at", postgresql_where=text("state = 'waiting'")),
        CheckConstraint("protocol ~ '^[a-z0-9_]{2,16}$'", name="protocol"),
        CheckConstraint("length(identity) BETWEEN 1 AND 200", name="identity"),
        CheckConstraint("state IN ('waiting', 'active', 'blocked')", name="state"),
    )

    id: Mapped[Key]
    protocol: Mapped[str]
    identity: Mapped[str]
    """What it calls itself: an IMEI, the number of its SIM, user and device of an app."""
    name: Mapped[str] = mapped_column(server_default=text("''"))
    state: Mapped[str] = mapped_column(server_default=text("'waiting'"))
    """waiting: nobody has said yet whose it is, and nothing of it is taken."""
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"), index=True)
    """Whose key it sends with; null: it comes over a line without keys."""
    profile: Mapped[Attributes]
    """How its words are read: datum, speed_unit, zone …; see spatial.patrols.devices."""
    attributes: Mapped[Attributes]
    """What it said of itself; `expected`: somebody wrote it down before it came."""
    secret_cipher: Mapped[bytes | None] = mapped_column(LargeBinary)
    """What its messages are encrypted with, sealed."""
    auth_code: Mapped[str | None]
    """What a terminal (JT/T 808) says when it comes back."""
    created_at: Mapped[Now]
    last_seen_at: Mapped[datetime | None]
    """When it last sent anything, to the minute."""


class DeviceCarrier(Base):
    """Who carried a device [since, until); one mover at a time."""

    __tablename__ = "device_carrier"
    __table_args__ = (
        Index(None, "device_id", "since"),
        CheckConstraint("until > since", name="until"),
        ExcludeConstraint(
            ("device_id", "="), (func.tstzrange(text("since"), text("until")), "&&"),
            name="ex_device_carrier_once", using="gist",
        ),
    )  # fmt: skip

    id: Mapped[Key]
    device_id: Mapped[int] = mapped_column(ForeignKey("device.id", ondelete="CASCADE"))
    mover_id: Mapped[int] = mapped_column(ForeignKey("mover.id", ondelete="CASCADE"), index=True)
    since: Mapped[datetime]
    until: Mapped[datetime | None]


class Fix(Base):
    """One GPS fix (定位点), as it came and once: added, never changed.

    lon, lat are WGS-84; what was sent in another datum stands beside it. Of a fix that is out of range
    (gate 1) they may be anything: no geometry is made of those.
    """

    __tablename__ = "fix"
    __table_args__ = (
        Index(None, "time", postgresql_using="brin"),
        {"postgresql_partition_by": "RANGE (time)"},
    )

    mover_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Without a foreign key: asked for each row, it would take as long as all the rest."""
    time: Mapped[datetime] = mapped_column(primary_key=True)
    mark: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    """Hash of device and place as sent: the same fix has the same key in whatever batch it comes."""
    device_id: Mapped[int | None]
    lon: Mapped[float] = mapped_column(DOUBLE_PRECISION)
    lat: Mapped[float] = mapped_column(DOUBLE_PRECISION)
    source_lon: Mapped[float | None] = mapped_column(DOUBLE_PRECISION)
    source_lat: Mapped[float | None] = mapped_column(DOUBLE_PRECISION)
    """As sent; null where that is WGS-84."""
    datum: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    """0 wgs84, 1 cgcs2000, 2 gcj02, 3 bd09."""
    speed_mps: Mapped[float | None] = mapped_column(REAL)
    course_deg: Mapped[float | None] = mapped_column(REAL)
    accuracy_m: Mapped[float | None] = mapped_column(REAL)
    altitude_m: Mapped[float | None] = mapped_column(REAL)
    battery_pct: Mapped[int | None] = mapped_column(SmallInteger)
    source: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    """Number of the protocol, see spatial.patrols.protocols.fixes.Source."""
    gate: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    """What is said of it without looking at its neighbours, see spatial.patrols.verdicts; 0 is good."""
    flags: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    unit_code: Mapped[Code | None]
    """The base unit of coverage `grids` that it lay in at its time."""
    received_at: Mapped[Now]


class FixExtra(Base):
    """What a fix carried that has no column."""

    __tablename__ = "fix_extra"
    __table_args__ = (Index(None, "time", postgresql_using="brin"),)

    mover_id: Mapped[int] = mapped_column(
        ForeignKey("mover.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    time: Mapped[datetime] = mapped_column(primary_key=True)
    mark: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    attributes: Mapped[dict[str, Any]] = mapped_column(JSONB)


class FixMark(Base):
    """A fix that somebody says is not so, and why."""

    __tablename__ = "fix_mark"
    __table_args__ = (CheckConstraint("length(btrim(reason)) BETWEEN 2 AND 500", name="reason"),)

    mover_id: Mapped[int] = mapped_column(
        ForeignKey("mover.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    time: Mapped[datetime] = mapped_column(primary_key=True)
    mark: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    reason: Mapped[str]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    username: Mapped[str]
    at: Mapped[Now]


class TrackDirty(Base):
    """A day of a mover that has had fixes, or marks, since it was last graded.

    Whoever grades it reads this row first, then the fixes, and in the end deletes the row only if `marks` is
    still what it was: what came in between is then graded again, and nobody had to wait.
    """

    __tablename__ = "track_dirty"

    mover_id: Mapped[int] = mapped_column(
        ForeignKey("mover.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    day: Mapped[date] = mapped_column(primary_key=True)
    """Of the city's clock."""
    marks: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))
    """How often something came."""
    since: Mapped[Now]


class TrackDay(Base):
    """What a mover's fixes of a day of the city come to; made anew whenever it is dirty."""

    __tablename__ = "track_day"

    mover_id: Mapped[int] = mapped_column(
        ForeignKey("mover.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    day: Mapped[date] = mapped_column(primary_key=True, index=True)
    edition: Mapped[int] = mapped_column(Integer)
    """Of the code that graded it."""
    parameters: Mapped[int]
    """Hash of what it was graded with."""
    graded_at: Mapped[Now]
    fixes: Mapped[int] = mapped_column(Integer)
    good: Mapped[int] = mapped_column(Integer)
    verdicts: Mapped[bytes] = mapped_column(LargeBinary)
    """One byte for each fix of the day, in the order of (time, mark)."""
    distance_m: Mapped[float] = mapped_column(DOUBLE_PRECISION, server_default=text("0"))
    moving_s: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    standing_s: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    first_at: Mapped[datetime | None]
    last_at: Mapped[datetime | None]
    stays: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'::jsonb"))
    trips: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'::jsonb"))
    heat: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Cell, hour, unit and milliseconds, packed: what the day has put into the sums of the heat map."""


class LastPosition(Base):
    """Where a mover was last, by the time of the fix: late fixes do not move it back, bad ones not at all."""

    __tablename__ = "last_position"

    mover_id: Mapped[int] = mapped_column(
        ForeignKey("mover.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    time: Mapped[datetime]
    mark: Mapped[int] = mapped_column(Integer)
    lon: Mapped[float] = mapped_column(DOUBLE_PRECISION)
    lat: Mapped[float] = mapped_column(DOUBLE_PRECISION)
    speed_mps: Mapped[float | None] = mapped_column(REAL)
    course_deg: Mapped[float | None] = mapped_column(REAL)
    accuracy_m: Mapped[float | None] = mapped_column(REAL)
    battery_pct: Mapped[int | None] = mapped_column(SmallInteger)
    flags: Mapped[int] = mapped_column(Integer)
    unit_code: Mapped[Code | None]
    device_id: Mapped[int | None]
    received_at: Mapped[datetime]


class FixBatch(Base):
    """One commit of fixes: whose last position it has moved, and how many fixes were new."""

    __tablename__ = "fix_batch"
    __table_args__ = (Index(None, "at", postgresql_using="brin"),)

    id: Mapped[Key]
    at: Mapped[Now]
    movers: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    count: Mapped[int] = mapped_column(Integer)


class FixRefusal(Base):
    """How many fixes were not taken on a day, of what device, and why."""

    __tablename__ = "fix_refusal"
    __table_args__ = (
        UniqueConstraint("day", "device_id", "mover_id", "reason", postgresql_nulls_not_distinct=True),
    )

    id: Mapped[Key]
    day: Mapped[date]
    """When they came, by the city's clock."""
    device_id: Mapped[int | None] = mapped_column(ForeignKey("device.id", ondelete="CASCADE"))
    mover_id: Mapped[int | None] = mapped_column(ForeignKey("mover.id", ondelete="CASCADE"))
    reason: Mapped[str]
    count: Mapped[int]
    first_at: Mapped[Now]
    last_at: Mapped[Now]


class Shift(Base):
    """When a mover is on duty, as planned (排班); shifts of one mover do not overlap."""

    __tablename__ = "shift"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at AND ends_at <= starts_at + interval '36 hours'", name="length"),
        ExcludeConstraint(
            ("mover_id", "="), (func.tstzrange(text("starts_at"), text("ends_at")), "&&"),
            name="ex_shift_once", using="gist",
        ),
    )  # fmt: skip

    id: Mapped[Key]
    mover_id: Mapped[int] = mapped_column(ForeignKey("mover.id", ondelete="CASCADE"))
    starts_at: Mapped[datetime] = mapped_column(index=True)
    ends_at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(server_default=text("'day'"))
    source: Mapped[str] = mapped_column(server_default=text("'hand'"))
    """hand, or the sheet or system that it came from."""
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    username: Mapped[str] = mapped_column(server_default=text("''"))
    created_at: Mapped[Now]


class RosterPolicy(Base):
    """What becomes of fixes outside of shifts: all are taken, refused, or kept with their unit alone."""

    __tablename__ = "roster_policy"
    __table_args__ = (
        UniqueConstraint("organisation_id", postgresql_nulls_not_distinct=True),
        CheckConstraint("mode IN ('all', 'refuse', 'mask')", name="mode"),
        CheckConstraint("margin_min BETWEEN 0 AND 240", name="margin_min"),
        CheckConstraint("duty_by IN ('shift', 'sign_in')", name="duty_by"),
    )

    id: Mapped[Key]
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"))
    """Null: of everybody whose organisation has none of its own."""
    mode: Mapped[str]
    margin_min: Mapped[int] = mapped_column(Integer, server_default=text("15"))
    """Minutes before and after a shift that count as part of it."""
    duty_by: Mapped[str] = mapped_column(server_default=text("'shift'"))
    """Whether planned shifts say who is on duty, or signs do."""
