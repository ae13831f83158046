"""Tables of patrol plans, of what became of them, of records made on the way, and of rules of scores."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from spatial.database.base import Attributes, Base, Code, Key, Now, shape

_NO_TEXT = text("''")


class PatrolPlan(Base):
    """Something that is to be patrolled again and again (巡查计划): points, lines or areas."""

    __tablename__ = "patrol_plan"
    __table_args__ = (
        CheckConstraint("kind IN ('points', 'lines', 'areas')", name="kind"),
        CheckConstraint("period IN ('day', 'week', 'month')", name="period"),
        CheckConstraint("days IN ('all', 'working', 'off')", name="days"),
        CheckConstraint(
            "cardinality(weekdays) BETWEEN 1 AND 7 AND 1 <= ALL (weekdays) AND 7 >= ALL (weekdays)",
            name="weekdays",
        ),
        CheckConstraint("every BETWEEN 1 AND 366", name="every"),
        CheckConstraint("rounds BETWEEN 1 AND 96", name="rounds"),
        CheckConstraint("valid_until >= valid_from", name="valid"),
    )

    id: Mapped[Key]
    name: Mapped[str]
    kind: Mapped[str]
    unit_code: Mapped[Code | None] = mapped_column(index=True)
    """The unit of coverage `grids`, at any level, whose plan it is; null: the city's."""
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    starts: Mapped[time]
    ends: Mapped[time]
    """By the city's clock; before `starts`, or the same: of the next day."""
    period: Mapped[str] = mapped_column(server_default=text("'day'"))
    """It is due once a day, week (from Monday) or month."""
    days: Mapped[str] = mapped_column(server_default=text("'all'"))
    """Of the days: all, those that are worked by the working calendar, or those that are not."""
    weekdays: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger), server_default="{1,2,3,4,5,6,7}")
    every: Mapped[int] = mapped_column(SmallInteger, server_default=text("1"))
    """Only every so many days, weeks or months from `valid_from`."""
    rounds: Mapped[int] = mapped_column(SmallInteger, server_default=text("1"))
    """The window is cut into so many of one length; it is due in each."""
    together: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether its people share the work, or each does all of it."""
    rules: Mapped[Attributes]
    """What differs from spatial.patrols.compliance.rules."""
    note: Mapped[str] = mapped_column(server_default=_NO_TEXT)
    retired_at: Mapped[datetime | None]
    edition: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    """Counts its changes."""
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    username: Mapped[str] = mapped_column(server_default=_NO_TEXT)
    created_at: Mapped[Now]
    since: Mapped[Now]
    """From when it holds as it is now: only windows that begin later are made due by it."""


class PatrolTarget(Base):
    """One point, line or area of a plan (巡查点/巡查线/巡查区域)."""

    __tablename__ = "patrol_target"
    __table_args__ = (
        UniqueConstraint("plan_id", "since_edition", "seq"),
        Index("ix_patrol_target_geom", "geom", postgresql_using="gist"),
        CheckConstraint("num_nonnulls(place_id, component_id) <= 1", name="thing"),
        CheckConstraint(
            "radius_m BETWEEN 1 AND 1000 AND dwell_s BETWEEN 0 AND 86400 AND buffer_m BETWEEN 1 AND 200"
            " AND cell_m BETWEEN 10 AND 1000 AND revisit_s BETWEEN 0 AND 2678400"
            " AND weight > 0 AND weight <= 1000",
            name="measures",
        ),
    )

    id: Mapped[Key]
    plan_id: Mapped[int] = mapped_column(ForeignKey("patrol_plan.id", ondelete="CASCADE"))
    seq: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(server_default=_NO_TEXT)
    geom: Mapped[Any] = mapped_column(shape("GEOMETRY"))
    radius_m: Mapped[float] = mapped_column(DOUBLE_PRECISION, server_default=text("20"))
    dwell_s: Mapped[float] = mapped_column(DOUBLE_PRECISION, server_default=text("0"))
    buffer_m: Mapped[float] = mapped_column(DOUBLE_PRECISION, server_default=text("15"))
    directed: Mapped[bool] = mapped_column(server_default=text("false"))
    cell_m: Mapped[float] = mapped_column(DOUBLE_PRECISION, server_default=text("50"))
    revisit_s: Mapped[float] = mapped_column(DOUBLE_PRECISION, server_default=text("0"))
    weight: Mapped[float] = mapped_column(DOUBLE_PRECISION, server_default=text("1"))
    """See spatial.patrols.compliance.targets."""
    place_id: Mapped[int | None] = mapped_column(ForeignKey("place.id", ondelete="SET NULL"), index=True)
    component_id: Mapped[int | None] = mapped_column(
        ForeignKey("component.id", ondelete="SET NULL"), index=True
    )
    """Of a point: what stands there; what is recorded of it counts as a visit."""
    since_edition: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    until_edition: Mapped[int | None] = mapped_column(Integer)
    """It belongs to the plan's editions [since, until): what is over stays judged by what was asked then."""


class PatrolMember(Base):
    """Who patrols: a mover, or everybody of an organisation, of a unit, or of both."""

    __tablename__ = "patrol_member"
    __table_args__ = (
        CheckConstraint("(mover_id IS NULL) = (num_nonnulls(organisation_id, unit_code) > 0)", name="who"),
    )

    id: Mapped[Key]
    plan_id: Mapped[int] = mapped_column(ForeignKey("patrol_plan.id", ondelete="CASCADE"), index=True)
    mover_id: Mapped[int | None] = mapped_column(ForeignKey("mover.id", ondelete="CASCADE"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    unit_code: Mapped[Code | None]
    since: Mapped[Now]
    """Who joins has nothing to do in windows that began before."""


class PatrolDue(Base):
    """One time that a plan is to be done (巡查任务), by one mover, or by all of `movers` together."""

    __tablename__ = "patrol_due"
    __table_args__ = (
        UniqueConstraint("plan_id", "mover_id", "starts_at", postgresql_nulls_not_distinct=True),
        Index("ix_patrol_due_movers", "movers", postgresql_using="gin"),
        Index("ix_patrol_due_open", "ends_at", postgresql_where=text("closed_at IS NULL")),
        CheckConstraint("ends_at > starts_at", name="window"),
    )

    id: Mapped[Key]
    plan_id: Mapped[int] = mapped_column(ForeignKey("patrol_plan.id", ondelete="CASCADE"))
    mover_id: Mapped[int | None] = mapped_column(ForeignKey("mover.id", ondelete="CASCADE"), index=True)
    """Null: it is done together."""
    movers: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    starts_at: Mapped[datetime] = mapped_column(index=True)
    ends_at: Mapped[datetime]
    edition: Mapped[int] = mapped_column(Integer)
    """Of the plan that it was made of."""
    rules: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """Of that edition."""
    closed_at: Mapped[datetime | None]
    """When the word on it was said for the first time after its end; late fixes may change it still."""
    tries: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    """How often it could not be judged."""
    try_at: Mapped[datetime | None]
    """Not before; each time that it could not be judged it waits longer."""


class PatrolPart(Base):
    """What the track of one mover on one day says of one target; see spatial.patrols.compliance.seen."""

    __tablename__ = "patrol_part"

    due_id: Mapped[int] = mapped_column(
        ForeignKey("patrol_due.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    target_id: Mapped[int] = mapped_column(
        ForeignKey("patrol_target.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )
    mover_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class PatrolResult(Base):
    """What became of a due patrol (巡查结果); see spatial.patrols.compliance.results."""

    __tablename__ = "patrol_result"
    __table_args__ = (
        CheckConstraint("word IN ('open', 'done', 'partly', 'missed', 'cannot_tell')", name="word"),
        Index("ix_patrol_result_not_graded", "due_id", postgresql_where=text("reason = 'not_graded'")),
    )

    due_id: Mapped[int] = mapped_column(
        ForeignKey("patrol_due.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    word: Mapped[str]
    reason: Mapped[str] = mapped_column(server_default=_NO_TEXT)
    ratio: Mapped[float] = mapped_column(DOUBLE_PRECISION)
    probability: Mapped[float] = mapped_column(DOUBLE_PRECISION)
    false_accusation_rate: Mapped[float | None] = mapped_column(DOUBLE_PRECISION)
    missed_rate: Mapped[float | None] = mapped_column(DOUBLE_PRECISION)
    figures: Mapped[dict[str, Any]] = mapped_column(JSONB)
    targets: Mapped[list[Any]] = mapped_column(JSONB)
    """The same of each target, in their order."""
    code: Mapped[int] = mapped_column(Integer)
    """Edition of the code that computed it."""
    computed_at: Mapped[Now]


class PatrolMissed(Base):
    """Where something of a target was missed (漏巡): points, pieces of lines, or cells."""

    __tablename__ = "patrol_missed"
    __table_args__ = (
        UniqueConstraint("due_id", "target_id"),
        Index("ix_patrol_missed_geom", "geom", postgresql_using="gist"),
    )

    id: Mapped[Key]
    due_id: Mapped[int] = mapped_column(ForeignKey("patrol_due.id", ondelete="CASCADE"))
    target_id: Mapped[int] = mapped_column(ForeignKey("patrol_target.id", ondelete="CASCADE"), index=True)
    word: Mapped[str]
    """Of the target."""
    geom: Mapped[Any] = mapped_column(shape("GEOMETRY"))


class PatrolRecord(Base):
    """What somebody on patrol found at a place, a component or a pipe (巡检记录); added, never changed."""

    __tablename__ = "patrol_record"
    __table_args__ = (
        CheckConstraint("num_nonnulls(place_id, component_id, link_id) = 1", name="thing"),
        CheckConstraint("result IN ('normal', 'abnormal', 'no_access')", name="result"),
        Index("ix_patrol_record_place_id", "place_id", "at"),
        Index("ix_patrol_record_component_id", "component_id", "at"),
        Index("ix_patrol_record_link_id", "link_id", "at"),
        Index("ix_patrol_record_mover_id", "mover_id", "at"),
    )

    id: Mapped[Key]
    place_id: Mapped[int | None] = mapped_column(ForeignKey("place.id", ondelete="CASCADE"))
    component_id: Mapped[int | None] = mapped_column(ForeignKey("component.id", ondelete="CASCADE"))
    link_id: Mapped[int | None] = mapped_column(ForeignKey("network_link.id", ondelete="CASCADE"))
    mover_id: Mapped[int | None] = mapped_column(ForeignKey("mover.id", ondelete="SET NULL"))
    result: Mapped[str]
    note: Mapped[str] = mapped_column(server_default=_NO_TEXT)
    stood: Mapped[Any | None] = mapped_column(shape("POINT"))
    """Where the inspector was; told to those who may know where people went."""
    distance_m: Mapped[float | None] = mapped_column(DOUBLE_PRECISION)
    at: Mapped[datetime]
    account_id: Mapped[int | None]
    username: Mapped[str]
    created_at: Mapped[Now]


class ScoreRule(Base):
    """How scores are added up (考核规则), as data."""

    __tablename__ = "score_rule"
    __table_args__ = (CheckConstraint("name ~ '^[a-z][a-z0-9_]{0,39}$'", name="name"),)

    name: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    title_en: Mapped[str] = mapped_column(server_default=_NO_TEXT)
    parts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """Part (compliance, attendance, mileage, hours, records) → {weight, full_at}."""
    words: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """What each word on a patrol counts: a number, "ratio" or "probability", or null: it is left out."""
    changed_at: Mapped[Now]
