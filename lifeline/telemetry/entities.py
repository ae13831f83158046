"""The entity sets of SensorThings 1.1 as data: what each shows, where it is kept, and its neighbours."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import LiteralString


@dataclass(frozen=True)
class Property:
    """What an entity shows; `sql` is written over the alias {t}. kind: text number time json geometry any."""

    kind: str
    sql: LiteralString
    shown: LiteralString | None = None
    """How JSON shows it, where that is not to_json of `sql`."""


@dataclass(frozen=True)
class Link:
    """The way to neighbours: their set, whether there are many, and the condition over {here} and {there}."""

    target: str
    many: bool
    joins: LiteralString


@dataclass(frozen=True)
class EntitySet:
    """One set: its table, how one is addressed (expressions of the key), and what it shows."""

    name: str
    table: LiteralString
    properties: dict[str, Property]
    links: dict[str, Link]
    keys: tuple[LiteralString, ...] = ("{t}.id",)
    id_text: LiteralString = "{t}.id::text"
    id_json: LiteralString = "{t}.id"
    required: frozenset[str] = field(default_factory=frozenset)


def _text(column: LiteralString) -> Property:
    return Property("text", column)


def _json(column: LiteralString) -> Property:
    return Property("json", column)


NAMED = {"name": _text("{t}.name"), "description": _text("{t}.description")}
ATTRIBUTES = {"properties": _json("{t}.properties")}
_SHAPE = Property("geometry", "{t}.geom", "{t}.shape")
_ENCODING = {"encodingType": _text("{t}.encoding_type")}
_AREA = "CASE WHEN {t}.observed_area IS NOT NULL THEN ST_AsGeoJSON({t}.observed_area, 9)::jsonb END"
_PERIOD = (
    "CASE WHEN {t}.phenomenon_end IS NULL THEN to_json({t}.phenomenon_time)"
    " ELSE to_json((to_json({t}.phenomenon_time) #>> '{{}}') || '/' ||"
    " (to_json({t}.phenomenon_end) #>> '{{}}')) END"
)
_VALID = (
    "CASE WHEN {t}.valid_from IS NOT NULL THEN"
    " to_json((to_json({t}.valid_from) #>> '{{}}') || '/' || (to_json({t}.valid_until) #>> '{{}}')) END"
)
_NUMBER_OR_ELSE = "CASE WHEN {t}.result IS NULL THEN {t}.result_other::json ELSE to_json({t}.result) END"

SETS: dict[str, EntitySet] = {
    "Things": EntitySet(
        "Things", "thing", NAMED | ATTRIBUTES,
        {
            "Datastreams": Link("Datastreams", True, "{there}.thing_id = {here}.id"),
            "Locations": Link("Locations", True, "{there}.id = ANY ({here}.location_ids)"),
            "HistoricalLocations": Link("HistoricalLocations", True, "{there}.thing_id = {here}.id"),
        },
        required=frozenset({"name"}),
    ),
    "Locations": EntitySet(
        "Locations", "location", NAMED | _ENCODING | {"location": _SHAPE} | ATTRIBUTES,
        {
            "Things": Link("Things", True, "{there}.location_ids @> ARRAY[{here}.id]"),
            "HistoricalLocations": Link(
                "HistoricalLocations", True, "{there}.location_ids @> ARRAY[{here}.id]"
            ),
        },
        required=frozenset({"name", "location"}),
    ),
    "HistoricalLocations": EntitySet(
        "HistoricalLocations", "historical_location", {"time": Property("time", "{t}.time")},
        {
            "Thing": Link("Things", False, "{there}.id = {here}.thing_id"),
            "Locations": Link("Locations", True, "{there}.id = ANY ({here}.location_ids)"),
        },
    ),
    "Sensors": EntitySet(
        "Sensors", "sensor", NAMED | _ENCODING | {"metadata": _json("{t}.metadata")} | ATTRIBUTES,
        {"Datastreams": Link("Datastreams", True, "{there}.sensor_id = {here}.id")},
        required=frozenset({"name"}),
    ),
    "ObservedProperties": EntitySet(
        "ObservedProperties", "observed_property",
        {"name": NAMED["name"], "definition": _text("{t}.definition"), "description": NAMED["description"]}
        | ATTRIBUTES,
        {"Datastreams": Link("Datastreams", True, "{there}.observed_property_id = {here}.id")},
        required=frozenset({"name", "definition"}),
    ),
    "Datastreams": EntitySet(
        "Datastreams", "datastream",
        NAMED
        | {
            "observationType": _text("{t}.observation_type"),
            "unitOfMeasurement": _json("{t}.unit"),
            "observedArea": Property("geometry", "{t}.observed_area", _AREA),
        }
        | ATTRIBUTES,
        {
            "Thing": Link("Things", False, "{there}.id = {here}.thing_id"),
            "Sensor": Link("Sensors", False, "{there}.id = {here}.sensor_id"),
            "ObservedProperty": Link("ObservedProperties", False, "{there}.id = {here}.observed_property_id"),
            "Observations": Link("Observations", True, "{there}.datastream_id = {here}.id"),
        },
        required=frozenset({"name", "unitOfMeasurement"}),
    ),
    "FeaturesOfInterest": EntitySet(
        "FeaturesOfInterest", "feature_of_interest", NAMED | _ENCODING | {"feature": _SHAPE} | ATTRIBUTES,
        {"Observations": Link("Observations", True, "{there}.feature_id = {here}.id")},
        required=frozenset({"name", "feature"}),
    ),
    "Observations": EntitySet(
        "Observations", "observation",
        {
            "phenomenonTime": Property("time", "{t}.phenomenon_time", _PERIOD),
            "resultTime": Property("time", "{t}.result_time"),
            "result": Property("any", "{t}.result", _NUMBER_OR_ELSE),
            "resultQuality": _json("{t}.result_quality"),
            "validTime": Property("time", "{t}.valid_from", _VALID),
            "parameters": _json("{t}.parameters"),
        },
        {
            "Datastream": Link("Datastreams", False, "{there}.id = {here}.datastream_id"),
            "FeatureOfInterest": Link("FeaturesOfInterest", False, "{there}.id = {here}.feature_id"),
        },
        keys=("{t}.datastream_id", "{t}.phenomenon_time"),
        id_text=(
            "'''' || {t}.datastream_id || '-' ||"
            " (extract(epoch FROM {t}.phenomenon_time) * 1000000)::bigint || ''''"
        ),
        id_json=(
            "{t}.datastream_id || '-' || (extract(epoch FROM {t}.phenomenon_time) * 1000000)::bigint"
        ),
        required=frozenset({"result"}),
    ),
}  # fmt: skip
"""By name, as addresses have them."""
