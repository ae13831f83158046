"""A log-in that does not come to a session: a code for the person, a reason for the log."""

from __future__ import annotations

REASON_CHARACTERS = 300

CODES = {
    "state": "the log-in was not begun in this browser, is older than ten minutes, or was used already",
    "denied": "the provider, or the person there, said no",
    "provider": "the provider does not answer, or not as it must",
    "code": "the provider does not take the code that it gave",
    "token": "what the provider says of the person cannot be trusted",
    "unknown": "nobody here is the person that the provider named",
    "disabled": "the account is disabled",
}
"""What the page is told in `/?login_error=…`. Words for people are the page's business."""


class Refused(Exception):
    """The log-in ends here. `reason` may quote the provider: it is for the log, never for an answer."""

    def __init__(self, code: str, reason: str) -> None:
        assert code in CODES
        super().__init__(f"{code}: {reason[:REASON_CHARACTERS]}")
        self.code = code
        self.reason = reason[:REASON_CHARACTERS]
