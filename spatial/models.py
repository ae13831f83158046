"""Tables of what the city as a whole is."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, LargeBinary, SmallInteger, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from spatial.database.base import Base, Generated, Now


class CityNote(Base):
    """One row at most: names, the note on the shown extent, and the sources with their licences."""

    __tablename__ = "city_note"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, server_default=text("1"))
    notes: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """{name, name_en, extent_note, extent_note_en, sources: [{title, licence}]}"""


class Raster(Base):
    """A grid of cells with figures (栅格), EPSG:4326; each band holds one figure per cell."""

    __tablename__ = "raster"

    name: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    title_en: Mapped[str]
    bands: Mapped[list[str]] = mapped_column(ARRAY(Text))
    """What each band counts: people, households …"""
    source: Mapped[str]
    generated: Mapped[Generated]
    changed_at: Mapped[Now]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    """The GeoTIFF itself."""
