"""Tables of the figures that are kept beside the events."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Date, Index, Integer, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from spatial.database.base import Base, Code, Key


class _Counts:
    """What is counted: events, but for `returns` and `redispatches`, which are times."""

    reported: Mapped[int] = mapped_column(Integer)
    merged: Mapped[int] = mapped_column(Integer)
    valid: Mapped[int] = mapped_column(Integer)
    invalid: Mapped[int] = mapped_column(Integer)
    accepted: Mapped[int] = mapped_column(Integer)
    filed: Mapped[int] = mapped_column(Integer)
    dispatched: Mapped[int] = mapped_column(Integer)
    handled: Mapped[int] = mapped_column(Integer)
    on_time: Mapped[int] = mapped_column(Integer)
    late: Mapped[int] = mapped_column(Integer)
    verified: Mapped[int] = mapped_column(Integer)
    closed: Mapped[int] = mapped_column(Integer)
    returned: Mapped[int] = mapped_column(Integer)
    returns: Mapped[int] = mapped_column(Integer)
    redispatched: Mapped[int] = mapped_column(Integer)
    redispatches: Mapped[int] = mapped_column(Integer)


class FigureChange(_Counts, Base):
    """What a change of events adds to the figures; not yet added up."""

    __tablename__ = "figure_change"

    id: Mapped[Key]
    basis: Mapped[int] = mapped_column(SmallInteger)
    """0: all that became of an event counts on the day it was reported; 1: each step on its own day."""
    day: Mapped[date] = mapped_column(Date)
    """Of the city's clock."""
    unit_code: Mapped[Code | None]
    organisation_id: Mapped[int | None]
    source: Mapped[str]
    category: Mapped[str]
    worker_id: Mapped[int | None]


class Figure(_Counts, Base):
    """A cell of a cube of spatial.events.figures.cubes; what the cube does not keep apart is null."""

    __tablename__ = "figure"
    __table_args__ = (
        Index(
            "uq_figure_cell",
            "cube", "basis", "day", "unit_code", "organisation_id", "source", "category", "worker_id",
            unique=True, postgresql_nulls_not_distinct=True,
        ),
    )  # fmt: skip

    id: Mapped[Key]
    cube: Mapped[int] = mapped_column(SmallInteger)
    basis: Mapped[int] = mapped_column(SmallInteger)
    day: Mapped[date] = mapped_column(Date)
    """Of a month, the first."""
    unit_code: Mapped[Code | None]
    """Of the level that the cube keeps apart."""
    organisation_id: Mapped[int | None]
    source: Mapped[str | None]
    category: Mapped[str | None]
    worker_id: Mapped[int | None]
