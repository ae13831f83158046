"""The catalogue: layers, their files and services, grants, exports."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from spatial.rights.rules import DISTRICT_ADMINISTRATOR
from tests.api.leaks.alike import like_nothing, number_of
from tests.api.leaks.eyes import Eyes


def exports(eyes: Eyes) -> None:
    eyes.expect("foreign exports", eyes.get("/api/exports"), {"exports": []})


def foreign_export(method: str, path: str) -> Callable[[Eyes], None]:
    def probe(eyes: Eyes) -> None:
        for row in eyes.rows["export"]:
            like_nothing(eyes, path, row["id"], eyes.sees("export", row), method)

    return probe


def grants(eyes: Eyes) -> None:
    for row in eyes.rows["layer"]:
        like_nothing(eyes, "/api/layers/{}/grants", row["name"], eyes.reader.role == DISTRICT_ADMINISTRATOR)


def of_layer(method: str, path: str, sent: Any = None) -> Callable[[Eyes], None]:
    """A layer that may not be seen answers like none, whatever is tried."""

    def probe(eyes: Eyes) -> None:
        for row in eyes.rows["layer"]:
            sees = eyes.sees("layer", row)
            if method == "GET" or not sees:
                like_nothing(eyes, path, row["name"], sees, method, **({"json": sent} if sent else {}))

    return probe


def replacement(eyes: Eyes) -> None:
    """Whoever may not publish hears that; the others, of a layer that they do not see, nothing."""
    of_layer("PUT", "/api/layers/{}/file?filename=x", {"x": 1})(eyes)


def foreign_import(eyes: Eyes) -> None:
    for row in eyes.rows["import"]:
        like_nothing(eyes, "/api/imports/{}", row["id"], row["account_id"] == number_of(eyes))


def foreign_service(eyes: Eyes) -> None:
    for row in eyes.rows["external_source"]:
        like_nothing(eyes, "/api/external/{}", row["id"], eyes.sees("external_source", row))


def service_of_layer(eyes: Eyes) -> None:
    """How a service does is for whoever sees the layer; where it is, for administrators and its registrar."""
    for row in eyes.rows["external_source"]:
        layer = next(each for each in eyes.rows["layer"] if each["name"] == row["layer"])
        like_nothing(eyes, "/api/layers/{}/external", row["layer"], eyes.sees("layer", layer))
        if eyes.sees("layer", layer):
            told = eyes.get(f"/api/layers/{row['layer']}/external")["source"]
            eyes.expect("the address of a service", told is not None, eyes.sees("external_source", row))


def change_of_service(method: str, path: str) -> Callable[[Eyes], None]:
    """A service is changed by whoever may change its layer; a layer that is not seen answers like none."""

    def probe(eyes: Eyes) -> None:
        body = {"json": {"every_minutes": 60}} if method == "PATCH" else {}
        for row in eyes.rows["external_source"]:
            layer = next(each for each in eyes.rows["layer"] if each["name"] == row["layer"])
            if not eyes.sees("layer", layer):
                like_nothing(eyes, path, row["layer"], False, method, **body)

    return probe
