"""Tables of alarms: rules and their editions, conditions, occurrences and their steps, values that wait."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Float, ForeignKey, Index, SmallInteger, Text, text
from sqlalchemy import UniqueConstraint as Unique
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from lifeline.alarms.states import Phase
from spatial.database.base import Attributes, Base, Key, Now

Ids = Annotated[list[int], mapped_column(ARRAY(BigInteger), server_default=text("'{}'"))]
Plain = Annotated[str, mapped_column(Text, server_default=text("''"))]
Number = Annotated[float, mapped_column(Float(53))]
Small = Annotated[int, mapped_column(SmallInteger)]
First = Annotated[int, mapped_column(server_default=text("1"))]
Noted = Annotated[datetime, mapped_column(server_default=text("clock_timestamp()"))]
RuleKey = Annotated[int, mapped_column(ForeignKey("alarm_rule.id", ondelete="CASCADE"))]
DatastreamKey = Annotated[int, mapped_column(ForeignKey("datastream.id", ondelete="CASCADE"), index=True)]


class AlarmRule(Base):
    """When there is an alarm, of which channels, and on whose authority."""

    __tablename__ = "alarm_rule"
    __table_args__ = (
        CheckConstraint(r"legal_basis ~ '\S'", name="legal_basis"),
        CheckConstraint("transport_s >= 0", name="transport_s"),
    )

    id: Mapped[Key]
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    name: Mapped[str]
    enabled: Mapped[bool] = mapped_column(server_default=text("true"))
    legal_basis: Mapped[str]
    """The standard or decision that the thresholds come from."""
    rule: Mapped[Any] = mapped_column(JSONB)
    """As `lifeline.alarms.text` writes it, without code and basis."""
    datastream_ids: Mapped[Ids]
    observed_property: Mapped[str | None]
    network_id: Mapped[int | None] = mapped_column(ForeignKey("network.id", ondelete="CASCADE"), index=True)
    transport_s: Mapped[Number] = mapped_column(server_default=text("60"))
    """How long values take to come: so long no conclusion is drawn from what has not come."""
    edition: Mapped[First]
    must_match: Mapped[bool] = mapped_column(server_default=text("true"))
    """Changed since its conditions were made."""
    created_at: Mapped[Now]
    created_by: Mapped[str]
    changed_at: Mapped[Now]
    changed_by: Mapped[str]


class AlarmRuleEdition(Base):
    """A rule as it was; the platform keeps each."""

    __tablename__ = "alarm_rule_edition"

    rule_id: Mapped[RuleKey] = mapped_column(primary_key=True)
    edition: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str]
    legal_basis: Mapped[str]
    rule: Mapped[Any] = mapped_column(JSONB)
    at: Mapped[Now]
    username: Mapped[str]


class AlarmState(Base):
    """One condition: a rule over the channel that it is of."""

    __tablename__ = "alarm_state"
    __table_args__ = (Unique("rule_id", "datastream_id"),)

    id: Mapped[Key]
    rule_id: Mapped[RuleKey]
    rule_edition: Mapped[int]
    """By which the state is to be read."""
    datastream_id: Mapped[DatastreamKey]
    state: Mapped[str]
    """As `lifeline.alarms.text.freeze` writes it."""
    wake_at: Mapped[datetime | None] = mapped_column(index=True)
    """When it moves without a value."""
    refused: Mapped[Attributes]
    """How many values were not taken, by the reason."""
    began_at: Mapped[datetime]


class AlarmSensor(Base):
    """Which channels speak for a condition; for which of its inputs, says its rule."""

    __tablename__ = "alarm_sensor"

    state_id: Mapped[int] = mapped_column(ForeignKey("alarm_state.id", ondelete="CASCADE"), primary_key=True)
    datastream_id: Mapped[int] = mapped_column(
        ForeignKey("datastream.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class AlarmFeed(Base):
    """A value that came and has not been looked at; taken out with what came of it."""

    __tablename__ = "alarm_feed"

    id: Mapped[Key]
    datastream_id: Mapped[int]
    at: Mapped[datetime]
    arrived_at: Mapped[Noted]
    value: Mapped[Number]


class Alarm(Base):
    """One occurrence of a condition (报警)."""

    __tablename__ = "alarm"
    __table_args__ = (
        Unique("state_id", "occurrence"),
        CheckConstraint("level BETWEEN 1 AND 4 AND highest_level BETWEEN 1 AND level", name="level"),
        CheckConstraint(f"state IN ({', '.join(repr(phase.name.lower()) for phase in Phase)})", name="state"),
        Index(None, "level", "raised_at", "id"),
        Index("ix_alarm_open", "level", "raised_at", "id", postgresql_where=text("closed_at IS NULL")),
    )

    id: Mapped[Key]
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    state_id: Mapped[int | None] = mapped_column(ForeignKey("alarm_state.id", ondelete="SET NULL"))
    occurrence: Mapped[int]
    rule_id: Mapped[int | None] = mapped_column(ForeignKey("alarm_rule.id", ondelete="SET NULL"), index=True)
    rule_edition: Mapped[int]
    rule_name: Mapped[str]
    legal_basis: Mapped[str]
    """As they were when it was raised."""
    is_technical: Mapped[bool]
    """It is about the sensor, and not about what is measured."""
    datastream_id: Mapped[int | None] = mapped_column(
        ForeignKey("datastream.id", ondelete="SET NULL"), index=True
    )
    thing_id: Mapped[int | None] = mapped_column(ForeignKey("thing.id", ondelete="SET NULL"), index=True)
    network_id: Mapped[int | None] = mapped_column(ForeignKey("network.id", ondelete="SET NULL"), index=True)
    feature_code: Mapped[str | None]
    state: Mapped[str]
    """A `lifeline.alarms.states.Phase`, in small letters."""
    level: Mapped[Small]
    """1 (red, 一级) to 4 (blue, 四级): now, or when it was gone."""
    highest_level: Mapped[Small]
    value: Mapped[Number | None]
    """What was measured when it came to this level, in the unit of the rule."""
    reason: Mapped[Plain]
    raised_at: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[str | None]
    returned_at: Mapped[datetime | None]
    shelved_until: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    edition: Mapped[First]


class AlarmTransition(Base):
    """One step of an alarm: added, never changed."""

    __tablename__ = "alarm_transition"

    id: Mapped[Key]
    alarm_id: Mapped[int] = mapped_column(ForeignKey("alarm.id"), index=True)
    at: Mapped[datetime]
    """When it was so."""
    noted_at: Mapped[Noted]
    """When it was found out, or when somebody did it."""
    event: Mapped[str]
    """A `lifeline.alarms.states.Event` in small letters, rule_changed or withdrawn."""
    before: Mapped[str]
    after: Mapped[str]
    level: Mapped[Small | None]
    value: Mapped[Number | None]
    username: Mapped[Plain]
    reason: Mapped[Plain]
