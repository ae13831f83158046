"""Tables of fences and of visits to them."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, ForeignKey, Index, Integer, SmallInteger, text
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION
from sqlalchemy.orm import Mapped, mapped_column

from spatial.database.base import Base, Code, Key, Now, shape

_NO_TEXT = text("''")
_MIDNIGHT = text("'00:00:00'")


class Fence(Base):
    """An area, or a point with a radius, that is watched for who comes and goes (电子围栏)."""

    __tablename__ = "fence"
    __table_args__ = (
        Index("ix_fence_geom", "geom", postgresql_using="gist"),
        CheckConstraint("days IN ('all', 'working', 'off')", name="days"),
        CheckConstraint(
            "cardinality(weekdays) BETWEEN 1 AND 7 AND 1 <= ALL (weekdays) AND 7 >= ALL (weekdays)",
            name="weekdays",
        ),
        CheckConstraint("cardinality(movers) <= 1000", name="movers"),
        CheckConstraint(
            "radius_m BETWEEN 0 AND 5000 AND min_dwell_s BETWEEN 0 AND 1800 AND join_s BETWEEN 0 AND 1800"
            " AND worst_accuracy_m BETWEEN 5 AND 500 AND (geometrytype(geom) = 'POINT') = (radius_m > 0)",
            name="measures",
        ),
    )

    id: Mapped[Key]
    name: Mapped[str]
    geom: Mapped[Any] = mapped_column(shape("GEOMETRY"))
    """Degrees; a point, or a (multi)polygon."""
    radius_m: Mapped[float] = mapped_column(DOUBLE_PRECISION, server_default=text("0"))
    """Of a point."""
    place_id: Mapped[int | None] = mapped_column(ForeignKey("place.id", ondelete="SET NULL"), index=True)
    """Whose area or point it was made of."""
    unit_code: Mapped[Code | None] = mapped_column(index=True)
    """The unit of coverage `grids`, at any level, whose fence it is; null: the city's."""
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    movers: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), server_default="{}")
    """For whom it is; none: for everybody."""
    starts: Mapped[time] = mapped_column(server_default=_MIDNIGHT)
    ends: Mapped[time] = mapped_column(server_default=_MIDNIGHT)
    """By the city's clock; before `starts`, or the same: of the next day."""
    days: Mapped[str] = mapped_column(server_default=text("'all'"))
    """Of the days: all, those that are worked by the working calendar, or those that are not."""
    weekdays: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger), server_default="{1,2,3,4,5,6,7}")
    min_dwell_s: Mapped[float] = mapped_column(DOUBLE_PRECISION, server_default=text("0"))
    join_s: Mapped[float] = mapped_column(DOUBLE_PRECISION, server_default=text("120"))
    worst_accuracy_m: Mapped[float] = mapped_column(DOUBLE_PRECISION, server_default=text("50"))
    notices: Mapped[bool] = mapped_column(server_default=text("true"))
    """Whether coming and going is told on the live line."""
    note: Mapped[str] = mapped_column(server_default=_NO_TEXT)
    retired_at: Mapped[datetime | None]
    edition: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    """Counts its changes."""
    recount_day: Mapped[date | None]
    """The last days are told anew, from today back; the one that is next. Null: all have been."""
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    username: Mapped[str] = mapped_column(server_default=_NO_TEXT)
    created_at: Mapped[Now]


class FenceVisit(Base):
    """Some time of a day that a mover was in a fence (打卡); see spatial.patrols.fences.visits."""

    __tablename__ = "fence_visit"
    __table_args__ = (
        Index("ix_fence_visit_mover_id", "mover_id", "day"),
        Index("ix_fence_visit_since", "since", "fence_id", "mover_id"),
        CheckConstraint("ended IN ('left', 'hours', 'silent', 'midnight')", name="ended"),
        CheckConstraint("(until IS NULL) = (ended IS NULL)", name="until"),
    )

    fence_id: Mapped[int] = mapped_column(
        ForeignKey("fence.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    mover_id: Mapped[int] = mapped_column(
        ForeignKey("mover.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    since: Mapped[datetime] = mapped_column(primary_key=True)
    day: Mapped[date]
    """Local; a visit over midnight has a row on each."""
    last_at: Mapped[datetime]
    until: Mapped[datetime | None]
    ended: Mapped[str | None]
    probability: Mapped[float] = mapped_column(DOUBLE_PRECISION)
    fixes: Mapped[int] = mapped_column(Integer)
