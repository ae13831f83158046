"""Tables of lifeline networks: nodes and links of water, heating, drainage and gas."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from spatial.database.base import Attributes, Base, Generated, Key, Now, shape


class Network(Base):
    """One pipe network (管网) of a utility."""

    __tablename__ = "network"

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    """water, heating, drainage or gas."""
    source: Mapped[str]
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    """The utility that runs the network."""
    generated: Mapped[Generated]
    imported_at: Mapped[Now]


class NetworkNode(Base):
    """A junction, valve, hydrant, tank, pump or source of a network."""

    __tablename__ = "network_node"
    __table_args__ = (
        UniqueConstraint("network_id", "code"),
        Index("ix_network_node_geom", "geom", postgresql_using="gist"),
    )

    id: Mapped[Key]
    network_id: Mapped[int] = mapped_column(ForeignKey("network.id", ondelete="CASCADE"))
    code: Mapped[str]
    kind: Mapped[str]
    elevation_m: Mapped[float | None]
    geom: Mapped[Any] = mapped_column(shape("POINT"))
    attributes: Mapped[Attributes]


class NetworkLink(Base):
    """A pipe, or a valve or pump modelled as a link, between two nodes of a network."""

    __tablename__ = "network_link"
    __table_args__ = (
        UniqueConstraint("network_id", "code"),
        Index("ix_network_link_geom", "geom", postgresql_using="gist"),
    )

    id: Mapped[Key]
    network_id: Mapped[int] = mapped_column(ForeignKey("network.id", ondelete="CASCADE"))
    code: Mapped[str]
    kind: Mapped[str]
    from_node: Mapped[int] = mapped_column(ForeignKey("network_node.id"), index=True)
    to_node: Mapped[int] = mapped_column(ForeignKey("network_node.id"), index=True)
    diameter_mm: Mapped[float | None]
    length_m: Mapped[float | None]
    geom: Mapped[Any] = mapped_column(shape("LINESTRING"))
    attributes: Mapped[Attributes]
