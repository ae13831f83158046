"""Tables of lifeline networks: what they are made of, who hangs on them, what is wrong, how they change."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from sqlalchemy import ARRAY, CheckConstraint, Float, ForeignKey, Index, Integer, SmallInteger, Text, text
from sqlalchemy import UniqueConstraint as Unique
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from spatial.database.base import Attributes, Base, Generated, Key, Now, shape

KINDS = (
    "water", "storm", "sewer", "combined", "gas", "heat_supply", "heat_return", "power", "telecom",
    "industrial",
)  # fmt: skip
STATES = ("in_service", "planned", "out_of_service", "abandoned")
SINKS = frozenset({"storm", "sewer", "combined", "heat_return"})
"""Kinds whose flow gathers towards outfalls (flow_mode 'sink'); all others spread from sources."""

NetworkId = Annotated[int, mapped_column(ForeignKey("network.id", ondelete="CASCADE"))]
State = Annotated[str, mapped_column(Text, server_default=text("'in_service'"))]
Yes = Annotated[bool, mapped_column(server_default=text("true"))]


def _stands() -> CheckConstraint:
    return CheckConstraint(f"state IN ({', '.join(repr(each) for each in STATES)})", name="state")


def _lives() -> CheckConstraint:
    return CheckConstraint("removed_on >= installed_on", name="lifespan")


class Network(Base):
    """One pipe network (管网) of a utility."""

    __tablename__ = "network"
    __table_args__ = (
        CheckConstraint(f"kind IN ({', '.join(repr(each) for each in KINDS)})", name="kind"),
        CheckConstraint("flow_mode IN ('source', 'sink')", name="flow_mode"),
    )

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    """One of KINDS."""
    flow_mode: Mapped[str] = mapped_column(server_default=text("'source'"))
    """source: flow spreads from what feeds it; sink: it gathers towards outfalls."""
    source: Mapped[str]
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    """The utility that runs the network."""
    generated: Mapped[Generated]
    imported_at: Mapped[Now]
    edition: Mapped[int] = mapped_column(server_default=text("1"))
    """Raised by the database with every statement that changes anything of the network."""
    checked_edition: Mapped[int] = mapped_column(server_default=text("0"))
    """The edition whose problems are listed; older than `edition`: changes have not been looked at yet."""
    crs_epsg: Mapped[int | None] = mapped_column(Integer)
    """Frame of the file that it came in; what is stored is WGS 84."""
    vertical_datum: Mapped[str | None]
    source_digest: Mapped[str | None]
    """SHA-256 of the file that it came in."""
    data_at: Mapped[Now]
    """The age of the data: the day of the file, not of its import."""
    rest: Mapped[Attributes]
    """What a model's file holds beside the network, for it to be written back: {section: [line]}."""


class NetworkNode(Base):
    """A junction, tank, source, manhole, or whatever links meet at.

    attributes: SI with units in the names, as importers find them: demand_m3s, head_m; of a tank level_m,
    level_min_m, level_max_m, diameter_m.
    """

    __tablename__ = "network_node"
    __table_args__ = (
        Unique("network_id", "code"),
        Index("ix_network_node_geom", "geom", postgresql_using="gist"),
        _stands(),
        _lives(),
    )

    id: Mapped[Key]
    network_id: Mapped[NetworkId]
    code: Mapped[str]
    kind: Mapped[str]
    is_source: Mapped[Generated]
    """It feeds the network (of a sink network: it takes from it)."""
    elevation_m: Mapped[float | None]
    state: Mapped[State]
    accuracy_m: Mapped[float | None] = mapped_column(Float(53))
    """How well it was surveyed."""
    installed_on: Mapped[date | None]
    removed_on: Mapped[date | None]
    geom: Mapped[Any] = mapped_column(shape("POINT"))
    attributes: Mapped[Attributes]


class NetworkLink(Base):
    """A pipe, or a valve or pump modelled as a link, between two nodes; its line ends where they are."""

    __tablename__ = "network_link"
    __table_args__ = (
        Unique("network_id", "code"),
        Index("ix_network_link_geom", "geom", postgresql_using="gist"),
        _stands(),
        _lives(),
    )

    id: Mapped[Key]
    network_id: Mapped[NetworkId]
    code: Mapped[str]
    kind: Mapped[str]
    from_node: Mapped[int] = mapped_column(ForeignKey("network_node.id"), index=True)
    to_node: Mapped[int] = mapped_column(ForeignKey("network_node.id"), index=True)
    diameter_mm: Mapped[float | None]
    length_m: Mapped[float | None]
    """As told by the file, else as drawn in the file's own plane."""
    z_up_m: Mapped[float | None] = mapped_column(Float(53))
    """Level of the invert at from_node, in the network's vertical datum."""
    z_down_m: Mapped[float | None] = mapped_column(Float(53))
    material: Mapped[str | None]
    pressure_class: Mapped[str | None]
    state: Mapped[State]
    accuracy_m: Mapped[float | None] = mapped_column(Float(53))
    installed_on: Mapped[date | None]
    removed_on: Mapped[date | None]
    geom: Mapped[Any] = mapped_column(shape("LINESTRING"))
    attributes: Mapped[Attributes]


class NetworkDevice(Base):
    """A valve, check valve, pump, regulator, hydrant, meter … with a node alone it stands in the node, with a
    link alone it is the link, with both it sits on that end of the link."""

    __tablename__ = "network_device"
    __table_args__ = (
        Unique("network_id", "code"),
        Index("ix_network_device_into_node", "into_node", postgresql_where=text("into_node IS NOT NULL")),
        Index("ix_network_device_into_link", "into_link", postgresql_where=text("into_link IS NOT NULL")),
        Index("ix_network_device_geom", "geom", postgresql_using="gist"),
        CheckConstraint("num_nonnulls(node_id, link_id) >= 1", name="stands"),
        CheckConstraint("num_nonnulls(into_node, into_link) <= 1", name="into"),
        _stands(),
    )

    id: Mapped[Key]
    network_id: Mapped[NetworkId]
    code: Mapped[str]
    kind: Mapped[str]
    node_id: Mapped[int | None] = mapped_column(ForeignKey("network_node.id"), index=True)
    link_id: Mapped[int | None] = mapped_column(ForeignKey("network_link.id"), index=True)
    into_node: Mapped[int | None] = mapped_column(ForeignKey("network_node.id"))
    """A check valve (止回阀) in a link, or on its end, lets through to this node."""
    into_link: Mapped[int | None] = mapped_column(ForeignKey("network_link.id"))
    """A check valve in a node lets through into this link."""
    is_open: Mapped[Yes]
    is_operable: Mapped[Yes]
    is_accessible: Mapped[Yes]
    normally_open: Mapped[Yes]
    state: Mapped[State]
    geom: Mapped[Any] = mapped_column(shape("POINT"))
    """Where its node is, else the middle of its link; kept so by the database."""
    attributes: Mapped[Attributes]


class NetworkService(Base):
    """Where customers hang on the network (用户接入点): a node, or a place along a link."""

    __tablename__ = "network_service"
    __table_args__ = (
        Unique("network_id", "code"),
        Index("ix_network_service_geom", "geom", postgresql_using="gist"),
        CheckConstraint("num_nonnulls(node_id, link_id) = 1", name="hangs"),
        CheckConstraint("at_m IS NULL OR at_m >= 0 AND link_id IS NOT NULL", name="at_m"),
        _stands(),
    )

    id: Mapped[Key]
    network_id: Mapped[NetworkId]
    code: Mapped[str]
    node_id: Mapped[int | None] = mapped_column(ForeignKey("network_node.id"), index=True)
    link_id: Mapped[int | None] = mapped_column(ForeignKey("network_link.id"), index=True)
    at_m: Mapped[float | None] = mapped_column(Float(53))
    """Along the link from its beginning."""
    state: Mapped[State]
    geom: Mapped[Any] = mapped_column(shape("POINT"))
    """Where the house is; of a service in a node, where the node is."""
    attributes: Mapped[Attributes]


class NetworkCustomer(Base):
    """Who is supplied by a service: a code of the utility's own and no name."""

    __tablename__ = "network_customer"
    __table_args__ = (
        Unique("network_id", "code"),
        CheckConstraint("meters >= 0", name="meters"),
        CheckConstraint("people >= 0", name="people"),
        _stands(),
    )

    id: Mapped[Key]
    network_id: Mapped[NetworkId]
    service_id: Mapped[int] = mapped_column(ForeignKey("network_service.id"), index=True)
    code: Mapped[str]
    category: Mapped[str] = mapped_column(server_default=text("''"))
    priority: Mapped[str] = mapped_column(server_default=text("''"))
    meters: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    people: Mapped[int | None] = mapped_column(Integer)
    state: Mapped[State]
    attributes: Mapped[Attributes]


class NetworkProblem(Base):
    """Something wrong with a network, and what would mend it; recomputed for what changed."""

    __tablename__ = "network_problem"
    __table_args__ = (
        Index("ix_network_problem_network_id", "network_id", "relation", "row_id"),
        Index("ix_network_problem_geom", "geom", postgresql_using="gist"),
        CheckConstraint("severity IN ('error', 'warning')", name="severity"),
        CheckConstraint(
            "relation IN ('network', 'network_node', 'network_link', 'network_device', 'network_service')",
            name="relation",
        ),
    )

    id: Mapped[Key]
    network_id: Mapped[NetworkId]
    rule: Mapped[str]
    severity: Mapped[str]
    relation: Mapped[str]
    row_id: Mapped[int]
    code: Mapped[str]
    """Of the row that it is about."""
    geom: Mapped[Any] = mapped_column(shape("POINT"))
    measure: Mapped[float | None] = mapped_column(Float(53))
    """Metres, where the rule measures something."""
    proposals: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'::jsonb"))
    """What may be done, to be applied by its number: [{op, …}]."""
    edition: Mapped[int]
    """At which it was found."""


class NetworkChange(Base):
    """One change of one row, written by triggers; whoever keeps a network in memory patches it by this."""

    __tablename__ = "network_change"
    __table_args__ = (
        Index("ix_network_change_network_id", "network_id", "edition"),
        CheckConstraint("op IN ('insert', 'update', 'delete')", name="op"),
    )

    id: Mapped[Key]
    network_id: Mapped[NetworkId]
    edition: Mapped[int]
    relation: Mapped[str]
    row_id: Mapped[int | None]
    """None: so many rows at once that the table is to be read again."""
    op: Mapped[str]
    columns: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    """What an update changed."""
    at: Mapped[Now]


class NetworkImport(Base):
    """A file that somebody brings in: what it was found to hold, what was confirmed, what became of it."""

    __tablename__ = "network_import"
    __table_args__ = (
        CheckConstraint(
            "state IN ('waiting', 'proposed', 'confirmed', 'running', 'done', 'refused', 'failed',"
            " 'cancelled')",
            name="state",
        ),
        Index(
            "ix_network_import_state", "state",
            postgresql_where=text("state IN ('waiting', 'proposed', 'confirmed', 'running')"),
        ),
    )  # fmt: skip

    id: Mapped[Key]
    network_id: Mapped[int | None] = mapped_column(ForeignKey("network.id", ondelete="CASCADE"), index=True)
    """Set once it is there."""
    name: Mapped[str]
    """Of the network."""
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    """Whose network it is to be."""
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"), index=True)
    """Whose rights it is done with."""
    username: Mapped[str]
    filename: Mapped[str]
    """As its sender calls it."""
    file: Mapped[str | None]
    """Its name in the folder where it waits; none once it has ended."""
    bytes: Mapped[int]
    digest: Mapped[str]
    """SHA-256 of the file."""
    form: Mapped[str] = mapped_column(server_default=text("''"))
    wish: Mapped[Attributes]
    """What was said and confirmed of the file."""
    proposals: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """What was found, with evidence, and what must be confirmed."""
    state: Mapped[str] = mapped_column(server_default=text("'waiting'"))
    """waiting to be read, proposed (somebody must confirm), confirmed, running, and how it ended."""
    stage: Mapped[str] = mapped_column(server_default=text("''"))
    progress: Mapped[float] = mapped_column(Float(53), server_default=text("0"))
    tries: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    problems: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'::jsonb"))
    """Why it was not done: [{where, reason}]."""
    report: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    asked_at: Mapped[Now]
    confirmed_at: Mapped[datetime | None]
    confirmed_by: Mapped[str | None]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
