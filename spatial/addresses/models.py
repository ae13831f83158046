"""Table of the standard-address library. It is public: no reader is refused an address."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from spatial.database.base import Base, Generated, Key, shape


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
    )

    id: Mapped[Key]
    full_text: Mapped[str]
    name_en: Mapped[str | None]
    kind: Mapped[str]
    geom: Mapped[Any] = mapped_column(shape("POINT"))
    source: Mapped[str]
    generated: Mapped[Generated]
