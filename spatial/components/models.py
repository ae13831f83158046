"""Tables of city components and their classes."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Date, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from spatial.database.base import Attributes, Base, Code, Generated, Key, shape


class ComponentClass(Base):
    """A kind of component (部件小类) of a standard; default GB/T 47678.5-2026, table A.1."""

    __tablename__ = "component_class"

    code: Mapped[str] = mapped_column(primary_key=True)
    """2 digits of class and 3 of kind."""
    name: Mapped[str]
    class_code: Mapped[str]
    class_name: Mapped[str]
    standard: Mapped[str]


class Component(Base):
    """One city component (部件) with the 17-digit code 6 county + 2 class + 3 kind + 6 sequence."""

    __tablename__ = "component"
    __table_args__ = (Index("ix_component_geom", "geom", postgresql_using="gist"),)

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(unique=True)
    class_code: Mapped[str] = mapped_column(ForeignKey("component_class.code"), index=True)
    name: Mapped[str]
    state: Mapped[str]
    """intact 完好, damaged 破损, missing 丢失 or occupied 占用."""
    owner: Mapped[str | None]
    upkeep: Mapped[str | None]
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    """The upkeep unit (养护单位) where it is one of ours."""
    unit_code: Mapped[Code | None] = mapped_column(index=True)
    """The base unit of coverage `grids` that the point lies in now; restamped with every version."""
    installed_on: Mapped[date | None] = mapped_column(Date)
    geom: Mapped[Any] = mapped_column(shape("POINT"))
    source: Mapped[str]
    generated: Mapped[Generated]
    attributes: Mapped[Attributes]
