"""Tables of city components: classes, codes, repairs, what was taken away, counts and surveys."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Date,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Numeric,
    SmallInteger,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import BigInteger

from spatial.database.base import Attributes, Base, Code, Generated, Key, Now, shape

_ACCOUNT = text("(NULLIF(current_setting('citygrid.account'::text, true), ''::text))::bigint")


class ComponentProfile(Base):
    """A standard, or a city's own way, of numbering components: the form of its codes and its states."""

    __tablename__ = "component_profile"
    __table_args__ = (
        CheckConstraint(r"form ~ '^[1-9](\+[1-9]){3}$'", name="form"),
        Index("uq_component_profile_default", "is_default", unique=True, postgresql_where=text("is_default")),
    )

    name: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    title_en: Mapped[str]
    standard: Mapped[str]
    form: Mapped[str]
    """Digits of county, class, kind and sequence: 6+2+3+6."""
    states: Mapped[list[dict[str, str]]] = mapped_column(JSONB, server_default=text("'[]'"))
    """[{key, title, title_en}]: the states that its components may be in."""
    in_force_from: Mapped[date | None] = mapped_column(Date)
    in_force_until: Mapped[date | None] = mapped_column(Date)
    replaced_by: Mapped[str | None] = mapped_column(ForeignKey("component_profile.name"))
    source: Mapped[str]
    """Where its tables were taken from, and how sure that is."""
    is_default: Mapped[bool] = mapped_column(server_default=text("false"))
    """The one whose classes `component_class` holds and that codes are issued by unless told."""


class ComponentClass(Base):
    """A kind of component (部件小类) of a standard; default GB/T 47678.5-2026, table A.1."""

    __tablename__ = "component_class"

    code: Mapped[str] = mapped_column(primary_key=True)
    """2 digits of class and 3 of kind."""
    name: Mapped[str]
    class_code: Mapped[str]
    class_name: Mapped[str]
    standard: Mapped[str]
    name_en: Mapped[str | None]
    fields: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    """JSON schema of the attributes that components of this kind have beside the common ones."""


class ComponentProfileClass(Base):
    """A kind of component of another profile than the default one."""

    __tablename__ = "component_profile_class"

    profile: Mapped[str] = mapped_column(
        ForeignKey("component_profile.name", ondelete="CASCADE"), primary_key=True
    )
    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    class_code: Mapped[str]
    class_name: Mapped[str]


class ComponentMapping(Base):
    """Which kind of ours a kind of another profile may be, how sure that is, and why."""

    __tablename__ = "component_mapping"
    __table_args__ = (
        ForeignKeyConstraint(
            ["profile", "code"],
            ["component_profile_class.profile", "component_profile_class.code"],
            ondelete="CASCADE",
        ),
        CheckConstraint("score BETWEEN 0 AND 1", name="score"),
        Index("uq_component_mapping_chosen", "profile", "code", unique=True, postgresql_where=text("chosen")),
    )

    profile: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    to_class: Mapped[str] = mapped_column(ForeignKey("component_class.code"), primary_key=True, index=True)
    score: Mapped[float] = mapped_column(Double)
    """0 to 1."""
    evidence: Mapped[str]
    chosen: Mapped[bool] = mapped_column(server_default=text("false"))
    """The one that is used; None of them: a person has to decide."""


class ComponentMatter(Base):
    """Which components an event of some matter is about."""

    __tablename__ = "component_matter"

    matter: Mapped[str] = mapped_column(ForeignKey("matter.code"), primary_key=True)
    class_code: Mapped[str] = mapped_column(ForeignKey("component_class.code"), primary_key=True)
    score: Mapped[float] = mapped_column(Double)
    evidence: Mapped[str]


class Component(Base):
    """One city component (部件) with the 17-digit code 6 county + 2 class + 3 kind + 6 sequence."""

    __tablename__ = "component"
    __table_args__ = (Index("ix_component_geom", "geom", postgresql_using="gist"),)

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(unique=True)
    class_code: Mapped[str] = mapped_column(index=True)
    """Held to component_class, as the profile to component_profile, by triggers: a statement at a time."""
    name: Mapped[str]
    state: Mapped[str]
    """One of its profile: intact 完好, damaged 破损, missing 丢失, occupied 占用, abandoned 废弃 …"""
    owner: Mapped[str | None]
    """权属单位."""
    upkeep: Mapped[str | None]
    """养护单位."""
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    """The upkeep unit (养护单位) where it is one of ours."""
    unit_code: Mapped[Code | None] = mapped_column(index=True)
    """The base unit of coverage `grids` that the point lies in now; restamped with every version."""
    installed_on: Mapped[date | None] = mapped_column(Date)
    """初始日期."""
    geom: Mapped[Any] = mapped_column(shape("POINT"))
    source: Mapped[str]
    generated: Mapped[Generated]
    attributes: Mapped[Attributes]
    """What its class has beside the common attributes; see ComponentClass.fields."""
    profile: Mapped[str] = mapped_column(server_default=text("'gbt47678_5_2026'"))
    """Whose form the code has; the class is always one of the default profile."""
    manager: Mapped[str | None]
    """主管部门."""
    manager_code: Mapped[str | None]
    """统一社会信用代码, 18 characters; so the two below."""
    owner_code: Mapped[str | None]
    upkeep_code: Mapped[str | None]
    surveyed_on: Mapped[date | None] = mapped_column(Date)
    """When a survey last brought or changed it."""
    changed_on: Mapped[date | None] = mapped_column(Date)
    """变更日期."""
    note: Mapped[str | None]
    """备注."""


class ComponentSequence(Base):
    """The last number that was issued for a county and class; what people type moves nothing."""

    __tablename__ = "component_sequence"

    prefix: Mapped[Code] = mapped_column(primary_key=True)
    last: Mapped[int] = mapped_column(Integer)


class ComponentAlias(Base):
    """A code that a component had before, in whatever profile."""

    __tablename__ = "component_alias"

    code: Mapped[Code] = mapped_column(primary_key=True)
    component_id: Mapped[int] = mapped_column(BigInteger, index=True)
    profile: Mapped[str] = mapped_column(ForeignKey("component_profile.name"))
    at: Mapped[Now]


class ComponentRepair(Base):
    """A repair (维修) of a component. Count and last day are asked of these rows, and written nowhere."""

    __tablename__ = "component_repair"
    __table_args__ = (
        CheckConstraint("cost_yuan >= 0", name="cost"),
        Index(None, "component_id", "repaired_at"),
    )

    id: Mapped[Key]
    component_id: Mapped[int] = mapped_column(BigInteger)
    """Of a component that stands, or stood."""
    repaired_at: Mapped[datetime]
    what: Mapped[str]
    by_whom: Mapped[str | None]
    cost_yuan: Mapped[Decimal | None] = mapped_column(Numeric(14, 2))
    event_id: Mapped[int | None] = mapped_column(ForeignKey("event.id", ondelete="SET NULL"), index=True)
    account_id: Mapped[int | None] = mapped_column(
        ForeignKey("account.id", ondelete="SET NULL"), server_default=_ACCOUNT
    )
    recorded_at: Mapped[Now]


class ComponentRetired(Base):
    """A component that was taken away, as it was; its repairs stay where they are."""

    __tablename__ = "component_retired"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """Its identifier when it stood."""
    code: Mapped[str] = mapped_column(unique=True)
    class_code: Mapped[str]
    unit_code: Mapped[Code | None] = mapped_column(index=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id", ondelete="SET NULL"))
    was: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """Its whole row."""
    events: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), server_default=text("'{}'"))
    """Events that named it."""
    geom: Mapped[Any] = mapped_column(shape("POINT"))
    reason: Mapped[str | None]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    retired_at: Mapped[Now]


class ComponentCount(Base):
    """How many components were added in an hour, by grid, class and state; rows add up to what stands."""

    __tablename__ = "component_count"
    __table_args__ = (Index(None, "class_code", "unit_code"),)

    id: Mapped[Key]
    unit_code: Mapped[Code | None] = mapped_column(index=True)
    organisation_id: Mapped[int | None]
    class_code: Mapped[str]
    state: Mapped[str]
    hour: Mapped[datetime] = mapped_column(index=True)
    components: Mapped[int]
    """Below zero for what was taken away."""


class ComponentSurvey(Base):
    """A file of surveyed components (普查) that is compared with ours, and applied unless it is a dry run."""

    __tablename__ = "component_survey"
    __table_args__ = (
        CheckConstraint("state IN ('queued', 'running', 'done', 'refused', 'failed')", name="state"),
        Index(None, "state", postgresql_where=text("state IN ('queued', 'running')")),
    )

    id: Mapped[Key]
    account_id: Mapped[int | None] = mapped_column(
        ForeignKey("account.id", ondelete="SET NULL"), server_default=_ACCOUNT
    )
    username: Mapped[str]
    file: Mapped[str | None]
    """Where the file waits below <home>/uploads; it goes when the work has ended."""
    filename: Mapped[str]
    sha256: Mapped[str | None]
    options: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    dry_run: Mapped[bool] = mapped_column(server_default=text("true"))
    state: Mapped[str] = mapped_column(server_default=text("'queued'"))
    progress: Mapped[float] = mapped_column(Double, server_default=text("0"))
    """0 to 1."""
    tries: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    counts: Mapped[dict[str, int]] = mapped_column(JSONB, server_default=text("'{}'"))
    """Rows by verdict: new, changed, unchanged, missing, rejected."""
    problems: Mapped[list[dict[str, str]]] = mapped_column(JSONB, server_default=text("'[]'"))
    asked_at: Mapped[Now]
    ended_at: Mapped[datetime | None]


class ComponentSurveyRow(Base):
    """What a survey did with a row of its file, or with a component that it did not find."""

    __tablename__ = "component_survey_row"
    __table_args__ = (
        CheckConstraint("verdict IN ('new', 'changed', 'missing', 'rejected', 'noted')", name="verdict"),
        Index(None, "survey_id", "verdict", "nr"),
    )

    survey_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """Held to component_survey by triggers, a statement at a time."""
    nr: Mapped[int] = mapped_column(Integer, primary_key=True)
    verdict: Mapped[str] = mapped_column(Text)
    row_number: Mapped[int | None] = mapped_column(Integer)
    """Of the file, the first is 1."""
    component_id: Mapped[int | None] = mapped_column(BigInteger)
    code: Mapped[str | None]
    class_code: Mapped[str | None]
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    """changed: {attribute: [before, after]}; rejected and noted: {reasons: [...]}."""
