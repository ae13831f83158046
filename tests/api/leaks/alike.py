"""Probes that many rooms share: a foreign row answers like none, and a list holds the own rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.api.leaks.eyes import Eyes

NOBODY_THERE = "999999999"


def like_nothing(eyes: Eyes, path: str, key: str, sees: bool, method: str = "GET", **options: Any) -> None:
    """A foreign row answers like none: same status, same words, same headers but for its own name."""
    answer = eyes.ask(method, path.format(key), **options)
    if sees:
        if answer.status_code not in (200, 201, 204, 400):
            eyes.problems.append(
                f"{eyes.name}: {method} {path.format(key)}: {answer.status_code} for an own row"
            )
        return
    nothing = eyes.ask(method, path.format(NOBODY_THERE), **options)
    eyes.expect(f"{method} {path} of a foreign row", answer.status_code, nothing.status_code)
    eyes.expect(f"{path}: words", *_words(answer, key, nothing))
    if answer.status_code < 400:
        eyes.problems.append(f"{eyes.name}: {path.format(key)} shows a foreign row")


def _words(answer: Any, key: str, nothing: Any) -> tuple[str, str]:
    return answer.text.replace(f"'{key}'", "?"), nothing.text.replace(f"'{NOBODY_THERE}'", "?")


def number_of(eyes: Eyes) -> str:
    return str(eyes.reader.account_id)


def row_of(table: str, method: str, path: str, sent: Any = None) -> Callable[[Eyes], None]:
    """A foreign row of a table answers like none, whatever is tried; what own ones do is tested elsewhere."""

    def probe(eyes: Eyes) -> None:
        for row in eyes.rows[table]:
            sees = eyes.sees(table, row)
            if method == "GET" or not sees:
                like_nothing(eyes, path, row["id"], sees, method, **({} if sent is None else {"json": sent}))

    return probe


def list_of(table: str, path: str, name: str) -> Callable[[Eyes], None]:
    """A list holds the own rows, all of them."""

    def probe(eyes: Eyes) -> None:
        wanted = {row["id"] for row in eyes.rows[table] if eyes.sees(table, row)}
        eyes.expect(path, {str(each["id"]) for each in eyes.get(path)[name]}, wanted)

    return probe
