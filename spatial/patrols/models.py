"""Table of GPS fixes, partitioned by UTC day."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION, REAL
from sqlalchemy.orm import Mapped, mapped_column

from spatial.database.base import Base, Now


class Fix(Base):
    """One GPS fix (定位点). The position is WGS-84; what the device sent stands beside it.

    The same worker and time is the same fix, so a batch that is sent twice changes nothing.
    """

    __tablename__ = "fix"
    __table_args__ = (
        Index(None, "time", postgresql_using="brin"),
        {"postgresql_partition_by": "RANGE (time)"},
    )

    worker_id: Mapped[int] = mapped_column(ForeignKey("worker.id"), primary_key=True)
    time: Mapped[datetime] = mapped_column(primary_key=True)
    lon: Mapped[float] = mapped_column(DOUBLE_PRECISION)
    lat: Mapped[float] = mapped_column(DOUBLE_PRECISION)
    speed_mps: Mapped[float | None] = mapped_column(REAL)
    course_deg: Mapped[float | None] = mapped_column(REAL)
    accuracy_m: Mapped[float | None] = mapped_column(REAL)
    altitude_m: Mapped[float | None] = mapped_column(REAL)
    battery_pct: Mapped[int | None] = mapped_column(Integer)
    datum: Mapped[str]
    """The datum the device declared; `source_lon`, `source_lat` are in it."""
    source_lon: Mapped[float] = mapped_column(DOUBLE_PRECISION)
    source_lat: Mapped[float] = mapped_column(DOUBLE_PRECISION)
    received_at: Mapped[Now]
