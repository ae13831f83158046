"""Signs: of those whose tracks one may see, and one's own; nobody signs for somebody whom they do not see."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from spatial.patrols.days import day_of
from tests.api.leaks.alike import like_nothing, list_of, row_of
from tests.api.leaks.eyes import Eyes

RULE = "/api/roll-calls/{}"


def mine(eyes: Eyes) -> None:
    """Signs of one's own person, and no others."""
    movers = {row["id"] for row in eyes.rows["mover"] if row["worker_id"] == str(eyes.reader.worker_id)}
    known = {row["id"] for row in eyes.rows["sign"]}
    wanted = {row["id"] for row in eyes.rows["sign"] if row["mover_id"] in movers}
    found = {str(each["id"]) for each in eyes.get("/api/signs/mine?limit=1000")["signs"]}
    eyes.expect("own signs", found & known, wanted)


def listed(eyes: Eyes) -> None:
    """All that one may see; of a foreign mover none."""
    list_of("sign", "/api/signs?limit=1000", "signs")(eyes)
    for row in eyes.rows["mover"]:
        found = eyes.get(f"/api/signs?limit=1000&mover={row['id']}")["signs"]
        if found and not eyes.sees("sign", {"mover_id": row["id"]}):
            eyes.problems.append(f"{eyes.name}: signs of a foreign mover")


def sign_for(eyes: Eyes) -> None:
    """Somebody whom one does not see is signed for like nobody."""
    for row in eyes.rows["mover"]:
        if eyes.sees("mover", row):
            continue
        bodies = ({"mover_id": number, "kind": "in", "reason": "test"} for number in (int(row["id"]), 10**12))
        answer, nothing = (eyes.ask("POST", "/api/signs", json=body) for body in bodies)
        eyes.expect("a sign for a foreign person", answer.text, nothing.text)
        if answer.status_code < 400:
            eyes.problems.append(f"{eyes.name}: a sign for a foreign person")


def results(eyes: Eyes) -> None:
    """Of a foreign rule like of none; of an own one those people whose tracks one may see."""
    for row in eyes.rows["roll_call"]:
        sees = eyes.sees("roll_call", row)
        of_rule = [each for each in eyes.rows["roll_call_result"] if each["roll_call_id"] == row["id"]]
        path = f"{RULE}/results?day={day_of(datetime.fromisoformat(of_rule[0]['at']))}"
        like_nothing(eyes, path, row["id"], sees)
        if sees:
            found = {str(each["mover_id"]) for each in eyes.get(path.format(row["id"]))["results"]}
            wanted = {each["mover_id"] for each in of_rule if eyes.sees("roll_call_result", each)}
            eyes.expect(f"results of {row['name']}", found, wanted)


ATTENDANCE: dict[str, Callable[[Eyes], None]] = {
    "GET /api/signs/mine": mine,
    "GET /api/signs": listed,
    "POST /api/signs": sign_for,
    "GET /api/roll-calls": list_of("roll_call", "/api/roll-calls?limit=1000", "roll_calls"),
    "GET /api/roll-calls/{identifier}": row_of("roll_call", "GET", RULE),
    "PATCH /api/roll-calls/{identifier}": row_of("roll_call", "PATCH", RULE, {"name": "x"}),
    "DELETE /api/roll-calls/{identifier}": row_of("roll_call", "DELETE", RULE),
    "GET /api/roll-calls/{identifier}/results": results,
    "GET /api/signs/{identifier}": row_of("sign", "GET", "/api/signs/{}"),
}
