"""Tables of coverages: stored as nodes and arcs, polygons derived; two clocks on every version.

`valid` says when a boundary was in force in the city, `sys` when this database believed so.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from spatial.database.base import (
    Attributes,
    Base,
    Code,
    Generated,
    Key,
    Life,
    Now,
    Period,
    Transaction,
    shape,
)


class Coverage(Base):
    """A partition of the city (网格体系): one gap-free, overlap-free set of units with its levels."""

    __tablename__ = "coverage"

    name: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    title_en: Mapped[str]
    levels: Mapped[list[str]] = mapped_column(ARRAY(Text))
    code_profile: Mapped[str]
    tolerance_m: Mapped[float]
    """How far outside the outer border a point is still given to the nearest unit."""
    stamped_version: Mapped[int | None] = mapped_column(ForeignKey("coverage_version.id", use_alter=True))
    """The version that places and components were last given their units by."""
    kind: Mapped[str] = mapped_column(server_default="social")
    """administrative, social, city_management or special."""
    profession: Mapped[str | None]
    """Of a special coverage: police, school, hospital …"""
    within: Mapped[str | None] = mapped_column(ForeignKey("coverage.name"))
    """The coverage whose units of `within_level` the units of this one's first level lie in."""
    within_level: Mapped[int | None] = mapped_column(SmallInteger)
    composed_of: Mapped[str | None] = mapped_column(ForeignKey("coverage.name"))
    """The coverage whose base units this one's units are made of; its arcs are then derived."""
    complete: Mapped[bool] = mapped_column(server_default=text("true"))
    """Whether every point of what it lies in, or is made of, belongs to a unit."""
    limits: Mapped[Attributes]
    """What units should keep to: {"households": [least, most], "min_area_m2": …, "contiguous": true}."""


class CoverageVersion(Base):
    """One publication of a coverage; locate answers name it."""

    __tablename__ = "coverage_version"
    __table_args__ = (
        Index(None, "coverage", "valid_from"),
        Index(None, "life", "txid", "id"),
        Index("ix_coverage_version_plan_id", "plan_id", postgresql_where=text("plan_id IS NOT NULL")),
    )

    id: Mapped[Key]
    coverage: Mapped[str] = mapped_column(ForeignKey("coverage.name"))
    valid_from: Mapped[datetime]
    published_at: Mapped[Now]
    note: Mapped[str]
    plan_id: Mapped[int | None]
    """The plan (网格调整单) that it came from."""
    life: Mapped[Life]
    txid: Mapped[Transaction]


class Unit(Base):
    """The identity of one area (区划/网格) through all its versions."""

    __tablename__ = "unit"

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("gen_random_uuid()"))
    coverage: Mapped[str] = mapped_column(ForeignKey("coverage.name"))
    level: Mapped[int] = mapped_column(SmallInteger)


class UnitVersion(Base):
    """What one unit was called and where it lay, for a time. `geom` is derived from the arcs."""

    __tablename__ = "unit_version"
    __table_args__ = (
        ExcludeConstraint(
            ("unit_id", "="), ("valid", "&&"), ("sys", "&&"), name="ex_unit_version_once", using="gist"
        ),
        Index("ix_unit_version_geom", "geom", postgresql_using="gist"),
        Index(
            "ix_unit_version_current", "coverage", "level", "code", postgresql_where=text("upper_inf(sys)")
        ),
        Index("ix_unit_version_version_id", "version_id"),
        Index("ix_unit_version_unit_id", "unit_id"),
    )

    id: Mapped[Key]
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    coverage: Mapped[str] = mapped_column(ForeignKey("coverage.name"))
    level: Mapped[int] = mapped_column(SmallInteger)
    parent_code: Mapped[Code | None]
    code: Mapped[Code]
    name: Mapped[str]
    name_en: Mapped[str]
    evidence: Mapped[str | None]
    """Why this polygon may carry this official name; null where it carries none."""
    generated: Mapped[Generated]
    geom: Mapped[Any] = mapped_column(shape("MULTIPOLYGON"))
    label: Mapped[Any] = mapped_column(shape("POINT"))
    area_m2: Mapped[float]
    version_id: Mapped[int] = mapped_column(ForeignKey("coverage_version.id"))
    valid: Mapped[Period]
    sys: Mapped[Period] = mapped_column(server_default=text("tstzrange(now(), null)"))


class UnitPerson(Base):
    """Who leads a unit (网格长), works in it (网格员) or keeps in touch with it (联络员), for a time."""

    __tablename__ = "unit_person"
    __table_args__ = (
        CheckConstraint("role IN ('leader', 'worker', 'liaison')", name="role"),
        ExcludeConstraint(
            ("unit_id", "="), ("worker_id", "="), ("role", "="), ("valid", "&&"), ("sys", "&&"),
            name="ex_unit_person_once", using="gist",
        ),
        Index(None, "worker_id"),
    )  # fmt: skip

    id: Mapped[Key]
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    worker_id: Mapped[int] = mapped_column(ForeignKey("worker.id"))
    role: Mapped[str]
    version_id: Mapped[int] = mapped_column(ForeignKey("coverage_version.id"))
    valid: Mapped[Period]
    sys: Mapped[Period] = mapped_column(server_default=text("tstzrange(now(), null)"))


class Composition(Base):
    """Which unit of a special coverage a base unit belongs to, for a time."""

    __tablename__ = "composition"
    __table_args__ = (
        ExcludeConstraint(
            ("coverage", "="), ("base_unit", "="), ("valid", "&&"), ("sys", "&&"),
            name="ex_composition_once", using="gist",
        ),
    )  # fmt: skip

    id: Mapped[Key]
    coverage: Mapped[str] = mapped_column(ForeignKey("coverage.name"))
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    base_unit: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    valid: Mapped[Period]
    sys: Mapped[Period] = mapped_column(server_default=text("tstzrange(now(), null)"))


class Lineage(Base):
    """What became of a unit in a version: one row for each unit that has a part of it now (沿革).

    The weights of all rows of one `from_unit` in a version add up to 1; null where nothing was counted.
    """

    __tablename__ = "lineage"
    __table_args__ = (
        CheckConstraint("from_unit IS NOT NULL OR to_unit IS NOT NULL", name="one_end"),
        Index(None, "version_id"),
        Index(None, "from_unit"),
        Index(None, "to_unit"),
    )

    id: Mapped[Key]
    version_id: Mapped[int] = mapped_column(ForeignKey("coverage_version.id"))
    coverage: Mapped[str] = mapped_column(ForeignKey("coverage.name"))
    from_unit: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"))
    """Null: the part belonged to no unit."""
    to_unit: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"))
    """Null: the part belongs to no unit now."""
    kind: Mapped[str]
    area_m2: Mapped[float]
    w_area: Mapped[float | None]
    w_population: Mapped[float | None]
    w_households: Mapped[float | None]
    w_events: Mapped[float | None]


class Node(Base):
    """A point where arcs meet, in whole nano-degrees so that equality is exact."""

    __tablename__ = "node"
    __table_args__ = (UniqueConstraint("coverage", "lon_nano", "lat_nano"),)

    id: Mapped[Key]
    coverage: Mapped[str] = mapped_column(ForeignKey("coverage.name"))
    lon_nano: Mapped[int]
    lat_nano: Mapped[int]


class Arc(Base):
    """A piece of border between two nodes with the unit on its left and on its right.

    Left and right are base units of the same coverage; null is outside.
    """

    __tablename__ = "arc"
    __table_args__ = (
        Index("ix_arc_geom", "geom", postgresql_using="gist"),
        Index("ix_arc_current", "coverage", postgresql_where=text("upper_inf(sys)")),
    )

    id: Mapped[Key]
    coverage: Mapped[str] = mapped_column(ForeignKey("coverage.name"))
    start_node: Mapped[int] = mapped_column(ForeignKey("node.id"))
    end_node: Mapped[int] = mapped_column(ForeignKey("node.id"))
    geom: Mapped[Any] = mapped_column(shape("LINESTRING"))
    left_unit: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"))
    right_unit: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"))
    valid: Mapped[Period]
    sys: Mapped[Period] = mapped_column(server_default=text("tstzrange(now(), null)"))


class IssuedCode(Base):
    """A code that was given once and is never given again, even after its unit retires."""

    __tablename__ = "issued_code"

    profile: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    issued_at: Mapped[Now]


class Division(Base):
    """An administrative division of the national code list (统计用区划代码), with no geometry."""

    __tablename__ = "division"

    code: Mapped[str] = mapped_column(primary_key=True)
    level: Mapped[int] = mapped_column(SmallInteger)
    name: Mapped[str]
    parent_code: Mapped[str | None]
