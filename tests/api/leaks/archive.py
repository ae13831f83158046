"""The archive: which days lie in files is for administrators, questions and answers for who asked."""

from __future__ import annotations

from collections.abc import Callable

from spatial.rights.rules import ADMINISTRATORS
from spatial.rights.rules.patrols import WATCHERS
from tests.api.leaks.alike import NOBODY_THERE, list_of, row_of
from tests.api.leaks.eyes import Eyes

QUESTIONS = "/api/archive/questions"
SPAN = {"from": "2019-12-30", "to": "2019-12-31"}


def days(eyes: Eyes) -> None:
    """Names of days and sizes, and never who was about on them."""
    answer = eyes.ask("GET", "/api/archive")
    eyes.expect("days of the archive", answer.status_code, 200 if eyes.reader.role in ADMINISTRATORS else 403)
    eyes.expect("who is in the archive", "mover" in answer.text, False)


def ask(eyes: Eyes) -> None:
    """Whoever may not see tracks asks nothing; a foreign plan answers like none."""
    for kind in ("heat", "mileage"):
        answer = eyes.ask("POST", QUESTIONS, json={"kind": kind, **SPAN})
        eyes.expect(f"question of {kind}", answer.status_code, 202 if eyes.reader.role in WATCHERS else 403)
        _forget(eyes, answer.json().get("id"))
    for row in eyes.rows["patrol_plan"]:
        about = {"kind": "compliance", **SPAN}
        answer = eyes.ask("POST", QUESTIONS, json={**about, "plan": int(row["id"])})
        if eyes.sees("patrol_plan", row):
            eyes.expect("question of an own plan", answer.status_code, 202)
            _forget(eyes, answer.json().get("id"))
        else:
            nothing = eyes.ask("POST", QUESTIONS, json={**about, "plan": int(NOBODY_THERE)})
            eyes.expect("question of a foreign plan", answer.text, nothing.text)


def _forget(eyes: Eyes, number: int | None) -> None:
    if number is not None:
        eyes.expect("own question", eyes.ask("DELETE", f"{QUESTIONS}/{number}").status_code, 204)


def file(eyes: Eyes) -> None:
    """Nobody has a foreign answer, and nobody one that was written with other rights."""
    for row in eyes.rows["archive_question"]:
        answer = eyes.ask("GET", f"{QUESTIONS}/{row['id']}/file")
        wanted = 409 if eyes.sees("archive_question", row) else 404
        eyes.expect("file of a question", answer.status_code, wanted)


ARCHIVE: dict[str, Callable[[Eyes], None]] = {
    "GET /api/archive": days,
    "POST /api/archive/questions": ask,
    "GET /api/archive/questions": list_of("archive_question", QUESTIONS, "questions"),
    "GET /api/archive/questions/{identifier}": row_of("archive_question", "GET", f"{QUESTIONS}/{{}}"),
    "GET /api/archive/questions/{identifier}/file": file,
    "DELETE /api/archive/questions/{identifier}": row_of("archive_question", "DELETE", f"{QUESTIONS}/{{}}"),
}
