"""Everything the OpenAPI documents describe, with made-up input, as each kind of account and as nobody.

Nothing may end in a 5xx, show a foreign row, or change anything for somebody without a key.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core.result import Ok

from api.import_jobs import ImportWorker
from spatial.database import connect
from spatial.people.keys import issue_token
from spatial.rights.reader import Reader
from spatial.rights.rules import RULES
from tests.databases import ROOT
from tests.servers import serving
from tests.spatial.rights.people import hire
from tests.spatial.rights.town import UNITS, build, rows_of
from tests.spatial.rights.whose import Rows, allowed

EXAMPLES, MANY_EXAMPLES = 1, 150
COUNTS = ROOT / ".citygrid-cache" / "fuzz"
"""Each process writes how many cases it sent; the summary of the run adds them up."""

ORDER = ("viewer", "analyst", "commander", "field_worker", "street_administrator", "district_administrator")
"""Those who may change others' accounts come last: what the others may see is known beforehand."""


@dataclass(frozen=True)
class Target:
    """A server over the town, and what is in it."""

    url: str
    owner_url: str
    staff: dict[str, tuple[Reader, str]]
    rows: Rows
    operations: list[tuple[str, Any]]
    """Base address and operation, each once for all accounts."""

    def foreign(self, reader: Reader) -> set[str]:
        """Name texts that stand in rows which the reader may not see, and in no other."""
        tables = {
            "event": "no",
            "component": "code",
            "place": "name",
            "worker": "code",
            "unit_version": "code",
        }
        hidden: set[str] = set()
        shown: set[str] = set()
        for table, rows in self.rows.items():
            for row in rows:
                sees = allowed(reader, table, "read", row, self.rows)
                # No secret if it stands in an own row as well: our component in a foreign grid names it.
                shown |= {value for value in row.values() if value} if sees else set()
                hidden |= set() if sees or table not in tables else {row[tables[table]]}
        # Texts long enough to be no accident; a street's code stands in those of its grids.
        return {text for text in hidden - shown if len(text) > 12 or text in UNITS[1:3]}


@pytest.fixture(scope="module")
def target(
    make_city: Callable[..., Any],
    as_app: Callable[[str], str],
    tmp_path_factory: pytest.TempPathFactory,
    master_key: Path,
) -> Iterator[Target]:
    home = tmp_path_factory.mktemp("fuzz")
    with make_city(build) as url:
        with connect(url) as owner:
            staff = hire(owner)
        with connect(url) as owner:
            rows = {rule.table: list(rows_of(owner, rule.table)) for rule in RULES}
        with (
            socket.create_server(("127.0.0.1", 0), backlog=64) as listener,
            serving(listener, as_app(url), home, master_key, CITYGRID_QUOTA_PER_MINUTE="0") as address,
            # Without a publisher whoever asks for one waits until nobody comes.
            ImportWorker(url, home, ()),
        ):
            asking = next(iter(staff.values()))[1]
            yield Target(address, url, staff, rows, operations(address, asking))


def operations(address: str, token: str) -> list[tuple[str, Any]]:
    """List every operation of both documents."""
    found = []
    headers = {"Authorization": f"Bearer {token}"}
    for path in ("/api/openapi.json", "/ogc/openapi"):
        document = httpx.get(address + path, headers=headers, timeout=60).json()
        # The document of the OGC door names the address it was called at, with its path.
        schema = schemathesis.openapi.from_dict(document)
        base = address + ("/ogc" if path == "/ogc/openapi" else "")
        for result in schema.get_all_operations():
            assert isinstance(result, Ok), result
            found.append((base, result.ok()))
    return found


def fuzz(target: Target, token: str | None, examples: int, check: Callable[[Any, Any], None]) -> int:
    """Send made-up requests to every operation; returns how many."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with requests.Session() as client:
        client.trust_env = False
        return sum(
            _fuzz_one(operation, examples, partial(_send, client, base, headers), check)
            for base, operation in target.operations
        )


def _send(client: requests.Session, base: str, headers: dict[str, str], case: Any) -> Any:
    case.headers.pop("Authorization", None)
    return case.call(base_url=base, headers=headers, session=client, timeout=60, allow_redirects=False)


def _fuzz_one(
    operation: Any, examples: int, send: Callable[[Any], Any], check: Callable[[Any, Any], None]
) -> int:
    sent = 0

    @settings(
        max_examples=examples, deadline=None, database=None, phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy())
    def run(case: Any) -> None:
        nonlocal sent
        sent += 1
        check(case, send(case))

    run()
    return sent


def _named(case: Any) -> str:
    return f"{case.method} {case.formatted_path} query={case.query!r} body={str(case.body)[:300]!r}"


def _stands_in(text: str, answer: str) -> bool:
    """Tell whether a text stands there as a whole: the code of a street begins those of its grids."""
    return text in answer and re.search(rf"(?<!\w){re.escape(text)}(?!\w)", answer) is not None


def _as_somebody(target: Target, name: str, examples: int) -> int:
    reader, token = target.staff[name]
    foreign = target.foreign(reader)

    def check(case: Any, answer: Any) -> None:
        # Some doors answer with pictures and files.
        text = answer.content.decode("utf-8", "replace")
        assert answer.status_code < 500, f"{_named(case)} → {answer.status_code} {text[:300]}"
        sent = f"{case.formatted_path} {case.query} {case.body}"
        shown = [each for each in foreign if _stands_in(each, text) and each not in sent]
        assert not shown, f"{_named(case)} shows {shown[:3]}"

    return fuzz(target, _alive(target, reader, token), examples, check)


def _alive(target: Target, reader: Reader, token: str) -> str:
    """A key may have been revoked by an earlier case: then a new one."""
    answer = httpx.get(f"{target.url}/api/me", headers={"Authorization": f"Bearer {token}"}, timeout=60)
    if answer.status_code == 200:
        return token
    with connect(target.owner_url) as owner:
        return issue_token(owner, reader.account_id or 0, "again", timedelta(hours=1))


def _as_nobody(target: Target, examples: int) -> int:
    before = _counted(target)
    opened = ("/api/auth/", "/api/public/", "/healthz", "/readyz", "/api/openapi.json")

    def check(case: Any, answer: Any) -> None:
        assert answer.status_code < 500, f"{_named(case)} → {answer.status_code}"
        if not case.formatted_path.startswith(opened):
            # GeoReport v2 says 403 where a key is missing.
            refused = 403 if case.formatted_path.startswith("/open311/") else 401
            assert answer.status_code in (refused, 404, 405, 413, 414, 429), (
                f"{_named(case)} → {answer.status_code}"
            )

    sent = fuzz(target, None, examples, check)
    assert _counted(target) == before
    return sent


_LOGS = (
    "login_attempt", "audit", "audit_root", "spent_sign_on", "token_use", "call_count",
    # The town has a layer that was withdrawn: its table goes in its own time.
    "published_table",
)  # fmt: skip


def _counted(target: Target) -> dict[str, int]:
    """Count all rows but those of the logs of trying to get in."""
    with connect(target.owner_url) as owner:
        return {
            rule.table: sum(1 for _ in rows_of(owner, rule.table))
            for rule in RULES
            if rule.table not in _LOGS
        }


def _run(target: Target, who: str, examples: int) -> int:
    """Send made-up requests as everybody of a role; returns how many, and keeps it for the summary."""
    if who == "nobody":
        sent = _as_nobody(target, examples)
    else:
        names = [name for name, (reader, _) in target.staff.items() if reader.role == who]
        sent = sum(_as_somebody(target, name, examples) for name in names)
    COUNTS.mkdir(parents=True, exist_ok=True)
    (COUNTS / f"{who}.txt").write_text(f"{sent}\n")
    return sent


@pytest.mark.parametrize("who", ["nobody", *ORDER])
def test_no_made_up_request_breaks_or_shows_anything(target: Target, who: str) -> None:
    assert _run(target, who, EXAMPLES) >= len(target.operations) > 0


@pytest.mark.slow
@pytest.mark.parametrize("who", ["nobody", *ORDER])
def test_no_made_up_request_breaks_or_shows_anything_for_long(target: Target, who: str) -> None:
    assert _run(target, who, MANY_EXAMPLES) >= len(target.operations) > 0
