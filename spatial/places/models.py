"""Tables of sensitive places: kinds, risk, people, inspections, proposals and attachments."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, Date, Float, ForeignKey, Index, SmallInteger, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import BigInteger, Text

from spatial.database.base import Attributes, Base, Code, Generated, Key, Now, shape


class PlaceKind(Base):
    """A kind of sensitive place (场所类型) as its users define it; retired, not deleted, once it was used."""

    __tablename__ = "place_kind"
    __table_args__ = (
        CheckConstraint("length(key) BETWEEN 1 AND 60", name="key"),
        CheckConstraint("colour ~ '^#[0-9a-f]{6}$'", name="colour"),
        CheckConstraint(
            "cardinality(every_days) = 4 AND 1 <= ALL (every_days) AND 3660 >= ALL (every_days)",
            name="every_days",
        ),
        CheckConstraint("lead_days BETWEEN 0 AND 365", name="lead_days"),
        CheckConstraint("raise_after BETWEEN 0 AND 20 AND lower_after BETWEEN 0 AND 20", name="rule"),
        CheckConstraint("public_rank BETWEEN 1 AND 99", name="public_rank"),
    )

    key: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    title_en: Mapped[str] = mapped_column(server_default=text("''"))
    icon: Mapped[str] = mapped_column(server_default=text("''"))
    colour: Mapped[str] = mapped_column(server_default=text("'#5b6b7b'"))
    risk_bearing: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    """Whether such places are inspected; those of other kinds stay at level 4, blue."""
    extras: Mapped[Attributes]
    """JSON schema of the fields that such a place has beside the common ones."""
    checklist: Mapped[Attributes]
    """JSON schema of what an inspection finds."""
    every_days: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger), server_default=text("'{7,30,90,180}'"))
    """Days between inspections at red, orange, yellow and blue."""
    lead_days: Mapped[int] = mapped_column(SmallInteger, server_default=text("3"))
    """How many days before it is due an inspection can be done."""
    raise_after: Mapped[int] = mapped_column(SmallInteger, server_default=text("2"))
    """So many abnormal results in a row propose one level up; 0: none do."""
    lower_after: Mapped[int] = mapped_column(SmallInteger, server_default=text("4"))
    """So many normal results in a row propose one level down; 0: none do."""
    responsible_role: Mapped[str] = mapped_column(server_default=text("'grid_leader'"))
    """Whose task an inspection is when nobody is named for the place: this role in its grid."""
    event_category: Mapped[str | None] = mapped_column(ForeignKey("matter.code"))
    """Matter that abnormal and overdue inspections are reported as."""
    public_rank: Mapped[int | None] = mapped_column(SmallInteger)
    """Where it stands on the public page; null: such places are not shown to the public."""
    retired_at: Mapped[datetime | None]
    etag: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[Now]


class Place(Base):
    """A sensitive place (重点场所): a point, and its drawn area where there is one."""

    __tablename__ = "place"
    __table_args__ = (
        Index("ix_place_geom", "geom", postgresql_using="gist"),
        Index("ix_place_area", "area", postgresql_using="gist"),
        CheckConstraint("risk_level BETWEEN 1 AND 4", name="risk_level"),
        CheckConstraint(
            "length(btrim(risk_reason)) BETWEEN 4 AND 1000", name="level_change_needs_a_new_reason"
        ),
    )

    id: Mapped[Key]
    kind: Mapped[str] = mapped_column(ForeignKey("place_kind.key"), index=True)
    name: Mapped[str]
    name_en: Mapped[str | None]
    address: Mapped[str | None]
    risk_level: Mapped[int] = mapped_column(SmallInteger)
    """1 red, 2 orange, 3 yellow, 4 blue; changes together with `risk_reason` alone: a trigger asks for it."""
    risk_reason: Mapped[str | None]
    """Why it has the level that it has."""
    geom: Mapped[Any] = mapped_column(shape("POINT"))
    unit_code: Mapped[Code | None] = mapped_column(index=True)
    """The base unit of coverage `grids` that the point lies in now; restamped with every version."""
    area: Mapped[Any | None] = mapped_column(shape("MULTIPOLYGON"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    """The responsible unit (责任单位); it sees the place wherever it lies."""
    source: Mapped[str]
    """Where the record comes from, with its identity there (osm:way/123, generated:…)."""
    generated: Mapped[Generated]
    attributes: Mapped[Attributes]
    """What the kind's `extras` ask for."""
    created_at: Mapped[Now]


class PlaceRisk(Base):
    """A level that a place was given (风险等级变更), and why; added by a trigger, never changed."""

    __tablename__ = "place_risk"

    id: Mapped[Key]
    place_id: Mapped[int] = mapped_column(ForeignKey("place.id", ondelete="CASCADE"), index=True)
    at: Mapped[Now]
    from_level: Mapped[int | None] = mapped_column(SmallInteger)
    to_level: Mapped[int] = mapped_column(SmallInteger)
    reason: Mapped[str]
    account_id: Mapped[int | None]
    username: Mapped[str]


class PlacePerson(Base):
    """Somebody who answers for a place (责任人), and as what."""

    __tablename__ = "place_person"

    place_id: Mapped[int] = mapped_column(ForeignKey("place.id", ondelete="CASCADE"), primary_key=True)
    worker_id: Mapped[int] = mapped_column(
        ForeignKey("worker.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    role: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[Now]


class Inspection(Base):
    """A look at a place (巡查任务) that is due in a window of days; at most one is open for a place."""

    __tablename__ = "inspection"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'done', 'missed', 'cancelled')", name="state"),
        CheckConstraint(
            "(state = 'done') = (result IS NOT NULL) AND result IN ('normal', 'abnormal', 'no_access')",
            name="result",
        ),
        CheckConstraint("due_from <= due_on", name="due"),
        Index("uq_inspection_open", "place_id", unique=True, postgresql_where=text("state = 'open'")),
        Index(None, "place_id", "done_at"),
        Index(
            "ix_inspection_late",
            "due_on",
            postgresql_where=text("state IN ('open', 'missed') AND NOT 'overdue' = ANY (reports)"),
        ),
        Index(
            "ix_inspection_abnormal",
            "id",
            postgresql_where=text("result = 'abnormal' AND NOT 'abnormal' = ANY (reports)"),
        ),
    )

    id: Mapped[Key]
    place_id: Mapped[int] = mapped_column(ForeignKey("place.id", ondelete="CASCADE"))
    level: Mapped[int] = mapped_column(SmallInteger)
    due_from: Mapped[date] = mapped_column(Date)
    due_on: Mapped[date] = mapped_column(Date)
    """The last day in the city's time on which it is not overdue."""
    worker_id: Mapped[int | None] = mapped_column(ForeignKey("worker.id", ondelete="SET NULL"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    state: Mapped[str] = mapped_column(server_default=text("'open'"))
    result: Mapped[str | None]
    findings: Mapped[Attributes]
    note: Mapped[str] = mapped_column(server_default=text("''"))
    stood: Mapped[Any | None] = mapped_column(shape("POINT"))
    """Where the inspector was."""
    distance_m: Mapped[float | None] = mapped_column(Float(53))
    """From there to the place: to its area where one is drawn."""
    done_at: Mapped[datetime | None]
    account_id: Mapped[int | None]
    username: Mapped[str | None]
    reports: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    """What of it was reported as an event already: abnormal, overdue."""
    event_id: Mapped[int | None] = mapped_column(ForeignKey("event.id", ondelete="SET NULL"))
    """The event that an abnormal result became."""
    overdue_event_id: Mapped[int | None] = mapped_column(ForeignKey("event.id", ondelete="SET NULL"))
    created_at: Mapped[Now]


class PlaceRiskProposal(Base):
    """A change of level that results, or a person, ask for; somebody confirms or refuses it."""

    __tablename__ = "place_risk_proposal"
    __table_args__ = (
        CheckConstraint(
            "from_level BETWEEN 1 AND 4 AND to_level BETWEEN 1 AND 4 AND from_level <> to_level",
            name="levels",
        ),
        CheckConstraint("rule IN ('abnormal', 'normal', 'person')", name="rule"),
        CheckConstraint("state IN ('open', 'confirmed', 'refused', 'lapsed')", name="state"),
        Index(
            "uq_place_risk_proposal_open", "place_id", unique=True, postgresql_where=text("state = 'open'")
        ),
    )

    id: Mapped[Key]
    place_id: Mapped[int] = mapped_column(ForeignKey("place.id", ondelete="CASCADE"), index=True)
    from_level: Mapped[int] = mapped_column(SmallInteger)
    to_level: Mapped[int] = mapped_column(SmallInteger)
    rule: Mapped[str]
    """abnormal or normal results in a row, or a person."""
    reason: Mapped[str]
    inspections: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), server_default=text("'{}'"))
    state: Mapped[str] = mapped_column(server_default=text("'open'"))
    account_id: Mapped[int | None]
    username: Mapped[str]
    created_at: Mapped[Now]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None]
    decider: Mapped[str | None]
    note: Mapped[str] = mapped_column(server_default=text("''"))


class PlaceAttachment(Base):
    """A photo or paper of a place or of one of its inspections; the bytes are kept by their SHA-256."""

    __tablename__ = "place_attachment"
    __table_args__ = (
        CheckConstraint("digest ~ '^[0-9a-f]{64}$'", name="digest"),
        CheckConstraint("kind IN ('photo', 'video', 'audio', 'document')", name="kind"),
    )

    id: Mapped[Key]
    place_id: Mapped[int] = mapped_column(ForeignKey("place.id", ondelete="CASCADE"), index=True)
    inspection_id: Mapped[int | None] = mapped_column(ForeignKey("inspection.id", ondelete="CASCADE"))
    digest: Mapped[str] = mapped_column(ForeignKey("attachment.digest"))
    name: Mapped[str]
    kind: Mapped[str]
    media_type: Mapped[str]
    bytes: Mapped[int]
    account_id: Mapped[int | None]
    username: Mapped[str]
    at: Mapped[Now]
