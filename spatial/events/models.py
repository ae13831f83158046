"""Tables of events and of the matters they are about."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from spatial.database.base import Attributes, Base, Code, Generated, Key, Now, shape


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
    unit_code: Mapped[Code | None]
    """The base unit of coverage `grids` at the time, by the ruling beside it."""
    ruling: Mapped[str]
    version_id: Mapped[int | None] = mapped_column(ForeignKey("coverage_version.id"))
    """The publication the ruling was made from."""
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    """The responsible unit that the event was dispatched to; it sees the event wherever it lies."""
    generated: Mapped[Generated]
    attributes: Mapped[Attributes]


class Reporter(Base):
    """The person who reported an event (举报人), by the hotline or as one of the public; masked."""

    __tablename__ = "reporter"
    __table_args__ = (
        CheckConstraint(
            "(name = '' OR name LIKE '%*%') AND (phone = '' OR phone LIKE '%*%')"
            " AND (id_number = '' OR id_number LIKE '%*%') AND (address = '' OR address LIKE '%*%')",
            name="masked",
        ),
    )

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str | None]
    phone: Mapped[str | None]
    id_number: Mapped[str | None]
    address: Mapped[str | None]
    name_cipher: Mapped[bytes | None] = mapped_column(LargeBinary)
    name_digest: Mapped[bytes | None] = mapped_column(LargeBinary, index=True)
    phone_cipher: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone_digest: Mapped[bytes | None] = mapped_column(LargeBinary, index=True)
    id_number_cipher: Mapped[bytes | None] = mapped_column(LargeBinary)
    id_number_digest: Mapped[bytes | None] = mapped_column(LargeBinary, index=True)
    address_cipher: Mapped[bytes | None] = mapped_column(LargeBinary)
    generated: Mapped[Generated]
