"""Table of the platform's own base map."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from spatial.database.base import Base, Generated, Key, shape


class BasemapFeature(Base):
    """One feature of the offline base map (底图): water, green, building, road, rail, land or poi."""

    __tablename__ = "basemap_feature"
    __table_args__ = (Index("ix_basemap_feature_geom", "geom", postgresql_using="gist"),)

    id: Mapped[Key]
    theme: Mapped[str]
    """The source layer of the tile."""
    kind: Mapped[str | None]
    """Class inside the theme: motorway, residential, park, subway …"""
    name: Mapped[str | None]
    name_en: Mapped[str | None]
    min_zoom: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    geom: Mapped[Any] = mapped_column(shape("GEOMETRY"))
    generated: Mapped[Generated]
