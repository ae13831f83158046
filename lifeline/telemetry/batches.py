"""Takes `CreateObservations`: rows of values by datastream (dataArray, OGC 18-088 §11)."""

from __future__ import annotations

from typing import Any

from lifeline.telemetry.writing import MOST_ENTITIES, listed
from spatial.errors import InvalidInput

MOST_VALUES = 50_000
_KNOWN = (
    "phenomenonTime", "resultTime", "result", "resultQuality", "validTime", "parameters",
    "FeatureOfInterest/id",
)  # fmt: skip


def read_rows(body: Any) -> list[dict[str, Any]]:
    """Read a body into observations in the order sent; InvalidInput for one that has no such form."""
    if not isinstance(body, list) or len(body) > MOST_ENTITIES:
        raise InvalidInput.at("body", f"must be a list of {MOST_ENTITIES} datastreams at most")
    rows: list[dict[str, Any]] = []
    for number, group in enumerate(body):
        where = f"[{number}]"
        if not isinstance(group, dict):
            raise InvalidInput.at(where, "must be {Datastream, components, dataArray}")
        names = _components(group.get("components"), where)
        data = group.get("dataArray")
        if not isinstance(data, list) or len(rows) + len(data) > MOST_VALUES:
            raise InvalidInput.at(
                f"{where}.dataArray", f"must be a list; {MOST_VALUES} values at most at once"
            )
        for place, values in enumerate(data):
            if not isinstance(values, list) or len(values) != len(names):
                raise InvalidInput.at(f"{where}.dataArray[{place}]", f"must have {len(names)} values")
            rows.append(_row(names, values, group.get("Datastream")))
    return rows


def _components(names: Any, where: str) -> list[str]:
    found = listed(names, f"{where}.components")
    for name in found:
        if name not in _KNOWN:
            raise InvalidInput.at(f"{where}.components", f"{str(name)[:40]} is none of {', '.join(_KNOWN)}")
    if "result" not in found or len(set(found)) != len(found):
        raise InvalidInput.at(f"{where}.components", "must hold result, and each name once")
    return found


def _row(names: list[str], values: list[Any], datastream: Any) -> dict[str, Any]:
    row = dict(zip(names, values, strict=True))
    feature = row.pop("FeatureOfInterest/id", None)
    if feature is not None:
        row["FeatureOfInterest"] = {"@iot.id": feature}
    return row | {"Datastream": datastream}
