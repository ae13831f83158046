"""Tables of events and of the matters they are about."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from spatial.database.base import Attributes, Base, Generated, Key, Now, shape


class Matter(Base):
    """A kind of event (事项) of a standard; default GB/T 47678.5-2026, table C.1."""

    __tablename__ = "matter"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    class_code: Mapped[str]
    class_name: Mapped[str]
    standard: Mapped[str]


class Event(Base):
    """Something that happened at a place (事件) and that somebody must handle."""

    __tablename__ = "event"
    __table_args__ = (
        Index("ix_event_geom", "geom", postgresql_using="gist"),
        Index(None, "occurred_at", postgresql_using="brin"),
        Index(None, "unit_code", "occurred_at"),
    )

    id: Mapped[Key]
    no: Mapped[str] = mapped_column(unique=True)
    category: Mapped[str] = mapped_column(ForeignKey("matter.code"), index=True)
    source: Mapped[str]
    """app, hotline, public, patrol, internet or sensor."""
    title: Mapped[str]
    address: Mapped[str | None]
    state: Mapped[str]
    """reported, accepted, filed, dispatched, handled, verified or closed."""
    geom: Mapped[Any] = mapped_column(shape("POINT"))
    occurred_at: Mapped[datetime]
    reported_at: Mapped[Now]
    closed_at: Mapped[datetime | None]
    unit_code: Mapped[str | None]
    """The base unit of coverage `grids` at the time, by the ruling beside it."""
    ruling: Mapped[str]
    version_id: Mapped[int | None] = mapped_column(ForeignKey("coverage_version.id"))
    """The publication the ruling was made from."""
    generated: Mapped[Generated]
    attributes: Mapped[Attributes]
