"""The table of what devices tell that is no fix."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION
from sqlalchemy.orm import Mapped, mapped_column

from spatial.database.base import Attributes, Base, Now


class KeptHappening(Base):
    """A cry for help, a region entered or left, somebody who signs in: once, however often it was sent."""

    __tablename__ = "happening"
    __table_args__ = (
        Index("ix_happening_mover_id", "mover_id", "time"),
        Index("ix_happening_received_at", "received_at", postgresql_using="brin"),
        CheckConstraint(
            "kind IN ('sos', 'alarm', 'transition', 'waypoint', 'gone', 'sign_in', 'sign_out', 'note')",
            name="kind",
        ),
    )

    device_id: Mapped[int] = mapped_column(
        ForeignKey("device.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    time: Mapped[datetime] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    mover_id: Mapped[int | None] = mapped_column(ForeignKey("mover.id", ondelete="CASCADE"))
    """Who carried the device then; null: nobody."""
    lon: Mapped[float | None] = mapped_column(DOUBLE_PRECISION)
    lat: Mapped[float | None] = mapped_column(DOUBLE_PRECISION)
    """As sent, in the device's datum; of an SOS the fix beside it is in WGS-84."""
    attributes: Mapped[Attributes]
    received_at: Mapped[Now]
