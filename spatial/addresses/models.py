"""Tables of the standard-address library. It is public: no reader is refused an address."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, LargeBinary, SmallInteger, text
from sqlalchemy.dialects.postgresql import JSONB, REAL
from sqlalchemy.orm import Mapped, mapped_column

from spatial.database.base import Base, Generated, Key, Now, shape


class Address(Base):
    """A named or numbered location (标准地址): a door, a building, an area or a point of interest."""

    __tablename__ = "address"
    __table_args__ = (
        Index("ix_address_geom", "geom", postgresql_using="gist"),
        Index(
            "ix_address_text",
            "full_text",
            postgresql_using="gin",
            postgresql_ops={"full_text": "gin_trgm_ops"},
        ),
        Index(
            "uq_address_source_external_id",
            "source",
            "external_id",
            unique=True,
            postgresql_where=text("external_id IS NOT NULL"),
        ),
        Index(None, "stamp"),
        Index(None, "road"),
        CheckConstraint("length(full_text) BETWEEN 1 AND 300", name="text"),
        CheckConstraint("valid_until > valid_from", name="valid"),
    )

    id: Mapped[Key]
    full_text: Mapped[str]
    """As it is written, with or without the chain of areas."""
    name_en: Mapped[str | None]
    kind: Mapped[str]
    geom: Mapped[Any] = mapped_column(shape("POINT"))
    source: Mapped[str]
    generated: Mapped[Generated]
    external_id: Mapped[str | None]
    """What the source calls it: a file that is imported again changes what it brought."""
    name: Mapped[str | None]
    """The compound, house or point of interest; null for a plain door number."""
    province: Mapped[str | None]
    city: Mapped[str | None]
    district: Mapped[str | None]
    street: Mapped[str | None]
    community: Mapped[str | None]
    road: Mapped[str | None]
    """Road, lane or alley (路街巷)."""
    number: Mapped[str | None]
    """门牌号, Arabic: 12, 12甲, 12-1, 12-18, 12弄3."""
    building: Mapped[str | None]
    """楼栋, without its counting word: 3, A, 东."""
    unit: Mapped[str | None]
    """单元."""
    floor: Mapped[str | None]
    room: Mapped[str | None]
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_until: Mapped[date | None] = mapped_column(Date)
    """The first day on which it is no longer in use."""
    stamp: Mapped[int] = mapped_column(server_default=text("0"))
    """The state of the library in which the row was last written; put by a trigger."""


class AddressAlias(Base):
    """Another name (别名、曾用名、简称) of one address, or of a term wherever it stands in addresses."""

    __tablename__ = "address_alias"
    __table_args__ = (
        CheckConstraint("(address_id IS NULL) <> (term IS NULL)", name="of"),
        CheckConstraint("kind IN ('alias', 'old', 'short')", name="kind"),
        CheckConstraint("length(name) BETWEEN 1 AND 100 AND length(term) BETWEEN 1 AND 100", name="name"),
        CheckConstraint("valid_until > valid_from", name="valid"),
        Index(None, "address_id"),
        Index(
            "uq_address_alias_term_name",
            "term",
            "name",
            "kind",
            unique=True,
            postgresql_where=text("term IS NOT NULL"),
        ),
        Index(
            "uq_address_alias_address_id_name",
            "address_id",
            "name",
            unique=True,
            postgresql_where=text("address_id IS NOT NULL"),
        ),
    )

    id: Mapped[Key]
    address_id: Mapped[int | None] = mapped_column(ForeignKey("address.id", ondelete="CASCADE"))
    term: Mapped[str | None]
    """What `name` stands for: the present name of a road, the full name of an institution."""
    name: Mapped[str]
    kind: Mapped[str]
    """old: was the name from valid_from until valid_until; short: an abbreviation; alias: said as well."""
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_until: Mapped[date | None] = mapped_column(Date)
    note: Mapped[str | None]
    source: Mapped[str]
    generated: Mapped[Generated]


class AddressState(Base):
    """One row: how often the library was written, for indexes that are compiled from it."""

    __tablename__ = "address_state"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    stamp: Mapped[int]
    whole: Mapped[int]
    """Indexes older than this cannot be brought up to date row by row."""
    terms: Mapped[int]
    """When an alias was last written."""


class AddressGone(Base):
    """An address that was deleted, for indexes that still have it."""

    __tablename__ = "address_gone"
    __table_args__ = (Index(None, "stamp"),)

    address_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    stamp: Mapped[int]


class AddressJob(Base):
    """A file of addresses to import or to geocode, and what became of it."""

    __tablename__ = "address_job"
    __table_args__ = (
        CheckConstraint("kind IN ('import', 'geocode')", name="kind"),
        CheckConstraint("state IN ('waiting', 'running', 'done', 'refused', 'failed')", name="state"),
        Index(None, "state", postgresql_where=text("state IN ('waiting', 'running')")),
    )

    id: Mapped[Key]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    kind: Mapped[str]
    filename: Mapped[str]
    options: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'::jsonb"))
    file: Mapped[str | None]
    """Name of the file among those that wait, until it has been worked on."""
    state: Mapped[str] = mapped_column(server_default=text("'waiting'"))
    tries: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    progress: Mapped[float] = mapped_column(REAL, server_default=text("0"))
    report: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    problems: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'::jsonb"))
    result: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The answer to a file of addresses, CSV."""
    asked_at: Mapped[Now]
    ended_at: Mapped[datetime | None]
