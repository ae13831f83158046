"""Table of the catalogue: everything a user can see on the map is a row here."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, SmallInteger, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from spatial.database.base import Base, Key, Now


class LayerRow(Base):
    """A published layer (图层): which relation, which columns, which zooms, under which titles."""

    __tablename__ = "layer"
    __table_args__ = (CheckConstraint("audience IN ('all', 'granted')", name="audience"),)

    name: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    title_en: Mapped[str]
    description: Mapped[str]
    kind: Mapped[str]
    """table or view; files and external services come with their own kinds."""
    schema: Mapped[str] = mapped_column(server_default=text("'city'"))
    relation: Mapped[str]
    id_column: Mapped[str]
    geometry_column: Mapped[str]
    geometry_type: Mapped[str]
    """point, line, polygon, or geometry for a mixture."""
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
    __table_args__ = (Index("ix_layer_change_source_id", "source", "id"),)

    id: Mapped[Key]
    source: Mapped[str]
    """schema.table."""
    xid: Mapped[int] = mapped_column(server_default=text("((pg_current_xact_id())::text)::bigint"))
    """Number of the transaction (xid8)."""
    tiles: Mapped[list[int] | None] = mapped_column(ARRAY(Integer))
    """z12 tiles that were touched, as x, y, x, y …; NULL: anywhere."""
    at: Mapped[Now]
