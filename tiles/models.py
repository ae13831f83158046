"""Tables of the platform's own base map, and of how many points of a layer there are where."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Index, Integer, SmallInteger, Text, text
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


class LayerCount(Base):
    """How many points of a table lie in a cell; several rows of one cell add up."""

    __tablename__ = "layer_count"
    __table_args__ = (Index("ix_layer_count_source_level_x_y", "source", "level", "x", "y"),)

    id: Mapped[Key]
    source: Mapped[str]
    """schema.table."""
    level: Mapped[int] = mapped_column(SmallInteger)
    """6 x 2^level cells lie along the side of the Web Mercator square."""
    x: Mapped[int] = mapped_column(Integer)
    y: Mapped[int] = mapped_column(Integer)
    unit_code: Mapped[str | None] = mapped_column(Text(collation="C"))
    organisation_id: Mapped[int | None]
    is_open: Mapped[bool]
    """Rows of the table are nobody's in particular: whoever sees the layer sees them all."""
    points: Mapped[int]
    """Below zero for what was taken away."""
    lon: Mapped[int]
    """Sum of longitudes in 1e-7 degrees."""
    lat: Mapped[int]
