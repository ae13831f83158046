"""Table of sensitive places."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from spatial.database.base import Attributes, Base, Code, Generated, Key, Now, shape


class Place(Base):
    """A sensitive place (重点场所): a point, and its drawn area where there is one."""

    __tablename__ = "place"
    __table_args__ = (Index("ix_place_geom", "geom", postgresql_using="gist"),)

    id: Mapped[Key]
    kind: Mapped[str] = mapped_column(index=True)
    name: Mapped[str]
    name_en: Mapped[str | None]
    address: Mapped[str | None]
    risk_level: Mapped[int] = mapped_column(SmallInteger)
    """1 red, 2 orange, 3 yellow, 4 blue."""
    geom: Mapped[Any] = mapped_column(shape("POINT"))
    unit_code: Mapped[Code | None] = mapped_column(index=True)
    """The base unit of coverage `grids` that the point lies in now; restamped with every version."""
    area: Mapped[Any | None] = mapped_column(shape("MULTIPOLYGON"))
    source: Mapped[str]
    """Where the record comes from, with its identity there (osm:way/123, generated:…)."""
    generated: Mapped[Generated]
    attributes: Mapped[Attributes]
    created_at: Mapped[Now]
