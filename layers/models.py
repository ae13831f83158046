"""Table of the catalogue: everything a user can see on the map is a row here."""

from __future__ import annotations

from typing import Any

from sqlalchemy import SmallInteger, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from spatial.database.base import Base, Now


class LayerRow(Base):
    """A published layer (图层): which relation, which columns, which zooms, under which titles."""

    __tablename__ = "layer"

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
    published_at: Mapped[Now]
