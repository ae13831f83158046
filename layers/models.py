"""Table of the catalogue: everything a user can see on the map is a row here."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
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
    relation: Mapped[str]
    id_column: Mapped[str]
    geometry_column: Mapped[str]
    geometry_type: Mapped[str]
    """point, line or polygon."""
    time_column: Mapped[str | None]
    fields: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    """[{name, type, title, title_en}] in the order they are published."""
    tile_fields: Mapped[list[str]] = mapped_column(JSONB)
    min_zoom: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    position: Mapped[int] = mapped_column(SmallInteger)
    audience: Mapped[str] = mapped_column(server_default=text("'all'"))
    """all: whoever is logged in; granted: the organisation that owns it and whom a grant names."""
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    published_at: Mapped[Now]


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
