"""Tables of emergency resources and of what their stores hold."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, Float, ForeignKey, Index, Integer, Numeric, text
from sqlalchemy.orm import Mapped, mapped_column

from spatial.database.base import Attributes, Base, Code, Generated, Key, Now, shape

KINDS = ("team", "shelter", "supply", "station", "camera", "hospital", "vehicle", "equipment")
"""Teams (队伍), shelters (避难场所), supplies (物资), stations (站点), cameras (摄像头) and so on."""
STATES = ("ready", "busy", "closed")


class Resource(Base):
    """Something that helps in an emergency (应急资源), with what it can do and who answers for it."""

    __tablename__ = "resource"
    __table_args__ = (
        Index("ix_resource_geom", "geom", postgresql_using="gist"),
        Index("ix_resource_area", "area", postgresql_using="gist"),
        CheckConstraint(
            "kind IN ('team', 'shelter', 'supply', 'station', 'camera', 'hospital', 'vehicle', 'equipment')",
            name="kind",
        ),
        CheckConstraint("state IN ('ready', 'busy', 'closed')", name="state"),
        CheckConstraint(
            "phone ~ '^[0-9+ ()-]{3,30}$'"
            " AND phone !~ '(^|[^0-9]|86|^0)1[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4}([^0-9]|$)'"
            " AND regexp_replace(phone, '[^0-9]', '', 'g') !~ '^0*(86)?0?1[3-9][0-9]{9}$'",
            name="phone",
        ),
        CheckConstraint("capacity >= 0 AND capacity < 'Infinity'", name="capacity"),
    )

    id: Mapped[Key]
    kind: Mapped[str]
    name: Mapped[str]
    name_en: Mapped[str | None]
    state: Mapped[str] = mapped_column(server_default=text("'ready'"))
    capacity: Mapped[float | None] = mapped_column(Float(53))
    unit_of_measure: Mapped[str | None]
    """What the capacity counts: people, beds, tonnes, m³ …"""
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    """Whose it is; it sees the resource wherever it stands."""
    phone: Mapped[str | None]
    """The duty line of an office, not the phone of a person: those are workers of the organisation."""
    opening: Mapped[str | None]
    """Opening hours, as OpenStreetMap writes them: Mo-Fr 08:00-18:00, 24/7."""
    address: Mapped[str | None]
    geom: Mapped[Any] = mapped_column(shape("POINT"))
    area: Mapped[Any | None] = mapped_column(shape("MULTIPOLYGON"))
    unit_code: Mapped[Code | None] = mapped_column(index=True)
    """The base unit of coverage `grids` that the point lies in now; restamped with every version."""
    source: Mapped[str]
    generated: Mapped[Generated]
    attributes: Mapped[Attributes]
    created_at: Mapped[Now]


class StockMovement(Base):
    """What came into a store or went out of it (出入库); added, never changed, never below zero."""

    __tablename__ = "stock_movement"
    __table_args__ = (
        CheckConstraint("delta <> 0 AND abs(delta) <= 1e9", name="delta"),
        CheckConstraint("balance >= 0", name="never_below_zero"),
        CheckConstraint("length(btrim(reason)) BETWEEN 2 AND 500", name="reason"),
    )

    resource_id: Mapped[int] = mapped_column(ForeignKey("resource.id", ondelete="CASCADE"), primary_key=True)
    item: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True)
    """1, 2, 3 … for each thing in each store, by a trigger, as is the balance."""
    delta: Mapped[Decimal] = mapped_column(Numeric(14, 3))
    balance: Mapped[Decimal] = mapped_column(Numeric(15, 3))
    reason: Mapped[str]
    account_id: Mapped[int | None]
    username: Mapped[str]
    at: Mapped[Now]
