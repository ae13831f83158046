"""How work of the job process ends by an error: put down for whoever asked, and raised to them again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict

from spatial.errors import CitygridError, Conflict, InvalidInput, Problem, Unavailable

MOST_PROBLEMS = 50
WHOLE = "request"
"""Where a problem lies that no part of the input caused."""


def ended_by(error: BaseException, whole: str = WHOLE) -> tuple[str, list[dict[str, str]]]:
    """Put down an error as a state (refused, failed) and problems; of our own failures no more than that."""
    if isinstance(error, InvalidInput):
        return "refused", [asdict(problem) for problem in error.problems[:MOST_PROBLEMS]]
    if isinstance(error, CitygridError):
        return "refused", [{"where": whole, "reason": error.detail}]
    return "failed", [{"where": "server", "reason": "it could not be done; the server's log says why"}]


def refusal_of(state: str, listed: Iterable[Mapping[str, str]], whole: str = WHOLE) -> CitygridError:
    """Make the error again that was put down."""
    problems = [Problem(each["where"], each["reason"]) for each in listed]
    if state == "failed":
        return Unavailable(problems[0].reason if problems else "it could not be done")
    if [each.where for each in problems] == [whole]:
        return Conflict(problems[0].reason)
    return InvalidInput(problems)
