"""Cries for help: of those whom one may see, and one's own; nobody raises one for whom they do not see."""

from __future__ import annotations

from collections.abc import Callable

from tests.api.leaks.alike import like_nothing, list_of, row_of
from tests.api.leaks.eyes import Eyes

CRY = "/api/cries/{}"


def listed(eyes: Eyes) -> None:
    """All that one may see; of a foreign mover none."""
    list_of("cry", "/api/cries?limit=1000", "cries")(eyes)
    for row in eyes.rows["mover"]:
        found = eyes.get(f"/api/cries?limit=1000&mover={row['id']}")["cries"]
        if found and not eyes.sees("cry", {"mover_id": row["id"]}):
            eyes.problems.append(f"{eyes.name}: cries of a foreign mover")


def one(eyes: Eyes) -> None:
    """A foreign one answers like none; of an own one its steps are told."""
    for row in eyes.rows["cry"]:
        sees = eyes.sees("cry", row)
        like_nothing(eyes, CRY, row["id"], sees)
        if sees:
            found = {str(each["id"]) for each in eyes.get(CRY.format(row["id"]))["steps"]}
            wanted = {
                each["id"]
                for each in eyes.rows["cry_step"]
                if each["cry_id"] == row["id"] and eyes.sees("cry_step", each)
            }
            eyes.expect(f"steps of cry {row['id']}", found, wanted)


def raise_for(eyes: Eyes) -> None:
    """For somebody whom one does not see there is none to be raised, as for nobody."""
    for row in eyes.rows["mover"]:
        if eyes.sees("mover", row):
            continue
        bodies = ({"mover_id": number} for number in (int(row["id"]), 10**12))
        answer, nothing = (eyes.ask("POST", "/api/cries", json=body) for body in bodies)
        eyes.expect("a cry for a foreign person", answer.text, nothing.text)
        if answer.status_code < 400:
            eyes.problems.append(f"{eyes.name}: a cry for a foreign person")


CRIES: dict[str, Callable[[Eyes], None]] = {
    "GET /api/cries": listed,
    "POST /api/cries": raise_for,
    "GET /api/cries/{identifier}": one,
    "POST /api/cries/{identifier}/acknowledge": row_of("cry", "POST", CRY + "/acknowledge", {}),
    "POST /api/cries/{identifier}/close": row_of("cry", "POST", CRY + "/close", {"word": "test"}),
    "POST /api/cries/{identifier}/reopen": row_of("cry", "POST", CRY + "/reopen", {"remark": "xx"}),
}
