"""Devices and movers: of people whom one sees, and with nobody's hands around them that one does not."""

from __future__ import annotations

from collections.abc import Callable

from tests.api.leaks.alike import like_nothing, list_of, row_of
from tests.api.leaks.eyes import Eyes


def device(eyes: Eyes) -> None:
    """A foreign device answers like none; of an own one those carriers are named who may be seen."""
    for row in eyes.rows["device"]:
        sees = eyes.sees("device", row)
        like_nothing(eyes, "/api/devices/{}", row["id"], sees)
        if sees:
            shown = eyes.get(f"/api/devices/{row['id']}")
            carriers = [each for each in eyes.rows["device_carrier"] if each["device_id"] == row["id"]]
            wanted = [each["mover_id"] for each in carriers if eyes.sees("device_carrier", each)]
            eyes.expect(
                f"carriers of {row['id']}", [str(each["mover"]) for each in shown["carriers"]], wanted
            )
            counts = [each for each in eyes.rows["fix_refusal"] if each["device_id"] == row["id"]]
            refused = sum(eyes.sees("fix_refusal", each) for each in counts)
            eyes.expect(f"refusals of {row['id']}", len(shown["refused"]), refused)


def foreign_hands(eyes: Eyes) -> None:
    """An own device cannot be given to a foreign mover: there is none such."""
    row_of("device", "POST", "/api/devices/{}/carriers", {"mover": None})(eyes)
    own = next((row["id"] for row in eyes.rows["device"] if eyes.sees("device", row)), None)
    if own is None:
        return
    for row in eyes.rows["mover"]:
        if not eyes.sees("mover", row):
            sent = {"mover": int(row["id"])}
            answer = eyes.ask("POST", f"/api/devices/{own}/carriers", json=sent)
            nothing = eyes.ask("POST", f"/api/devices/{own}/carriers", json={"mover": 999_999_999})
            eyes.expect("a foreign mover's hands", answer.status_code, nothing.status_code)


def mover(eyes: Eyes) -> None:
    """A foreign mover answers like none; where an own one was last is shown."""
    for row in eyes.rows["mover"]:
        sees = eyes.sees("mover", row)
        like_nothing(eyes, "/api/movers/{}", row["id"], sees)
        if sees:
            last = [each for each in eyes.rows["last_position"] if each["mover_id"] == row["id"]]
            wanted = any(eyes.sees("last_position", each) for each in last)
            shown = eyes.get(f"/api/movers/{row['id']}")
            eyes.expect(f"where {row['id']} was last", shown["seen_at"] is not None, wanted)


DEVICES: dict[str, Callable[[Eyes], None]] = {
    "GET /api/devices": list_of("device", "/api/devices", "devices"),
    "GET /api/devices/{identifier}": device,
    "PATCH /api/devices/{identifier}": row_of("device", "PATCH", "/api/devices/{}", {"name": "x"}),
    "POST /api/devices/{identifier}/carriers": foreign_hands,
    "GET /api/movers": list_of("mover", "/api/movers", "movers"),
    "GET /api/movers/{identifier}": mover,
    "PATCH /api/movers/{identifier}": row_of("mover", "PATCH", "/api/movers/{}", {"gait": "foot"}),
}
