"""Telemetry: the own entities of every set, by whatever way; a foreign one answers like none."""

from __future__ import annotations

from collections.abc import Callable

from tests.api.leaks.alike import like_nothing
from tests.api.leaks.eyes import Eyes

ROOT = "/sensorthings/v1.1"
SETS = {
    "Things": "thing",
    "Locations": "location",
    "HistoricalLocations": "historical_location",
    "Sensors": "sensor",
    "ObservedProperties": "observed_property",
    "Datastreams": "datastream",
    "FeaturesOfInterest": "feature_of_interest",
}


def sets(eyes: Eyes) -> None:
    """Each set holds the own ones, and counts no others."""
    for name, table in SETS.items():
        wanted = {row["id"] for row in eyes.rows[table] if eyes.sees(table, row)}
        found = eyes.get(f"{ROOT}/{name}?$top=1000&$count=true")
        eyes.expect(name, {str(each["@iot.id"]) for each in found["value"]}, wanted)
        eyes.expect(f"count of {name}", found["@iot.count"], len(wanted))
        for row in eyes.rows[table]:
            like_nothing(eyes, f"{ROOT}/{name}({{}})", row["id"], eyes.sees(table, row))
            if not eyes.sees(table, row):
                for method, sent in (("PATCH", {"json": {"description": "x"}}), ("DELETE", {})):
                    like_nothing(eyes, f"{ROOT}/{name}({{}})", row["id"], False, method, **sent)


def values(eyes: Eyes) -> None:
    """Observations and newest values are of own datastreams alone, also through neighbours and filters."""
    wanted = {row["datastream_id"] for row in eyes.rows["observation"] if eyes.sees("observation", row)}
    found = eyes.get(f"{ROOT}/Observations?$top=1000&$expand=Datastream($select=id)")["value"]
    eyes.expect("observations", {str(each["Datastream"]["@iot.id"]) for each in found}, wanted)
    newest = "Datastreams?$top=1000&$expand=Observations($orderby=phenomenonTime desc;$top=1),Thing"
    own = {str(each["@iot.id"]) for each in eyes.get(f"{ROOT}/{newest}")["value"] if each["Observations"]}
    eyes.expect("newest values", own, wanted)
    ask = "Sensors?$count=true&$top=0&$filter=Datastreams/Observations/result gt 0"
    sensors = {row["id"] for row in eyes.rows["sensor"] if eyes.sees("sensor", row)}
    eyes.expect("sensors with values", eyes.get(f"{ROOT}/{ask}")["@iot.count"], len(sensors))
    for row in eyes.rows["datastream"]:
        sees = eyes.sees("datastream", row)
        for name in ("Observations", "Thing", "Sensor"):
            like_nothing(eyes, f"{ROOT}/Datastreams({{}})/{name}", row["id"], sees)
        if not sees:
            like_nothing(
                eyes, f"{ROOT}/Datastreams({{}})/Observations", row["id"], False, "POST", json={"result": 1}
            )


def under(eyes: Eyes) -> None:
    """Everything below the root."""
    sets(eyes)
    values(eyes)


SENSORTHINGS: dict[str, Callable[[Eyes], None]] = {f"{ROOT}/": under}
