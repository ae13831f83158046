"""Tables of the heat of patrols."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, SmallInteger, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from spatial.database.base import Base, Code, Key, Now


class Heat(Base):
    """The time of one mover by cell, over a day or a block of days, at one level of the pyramid.

    The mover is the rights key: its class and organisation are those of the worker or the vehicle.
    """

    __tablename__ = "heat"
    __table_args__ = (Index(None, "mover_id", "first_day"), {"postgresql_partition_by": "LIST (level)"})

    level: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    """0 for the finest cells; each next level has four of them in one."""
    days: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    """How many the row is of: 1, or a block of spatial.patrols.heat.blocks."""
    first_day: Mapped[date] = mapped_column(primary_key=True)
    mover_id: Mapped[int] = mapped_column(
        ForeignKey("mover.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    west: Mapped[int] = mapped_column(Integer)
    north: Mapped[int] = mapped_column(Integer)
    east: Mapped[int] = mapped_column(Integer)
    south: Mapped[int] = mapped_column(Integer)
    """Columns and rows of the level that its cells lie in, both ends included."""
    ms: Mapped[int]
    """Sum of all entries."""
    entries: Mapped[bytes] = mapped_column(LargeBinary)
    """Records of spatial.patrols.heat.records: cell, unit, hour and milliseconds, in their order."""


class HeatUnit(Base):
    """Number of a base grid unit in the records; numbers stay."""

    __tablename__ = "heat_unit"
    __table_args__ = (UniqueConstraint("code"),)

    id: Mapped[Key]
    code: Mapped[Code]


class HeatBlock(Base):
    """A block of days that is over: it has been added up, and shown to everybody, or not yet."""

    __tablename__ = "heat_block"

    days: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    first_day: Mapped[date] = mapped_column(primary_key=True)
    folded_at: Mapped[Now]
    shown_at: Mapped[datetime | None]
    """When `heat_shown` was written of it, once and for good."""
    held_at: Mapped[datetime | None]
    """Since when nothing keeps it from being shown but days that are tried again and again."""


class HeatShown(Base):
    """Time that enough different people spent in parts of the city in one week: no smaller part is told.

    Parts of one week do not overlap. What comes late does not change them: the difference would tell of one
    person.
    """

    __tablename__ = "heat_shown"

    level: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    """Its parts are those of this level and of finer ones, by cells of this level."""
    first_day: Mapped[date] = mapped_column(primary_key=True)
    unit_code: Mapped[Code] = mapped_column(primary_key=True)
    """What of the cells lies in this unit, of any level; "" for all that is left of them."""
    west: Mapped[int] = mapped_column(Integer)
    north: Mapped[int] = mapped_column(Integer)
    east: Mapped[int] = mapped_column(Integer)
    south: Mapped[int] = mapped_column(Integer)
    entries: Mapped[bytes] = mapped_column(LargeBinary)
    """Records of spatial.patrols.heat.records, with the number of people in the place of the unit."""


class HeatSummed(Base):
    """A day or a block of days that totals of all people are kept of."""

    __tablename__ = "heat_summed"

    days: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    first_day: Mapped[date] = mapped_column(primary_key=True)
    made_at: Mapped[datetime | None]
    """When the totals were last made; None: they are being made for the first time."""


class HeatTotal(Base):
    """The time of all people by cell over a day or a block of days, in pieces, as it was when it was made."""

    __tablename__ = "heat_total"

    level: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    days: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    first_day: Mapped[date] = mapped_column(primary_key=True)
    by_unit: Mapped[bool] = mapped_column(primary_key=True)
    """Whether the entries tell units apart; all time is there once with units and once without."""
    piece: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    west: Mapped[int] = mapped_column(Integer)
    north: Mapped[int] = mapped_column(Integer)
    east: Mapped[int] = mapped_column(Integer)
    south: Mapped[int] = mapped_column(Integer)
    entries: Mapped[bytes] = mapped_column(LargeBinary)
    """Records of spatial.patrols.heat.records; several of one cell where one cannot hold its time."""


class HeatLate(Base):
    """A change of a row of `heat` that totals do not hold yet: totals, more and less are the sum of the rows.

    Written by a trigger in the transaction of the change.
    """

    __tablename__ = "heat_late"
    __table_args__ = (Index(None, "level", "day"),)

    id: Mapped[Key]
    level: Mapped[int] = mapped_column(SmallInteger)
    day: Mapped[date]
    owed: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    """Lengths of the blocks of days whose totals do not hold it."""
    since: Mapped[Now]
    west: Mapped[int] = mapped_column(Integer)
    north: Mapped[int] = mapped_column(Integer)
    east: Mapped[int] = mapped_column(Integer)
    south: Mapped[int] = mapped_column(Integer)
    more: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The row as it became."""
    less: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The row as it was."""
