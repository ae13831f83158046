"""Table of the catalogue: everything a user can see on the map is a row here."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from spatial.database.base import Base, Key, Now


class LayerRow(Base):
    """A published layer (图层): which relation, which columns, which zooms, under which titles."""

    __tablename__ = "layer"
    __table_args__ = (
        CheckConstraint("audience IN ('all', 'granted')", name="audience"),
        CheckConstraint(
            "(kind = 'raster') = (num_nulls(relation, id_column, geometry_column) = 3)"
            " AND num_nulls(relation, id_column, geometry_column) IN (0, 3)",
            name="has_table",
        ),
    )

    name: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    title_en: Mapped[str]
    description: Mapped[str]
    kind: Mapped[str]
    """table, view, file, external (another platform's features, kept here) or raster (its pictures)."""
    schema: Mapped[str] = mapped_column(server_default=text("'city'"))
    relation: Mapped[str | None]
    """None for a raster, as the two columns below."""
    id_column: Mapped[str | None]
    geometry_column: Mapped[str | None]
    geometry_type: Mapped[str]
    """point, line, polygon, geometry for a mixture, or raster."""
    srid: Mapped[int] = mapped_column(Integer, server_default=text("4326"))
    """Reference system that the geometry column is stored in."""
    time_column: Mapped[str | None]
    fields: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    """[{name, type, title, title_en, read_only?, required?, values?}] in the order they are published."""
    tile_fields: Mapped[list[str]] = mapped_column(JSONB)
    min_zoom: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    position: Mapped[int] = mapped_column(SmallInteger)
    audience: Mapped[str] = mapped_column(server_default=text("'all'"))
    """all: whoever is logged in; granted: the organisation that owns it and whom a grant names."""
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    published_at: Mapped[Now]
    editable: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether features may be created, changed and deleted through the doors, by whom policies let."""
    sources: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    """The tables, as schema.table, whose rows the layer shows: what changes them changes the layer."""
    by_clock: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether it changes as time goes by, without a change of its tables: units that come into force."""
    about: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    """What people should know of it: keywords, licence, attribution, lineage, contact …"""
    published_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    unit_column: Mapped[str | None]
    """The column with the code of the unit that a row lies in: readers of an area see theirs."""
    organisation_column: Mapped[str | None]
    """The column with the code of the organisation that a row belongs to."""
    created_at: Mapped[Now]
    part: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """Which rows of the relation it shows: {column, values} or {column, prefix}; None: all."""


class LayerGrant(Base):
    """The right of an account or of an organisation to read a layer whose audience is `granted`."""

    __tablename__ = "layer_grant"
    __table_args__ = (
        UniqueConstraint("layer", "account_id", "organisation_id", postgresql_nulls_not_distinct=True),
        CheckConstraint("num_nonnulls(account_id, organisation_id) = 1", name="one_grantee"),
    )

    id: Mapped[Key]
    layer: Mapped[str] = mapped_column(ForeignKey("layer.name", ondelete="CASCADE"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"))


class LayerChange(Base):
    """A statement that changed rows of a layer's table: what cached counts and tiles are checked against."""

    __tablename__ = "layer_change"
    __table_args__ = (Index("ix_layer_change_source_xid", "source", "xid"),)

    id: Mapped[Key]
    source: Mapped[str]
    """schema.table."""
    xid: Mapped[int] = mapped_column(server_default=text("((pg_current_xact_id())::text)::bigint"))
    """Number of the transaction (xid8)."""
    tiles: Mapped[list[int] | None] = mapped_column(ARRAY(Integer))
    """z12 tiles that were touched, as x, y, x, y …; NULL: anywhere."""
    at: Mapped[Now]


class Import(Base):
    """What somebody asked to be published; the job process works it off."""

    __tablename__ = "import"
    __table_args__ = (
        CheckConstraint("state IN ('queued', 'running', 'done', 'refused', 'failed')", name="state"),
        CheckConstraint("action IN ('table', 'file', 'replace', 'sweep')", name="action"),
        Index("ix_import_state", "state", postgresql_where=text("state IN ('queued', 'running')")),
    )

    id: Mapped[Key]
    account_id: Mapped[int | None] = mapped_column(
        ForeignKey("account.id", ondelete="SET NULL"),
        server_default=text("(NULLIF(current_setting('citygrid.account'::text, true), ''::text))::bigint"),
    )
    username: Mapped[str]
    action: Mapped[str]
    target: Mapped[str | None]
    """The layer that a file replaces, or the table that is published."""
    file: Mapped[str | None]
    """Where the file waits below <home>/uploads; it goes when the work has ended."""
    filename: Mapped[str | None]
    """As its sender calls it."""
    options: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    context: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    """Standing of the sender, for the audit log: role, organisation, address, request."""
    state: Mapped[str] = mapped_column(server_default=text("'queued'"))
    progress: Mapped[float] = mapped_column(server_default=text("0"))
    """0 to 1."""
    layers: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    """What was published."""
    problems: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    """Why it was refused: [{where, reason}]."""
    asked_at: Mapped[Now]
    ended_at: Mapped[datetime | None]


class LayerReport(Base):
    """What was found and mended in the file that a layer was made from."""

    __tablename__ = "layer_report"

    layer: Mapped[str] = mapped_column(ForeignKey("layer.name", ondelete="CASCADE"), primary_key=True)
    filename: Mapped[str | None]
    sha256: Mapped[str | None]
    features: Mapped[int]
    problems: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    at: Mapped[Now]


class PublishedTable(Base):
    """A table or view outside of our schema whose rights we keep, for the layer that shows it."""

    __tablename__ = "published_table"

    schema: Mapped[str] = mapped_column(primary_key=True)
    relation: Mapped[str] = mapped_column(primary_key=True)
    layer: Mapped[str]
    id_column: Mapped[str]
    geometry_column: Mapped[str]
    unit_column: Mapped[str | None]
    organisation_column: Mapped[str | None]
    made: Mapped[bool]
    """Made by us: it goes when the layer goes."""
    mark: Mapped[str] = mapped_column(server_default=text("''"))
    """Digest of its policies, grants and triggers as they must be."""
    retired_at: Mapped[datetime | None]
    """Since when no layer shows it; it is kept for a moment for those who read it still."""


class ExportRow(Base):
    """A file of features that somebody asked for; the job process writes it, and it goes after a day."""

    __tablename__ = "export"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'running', 'done', 'failed')", name="state"),
        Index("ix_export_account_id", "account_id"),
    )

    id: Mapped[Key]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    layer: Mapped[str]
    format: Mapped[str]
    asked: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """The parameters of the selection as they were sent."""
    record: Mapped[int]
    """Its number in the audit log."""
    state: Mapped[str] = mapped_column(server_default=text("'waiting'"))
    tries: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    rows: Mapped[int] = mapped_column(server_default=text("0"))
    """Written so far."""
    expected: Mapped[int | None]
    bytes: Mapped[int] = mapped_column(server_default=text("0"))
    error: Mapped[str | None]
    rights: Mapped[str | None]
    """Digest of what its reader could see when it was written."""
    asked_at: Mapped[Now]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]


class ProcessJob(Base):
    """What somebody asked a process to calculate; the job process does it, and it goes after a day."""

    __tablename__ = "process_job"
    __table_args__ = (
        CheckConstraint(
            "state IN ('accepted', 'running', 'successful', 'failed', 'dismissed')", name="state"
        ),
        UniqueConstraint("number"),
        Index("ix_process_job_account_id", "account_id"),
    )

    id: Mapped[Key]
    number: Mapped[UUID] = mapped_column(Uuid, server_default=text("gen_random_uuid()"))
    """What its owner calls it; nobody can guess it."""
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    process: Mapped[str]
    asked: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """Inputs, chosen form of the output, language: checked at the door."""
    state: Mapped[str] = mapped_column(server_default=text("'accepted'"))
    tries: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    progress: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    """0 to 100."""
    message: Mapped[str] = mapped_column(server_default=text("''"))
    problem: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """Why it failed, as it is answered."""
    media_type: Mapped[str | None]
    result: Mapped[bytes | None] = mapped_column(LargeBinary)
    rights: Mapped[str | None]
    """Digest of what its reader could see when it was calculated."""
    created_at: Mapped[Now]
    started_at: Mapped[datetime | None]
    updated_at: Mapped[Now]
    ended_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
