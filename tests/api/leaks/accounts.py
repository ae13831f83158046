"""People: accounts, keys, masked and clear data, and the log of all that."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any

from spatial.rights.rules import DISTRICT_ADMINISTRATOR
from tests.api.leaks.alike import like_nothing, number_of
from tests.api.leaks.eyes import Eyes


def accounts(eyes: Eyes) -> None:
    """Administrators find accounts of their reach that have no more rights than they, others none."""
    own = {row["id"] for row in eyes.rows["account"] if eyes.sees("account", row)}
    answer = eyes.ask("GET", "/api/accounts?limit=500")
    listed = {str(each["id"]) for each in answer.json().get("accounts", [])}
    eyes.expect("foreign accounts", listed - own, set())
    if eyes.reader.role == DISTRICT_ADMINISTRATOR:
        eyes.expect("accounts", listed, own)


def masked(table: str, path: str, key: str) -> Callable[[Eyes], None]:
    def probe(eyes: Eyes) -> None:
        for row in eyes.rows[table]:
            like_nothing(eyes, path, row[key], eyes.sees(table, row))

    return probe


def in_clear(table: str, path: str, key: str) -> Callable[[Eyes], None]:
    """Own rows are asked for in tests/api/test_personal.py: that needs their clear text."""

    def probe(eyes: Eyes) -> None:
        for row in eyes.rows[table]:
            if not eyes.sees(table, row):
                sent = {"field": "phone", "reason": "look for leaks"}
                like_nothing(eyes, path, row[key], False, "POST", json=sent)

    return probe


def account(method: str, path: str, **options: Any) -> Callable[[Eyes], None]:
    """Foreign accounts answer like none, whatever is tried."""

    def probe(eyes: Eyes) -> None:
        for row in eyes.rows["account"]:
            if not eyes.sees("account", row):
                like_nothing(eyes, path, row["id"], False, method, **options)

    return probe


def me(eyes: Eyes) -> None:
    eyes.expect("who I am", eyes.get("/api/me")["username"], eyes.reader.username)
    kept = {str(each["id"]) for each in eyes.get("/api/me/keys")["keys"]}
    own = {row["id"] for row in eyes.rows["token"] if row["account_id"] == number_of(eyes)}
    eyes.expect("my keys", kept, own)


def foreign_key(eyes: Eyes) -> None:
    for row in eyes.rows["token"]:
        if row["account_id"] != number_of(eyes):
            like_nothing(eyes, "/api/me/keys/{}", row["id"], False, "DELETE")


def audit(eyes: Eyes) -> None:
    """The log in pages: all that was there before and that the account may see, and nothing of others."""
    found, after = [], ""
    while after is not None:
        page = eyes.get(f"/api/audit?limit=1000{after and f'&after={after}'}")
        found, after = found + page["entries"], page["next"]
    _log(eyes, found)


def audit_export(eyes: Eyes) -> None:
    text = eyes.ask("GET", "/api/audit/export?format=jsonl").text
    _, *found, _ = (json.loads(line) for line in text.splitlines())
    _log(eyes, found)
    sheet = eyes.ask("GET", "/api/audit/export").content.decode("utf-8-sig")
    _, names, *rows, _ = csv.reader(io.StringIO(sheet))
    _log(eyes, [{**dict(zip(names, row, strict=True)), "id": int(row[0])} for row in rows])


def _log(eyes: Eyes, found: list[dict[str, Any]]) -> None:
    before = {int(row["id"]) for row in eyes.rows["audit"] if eyes.sees("audit", row)}
    eyes.expect("entries of the log that are missing", before - {entry["id"] for entry in found}, set())
    if not (eyes.reader.role == DISTRICT_ADMINISTRATOR and eyes.reader.reach == "city"):
        whose = {str(entry["account_id"]) for entry in found}
        eyes.expect("foreign entries of the log", whose - {number_of(eyes)}, set())


def workers(eyes: Eyes) -> None:
    """Whoever is looked for: own people, all of them, with masks."""
    wanted = {row["id"] for row in eyes.rows["worker"] if eyes.sees("worker", row)}
    found = eyes.get("/api/workers?limit=200")["workers"]
    eyes.expect("workers", {str(each["id"]) for each in found}, wanted)
    eyes.expect("clear names", [each for each in found if "*" not in each["name"]], [])
