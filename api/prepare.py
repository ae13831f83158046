"""What a database needs before the platform runs on it: schema, catalogue, partitions, a first account."""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path

from layers import builtin
from spatial.database import connect
from spatial.database.revisions import is_up_to_date
from spatial.patrols.partitions import DAYS_AHEAD, ensure
from spatial.people.accounts import create_account, issue_token

DEMO_ADMINISTRATOR = "admin"
DEMO_TOKEN_LIFE = timedelta(days=365)


def bring_up_to_date(url: str) -> list[str]:
    """Migrate, write the built-in layers into the catalogue, and make the days that come next.

    Returns the applied revisions. Running it again changes nothing.
    """
    applied = [] if is_up_to_date(url) else _migrate(url)
    with connect(url) as connection:
        builtin.sync(connection)
        today = datetime.now(UTC).date()
        ensure(connection, today, today + timedelta(days=DAYS_AHEAD))
    return applied


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
    home.mkdir(parents=True, exist_ok=True)
    file = home / "demo-login.json"
    file.touch(mode=0o600)
    file.write_text(json.dumps(login) + "\n", encoding="utf-8")
    return login
