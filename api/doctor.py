"""`citygrid doctor`: looks at everything a city stands on, and says what is well and what is not."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from rich.console import Console
from rich.table import Table

from api import instance
from api.owner import has_private_cluster, owner_url
from api.tls import Certificate, expires_at
from spatial.database import connect, query
from spatial.database.cluster import EXTENSIONS
from spatial.database.cluster_host import choose_programs, installed_majors
from spatial.database.roles import APP, is_leakproof, too_powerful
from spatial.errors import CitygridError
from spatial.rights.apply import rights_are_right
from spatial.rights.data_keys import open_keyring
from spatial.rights.envelope import master_file
from spatial.settings import Settings
from spatial.urls import is_this_machine

GIB = 1024**3
LITTLE_DISK_GIB = 5
TOO_LITTLE_DISK_GIB = 1
OLDEST_POSTGIS = (3, 3)
EXPIRES_SOON_DAYS = 21
MARKS = {"good": "✓", "note": "•", "bad": "✗"}


@dataclass(frozen=True)
class Finding:
    """One looked-at thing: 'good', 'note' (fine, but worth knowing) or 'bad', with what to do in the text."""

    what: str
    state: str
    text: str


def doctor(settings: Settings, console: Console | None = None) -> int:
    """Print a table of findings; return the exit code, 1 when one of them is bad."""
    findings = examine(settings)
    table = Table("", "what", "finding", box=None, pad_edge=False)
    for finding in findings:
        table.add_row(MARKS[finding.state], finding.what, finding.text)
    (console or Console(highlight=False, markup=False)).print(table)
    return int(any(finding.state == "bad" for finding in findings))


def examine(settings: Settings) -> list[Finding]:
    """Look at the machine, the state folder, the database, the assets and the running city."""
    findings = [Finding("Python", "good", platform.python_version())]
    findings.append(judge_disk(settings.home, _free_bytes(settings.home)))
    findings.append(_running(settings))
    findings.append(judge_transport(settings, datetime.now(UTC)))
    findings.append(_assets())
    findings.append(_index_files(settings.home / "cache" / "locate"))
    if settings.database_url is None:
        findings.append(_look("PostgreSQL programs", _programs))
    with _database_url(settings) as url:
        findings += _database(url, settings) if url else [_no_city(settings)]
    return findings


def judge_disk(home: Path, free_bytes: int) -> Finding:
    """Judge the free space where the state folder lies."""
    free_gib = free_bytes / GIB
    text = f"{free_gib:.1f} GiB free for {home}"
    if free_gib < TOO_LITTLE_DISK_GIB:
        return Finding("disk", "bad", f"{text}; PostgreSQL stops when there is none")
    return Finding("disk", "note" if free_gib < LITTLE_DISK_GIB else "good", text)


def judge_transport(settings: Settings, now: datetime) -> Finding:
    """Judge how passwords and keys come here: the certificate, its key, and the network without one."""
    what = "transport"
    if settings.tls_certificate is None or settings.tls_key is None:
        if is_this_machine(settings.host):
            return Finding(what, "good", "http, for this machine alone")
        return Finding(what, "note", "http on the network: passwords are readable unless a proxy brings TLS")
    if settings.tls_key.stat().st_mode & 0o077:
        return Finding(what, "bad", f"others may read the key: chmod 600 {settings.tls_key}")
    try:
        Certificate.of(settings)
        days = (expires_at(settings.tls_certificate) - now).days
    except CitygridError as error:
        return Finding(what, "bad", str(error))
    state = "good" if days >= EXPIRES_SOON_DAYS else "note" if days >= 0 else "bad"
    return Finding(
        what, state, f"https; the certificate {f'ends in {days} days' if days >= 0 else 'has ended'}"
    )


def judge_facts(facts: dict[str, Any]) -> list[Finding]:
    """Judge what the database says of itself (the columns of facts.sql)."""
    postgis = tuple(int(part) for part in (facts["postgis"] or "0.0").split(".")[:2])
    missing = sorted(set(EXTENSIONS) - set(facts["extensions"] or ()))
    rights = [name for name in ("may_create", "may_use_temporary") if not facts[name]]
    return [
        _judge("PostgreSQL", facts["major"] >= 15, f"{facts['postgresql']}, database of {facts['size']}"),
        _judge("PostGIS", postgis >= OLDEST_POSTGIS, facts["postgis"] or "CREATE EXTENSION postgis"),
        _judge("pgRouting", bool(facts["pgrouting"]), facts["pgrouting"] or "CREATE EXTENSION pgrouting"),
        _judge("extensions", not missing, f"missing: {', '.join(missing)}" if missing else "all there"),
        _judge(
            "role", not rights, f"{facts['role']} {'lacks ' + ', '.join(rights) if rights else 'may do all'}"
        ),
    ]


def _judge(what: str, good: bool, text: str) -> Finding:
    return Finding(what, "good" if good else "bad", text)


def _look(what: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(what, "good", look())
    except CitygridError as error:
        return Finding(what, "bad", str(error))


def _programs() -> str:
    return str(choose_programs(installed_majors()))


def _free_bytes(home: Path) -> int:
    there = next(path for path in (home.absolute(), *home.absolute().parents) if path.exists())
    return shutil.disk_usage(there).free


def _running(settings: Settings) -> Finding:
    running = instance.find(settings.home)
    return (
        Finding("city", "good", f"runs at {running.address}")
        if running
        else Finding("city", "note", "is down")
    )


def _assets() -> Finding:
    import web_map

    built = Path(web_map.__file__).parent / "webdist" / "index.html"
    return _judge(
        "web assets", built.exists(), "built" if built.exists() else "not built; 'make run' builds them"
    )


def _index_files(folder: Path) -> Finding:
    """Open every compiled index; a bad one may simply be deleted, for it is compiled again."""
    found = sorted(folder.glob("*.index"))
    if not found:
        return Finding("locate index", "note", "none yet; the first start compiles it")
    from spatial.grids.locate import load_index

    for path in found:
        try:
            load_index(path)
        except CitygridError as error:
            return Finding("locate index", "bad", f"{path}: {error}; delete it")
    return Finding("locate index", "good", f"{len(found)} in {folder}")


def _no_city(settings: Settings) -> Finding:
    return Finding("private database", "note", f"none yet in {settings.home}; 'make run' makes it")


@contextmanager
def _database_url(settings: Settings) -> Iterator[str | None]:
    """Give the URL of the database to look at; a private one that is down is started for the look."""
    if settings.database_url is not None:
        yield settings.database_url.value
    elif has_private_cluster(settings):
        with owner_url(settings) as url:
            yield url
    else:
        yield None


def _database(url: str, settings: Settings) -> list[Finding]:
    try:
        with connect(url, autocommit=True) as connection:
            cursor = connection.execute(query("api", "facts"))
            names = [column.name for column in cursor.description or ()]
            facts = dict(zip(names, cursor.fetchall()[0], strict=True))
    except CitygridError as error:
        return [Finding("database", "bad", f"{error}; is CITYGRID_DATABASE_URL right?")]
    return [*judge_facts(facts), _schema(url), *_rights(url), _master_key(url, settings), _seals(url)]


def _master_key(url: str, settings: Settings) -> Finding:
    """Look whether the master key opens the keys of personal data; before migrating there are none."""

    def opened() -> str:
        with connect(url) as connection, suppress(psycopg.errors.UndefinedTable):
            open_keyring(connection, master_file(settings))
        return f"{master_file(settings)} fits; keep a copy of it apart from the database"

    return _look("master key", opened)


def _seals(url: str) -> Finding:
    """Look whether the job process seals the audit log."""
    with connect(url) as connection, suppress(psycopg.errors.UndefinedTable):
        late = connection.execute(query("api", "unsealed")).fetchall()[0][0]
        text = f"{late} rows older than a minute are not sealed: is the job process running?"
        return Finding("audit log", "note" if late else "good", text if late else "sealed")
    return Finding("audit log", "note", "none yet; 'citygrid migrate' makes it")


def _rights(url: str) -> Iterator[Finding]:
    """Look whether the policies stand, can be fast, and hold the role that the workers connect as."""
    with connect(url) as connection:
        same = rights_are_right(connection)
        text = (
            "as the rules say"
            if same
            else "differ from the rules: run 'citygrid migrate', and ask who changed them"
        )
        yield _judge("policies", same, text)
        fast = is_leakproof(connection)
        yield Finding(
            "spatial index under policies",
            "good" if fast else "bad",
            "&& is leakproof"
            if fast
            else "&& is not leakproof, boxes are slow for readers of an area: let a"
            " superuser run spatial/database/mark_leakproof.sql",
        )
        power = too_powerful(connection)
        yield _judge(
            "workers' role", power is None, power or f"{APP} owns nothing and cannot pass by policies"
        )


def _schema(url: str) -> Finding:
    from spatial.database.migrate import pending

    missing = pending(url)
    return _judge("schema", not missing, f"lacks {', '.join(missing)}" if missing else "up to date")
