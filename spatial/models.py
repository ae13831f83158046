"""Table of what the city as a whole is."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, SmallInteger, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from spatial.database.base import Base


class CityNote(Base):
    """One row at most: names, the note on the shown extent, and the sources with their licences."""

    __tablename__ = "city_note"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, server_default=text("1"))
    notes: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """{name, name_en, extent_note, extent_note_en, sources: [{title, licence}]}"""
