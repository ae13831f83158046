"""Tasks: seen by whoever sent them, keeps their area, sees their event, or has them; nobody else."""

from __future__ import annotations

from collections.abc import Callable

from tests.api.leaks.alike import like_nothing, list_of
from tests.api.leaks.eyes import Eyes

TASK = "/api/tasks/{}"


def one(path: str) -> Callable[[Eyes], None]:
    """A foreign task answers like none; of an own one those people are told of that one may see."""

    def probe(eyes: Eyes) -> None:
        for row in eyes.rows["task"]:
            sees = eyes.sees("task", row)
            like_nothing(eyes, path, row["id"], sees)
            if sees:
                _parts(eyes, row["id"])

    return probe


def _parts(eyes: Eyes, task: str) -> None:
    shown = eyes.get(TASK.format(task))
    rows = [row for row in eyes.rows["task_recipient"] if row["task_id"] == task]
    wanted = {row["mover_id"] for row in rows if eyes.sees("task_recipient", row)}
    eyes.expect(f"people of task {task}", {str(each["mover_id"]) for each in shown["recipients"]}, wanted)
    eyes.expect(f"count of task {task}", sum(shown["states"].values()), len(wanted))
    for event in (row for row in eyes.rows["event"] if row["id"] == str(shown["event_id"])):
        if not eyes.sees("event", event):
            eyes.problems.append(f"{eyes.name}: task {task} names a foreign event")
    found = {str(each["id"]) for each in eyes.get(f"{TASK}/steps?limit=1000".format(task))["steps"]}
    steps = [row for row in eyes.rows["task_step"] if row["task_id"] == task]
    # A probe beside may have added what a phone has received since.
    known = {row["id"] for row in steps}
    eyes.expect(
        f"steps of task {task}", found & known, {row["id"] for row in steps if eyes.sees("task_step", row)}
    )


def mine(eyes: Eyes) -> None:
    """Tasks of one's own person, and no others."""
    movers = {row["id"] for row in eyes.rows["mover"] if row["worker_id"] == str(eyes.reader.worker_id)}
    wanted = {row["task_id"] for row in eyes.rows["task_recipient"] if row["mover_id"] in movers}
    found = {str(each["id"]) for each in eyes.get("/api/tasks/mine?limit=500")["tasks"]}
    eyes.expect("own tasks", found, wanted)


def about(eyes: Eyes) -> None:
    """All that one may see; of a foreign event or mover none."""
    list_of("task", "/api/tasks?limit=500", "tasks")(eyes)
    for name in ("event", "mover"):
        for row in eyes.rows[name]:
            found = eyes.get(f"/api/tasks?limit=500&{name}={row['id']}")["tasks"]
            if found and not eyes.sees(name, row):
                eyes.problems.append(f"{eyes.name}: tasks of a foreign {name}")


def foreign(path: str, sent: dict[str, str]) -> Callable[[Eyes], None]:
    """A foreign task answers like none, whatever is tried."""

    def probe(eyes: Eyes) -> None:
        for row in eyes.rows["task"]:
            if not eyes.sees("task", row):
                like_nothing(eyes, path, row["id"], False, "POST", json=sent)

    return probe


def send(eyes: Eyes) -> None:
    """Nobody is reached whom one does not see: a foreign person is like none."""
    for row in eyes.rows["mover"]:
        if eyes.sees("mover", row):
            continue
        bodies = ({"title": "x", "to": {"movers": [number]}} for number in (int(row["id"]), 999999999))
        answer, nothing = (eyes.ask("POST", "/api/tasks", json=body) for body in bodies)
        eyes.expect("a task to a foreign person", answer.text, nothing.text)
        if answer.status_code < 400:
            eyes.problems.append(f"{eyes.name}: a task to a foreign person")


TASKS: dict[str, Callable[[Eyes], None]] = {
    "POST /api/tasks": send,
    "GET /api/tasks": about,
    "GET /api/tasks/mine": mine,
    "GET /api/tasks/{identifier}": one(TASK),
    "GET /api/tasks/{identifier}/steps": one(f"{TASK}/steps"),
    "POST /api/tasks/{identifier}/receipts": foreign(f"{TASK}/receipts", {"state": "read"}),
    "POST /api/tasks/{identifier}/cancel": foreign(f"{TASK}/cancel", {"reason": "test"}),
}
