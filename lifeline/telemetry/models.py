"""Tables of telemetry after OGC SensorThings 1.1: what measures, what is measured, values by months."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Float, ForeignKey, Index, Text, text
from sqlalchemy import UniqueConstraint as Unique
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from spatial.database.base import Attributes, Base, Key
from spatial.database.base import shape as geometry

Ids = Annotated[list[int], mapped_column(ARRAY(BigInteger), server_default=text("'{}'"))]
Plain = Annotated[str, mapped_column(Text, server_default=text("''"))]
Number = Annotated[float, mapped_column(Float(53))]
Json = Annotated[Any, mapped_column(JSONB)]


class _Named:
    """What all but places of the past and values have."""

    id: Mapped[Key]
    name: Mapped[str]
    description: Mapped[Plain]
    properties: Mapped[Attributes]
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    """Whose it is: the utility that runs it."""


class Location(_Named, Base):
    """A place where things are."""

    __tablename__ = "location"
    __table_args__ = (Index("ix_location_geom", "geom", postgresql_using="gist"),)

    encoding_type: Mapped[str]
    shape: Mapped[Json]
    """As it was sent."""
    geom: Mapped[Any] = mapped_column(geometry("GEOMETRY"), nullable=False)


class Thing(_Named, Base):
    """A station or device (监测设备) that measures."""

    __tablename__ = "thing"
    __table_args__ = (Index("ix_thing_location_ids", "location_ids", postgresql_using="gin"),)

    location_ids: Mapped[Ids]


class HistoricalLocation(Base):
    """Where a thing came to be at a time; kept by the database as things move."""

    __tablename__ = "historical_location"
    __table_args__ = (
        Index("ix_historical_location_thing_id", "thing_id", "time"),
        Index("ix_historical_location_location_ids", "location_ids", postgresql_using="gin"),
    )

    id: Mapped[Key]
    thing_id: Mapped[int] = mapped_column(ForeignKey("thing.id", ondelete="CASCADE"))
    time: Mapped[datetime]
    location_ids: Mapped[Ids]


class Sensor(_Named, Base):
    """How something is measured: a make of instrument."""

    __tablename__ = "sensor"

    encoding_type: Mapped[Plain]
    metadata_: Mapped[Any | None] = mapped_column("metadata", JSONB)


class ObservedProperty(_Named, Base):
    """What is measured: pressure, flow, methane."""

    __tablename__ = "observed_property"

    definition: Mapped[str]


class FeatureOfInterest(_Named, Base):
    """What a value is of: a pipe, a chamber, a part of a bridge."""

    __tablename__ = "feature_of_interest"
    __table_args__ = (
        Unique("location_id"),
        Index("ix_feature_of_interest_geom", "geom", postgresql_using="gist"),
    )

    encoding_type: Mapped[str]
    shape: Mapped[Json]
    geom: Mapped[Any] = mapped_column(geometry("GEOMETRY"), nullable=False)
    location_id: Mapped[int | None] = mapped_column(ForeignKey("location.id", ondelete="SET NULL"))
    """It was made of this location, for values that named none."""


class Datastream(_Named, Base):
    """One channel (监测通道): values of one property by one sensor of one thing, in one unit."""

    __tablename__ = "datastream"
    __table_args__ = (Index("ix_datastream_network_id", "network_id", "feature_code"),)

    thing_id: Mapped[int] = mapped_column(ForeignKey("thing.id", ondelete="CASCADE"), index=True)
    sensor_id: Mapped[int] = mapped_column(ForeignKey("sensor.id", ondelete="CASCADE"), index=True)
    observed_property_id: Mapped[int] = mapped_column(
        ForeignKey("observed_property.id", ondelete="CASCADE"), index=True
    )
    observation_type: Mapped[Plain]
    unit: Mapped[Json]
    """{name, symbol, definition}; the symbol is one of lifeline.alarms.units."""
    observed_area: Mapped[Any | None] = mapped_column(geometry("GEOMETRY"))
    expected_s: Mapped[Number | None]
    """Seconds from value to value."""
    range_from: Mapped[Number | None]
    range_until: Mapped[Number | None]
    """Between which the instrument measures, in its unit."""
    network_id: Mapped[int | None] = mapped_column(ForeignKey("network.id", ondelete="SET NULL"))
    feature_code: Mapped[str | None]
    """Code of the node, link or device of the network that it is about."""
    feature_id: Mapped[int | None] = mapped_column(
        ForeignKey("feature_of_interest.id", ondelete="SET NULL"), index=True
    )
    """What values are of that name nothing."""


class _Value:
    """The columns of a value. Exactly one of result and result_other is there."""

    phenomenon_end: Mapped[datetime | None]
    result: Mapped[Number | None]
    result_other: Mapped[Any | None] = mapped_column(JSONB)
    """What is no number: a text, a truth value, an object, null."""
    result_time: Mapped[datetime | None]
    result_quality: Mapped[Any | None] = mapped_column(JSONB)
    valid_from: Mapped[datetime | None]
    valid_until: Mapped[datetime | None]
    parameters: Mapped[Any | None] = mapped_column(JSONB)
    feature_id: Mapped[int | None]


class Observation(_Value, Base):
    """One value (监测值), by months of its own time; named by its datastream and time."""

    __tablename__ = "observation"
    __table_args__ = (
        CheckConstraint("num_nonnulls(result, result_other) = 1", name="result"),
        Index(None, "phenomenon_time", postgresql_using="brin"),
        Index(None, "feature_id", postgresql_using="brin"),
        {"postgresql_partition_by": "RANGE (phenomenon_time)"},
    )

    datastream_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    phenomenon_time: Mapped[datetime] = mapped_column(primary_key=True)


class LatestObservation(_Value, Base):
    """The newest value of each datastream by its own time; written by the database alone."""

    __tablename__ = "latest_observation"

    datastream_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    phenomenon_time: Mapped[datetime]
    first_time: Mapped[datetime]
    """Of the oldest value: whether there are more is known without looking for them."""
