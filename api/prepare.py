"""What a database needs before the platform runs on it: schema, catalogue, partitions, a first account."""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from layers import builtin, changes
from spatial.database import connect
from spatial.database.revisions import is_up_to_date
from spatial.database.roles import ensure_roles, mark_leakproof
from spatial.partners.log import begin_life
from spatial.patrols.partitions import DAYS_AHEAD, ensure
from spatial.people.accounts import create_account
from spatial.people.keys import issue_token
from spatial.rights.apply import apply_rights
from spatial.rights.audit.partitions import ensure_months
from spatial.rights.audit.triggers import watch
from spatial.rights.data_keys import ensure_keys
from spatial.rights.published import apply_published
from spatial.rights.resealing import seal_existing
from tiles import counts

DEMO_ADMINISTRATOR = "admin"
DEMO_TOKEN_LIFE = timedelta(days=365)


def bring_up_to_date(url: str, app_password: str | None = None, *, master: Path | None = None) -> list[str]:
    """Make the roles, migrate, give rights, write the built-in layers, and make the days that come next.

    url: of the tables' owner. app_password: of the role the workers connect as; None leaves it as it is.
    master: the file of the master key; with it the keys of personal data are made or checked, and what still
    lies in clear is sealed. Returns the applied revisions. Running it again changes nothing.
    """
    with connect(url) as connection:
        ensure_roles(connection, app_password)
    applied = [] if is_up_to_date(url) else _migrate(url)
    with connect(url) as connection:
        mark_leakproof(connection)
        today = datetime.now(UTC).date()
        ensure_months(connection, today)
        watch(connection)
        apply_rights(connection)
        apply_published(connection)
        builtin.sync(connection)
        changes.watch(connection)
        begin_life(connection)
        counts.keep(connection)
        ensure(connection, today, today + timedelta(days=DAYS_AHEAD))
    if master is not None:
        seal_personal_data(url, master)
    return applied


def seal_personal_data(url: str, master: Path) -> dict[str, int]:
    """Make the keys of personal data or see that they fit, and seal what lies in clear; rows by table."""
    with connect(url, autocommit=True) as connection:
        with connection.transaction():
            ensure_keys(connection, master)
        return seal_existing(connection, master)


def _migrate(url: str) -> list[str]:
    # Imported here: it takes two seconds, which a start without new migrations need not wait for.
    from spatial.database.migrate import migrate

    return migrate(url)


def ensure_administrator(url: str, home: Path) -> bool:
    """Make the demo administrator when nobody can log in yet; tell whether one was made."""
    with connect(url) as connection:
        somebody = connection.execute("SELECT EXISTS (SELECT FROM account)").fetchone()
    if somebody and somebody[0]:
        return False
    make_demo_administrator(url, home)
    return True


def make_demo_administrator(url: str, home: Path) -> dict[str, str]:
    """Make the demo administrator with a fresh password and token, and write both to demo-login.json.

    The file is readable by its owner only.
    """
    password = secrets.token_urlsafe(12)
    with connect(url) as connection:
        account = create_account(
            connection, DEMO_ADMINISTRATOR, "演示管理员", "district_administrator", password
        )
        token = issue_token(connection, account, "demo", DEMO_TOKEN_LIFE)
    login = {"username": DEMO_ADMINISTRATOR, "password": password, "token": token}
    _write_login(home, login)
    return login


def add_demo_logins(home: Path, accounts: list[dict[str, str | None]]) -> None:
    """Add the demo's other accounts to demo-login.json, under "accounts"."""
    file = home / "demo-login.json"
    login = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    _write_login(home, {**login, "accounts": accounts})


def _write_login(home: Path, login: dict[str, Any]) -> None:
    home.mkdir(parents=True, exist_ok=True)
    file = home / "demo-login.json"
    file.touch(mode=0o600)
    file.write_text(json.dumps(login, ensure_ascii=False) + "\n", encoding="utf-8")
