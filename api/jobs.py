"""The job process: background jobs and schedules, kept in PostgreSQL by procrastinate."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import structlog
from procrastinate import App, PsycopgConnector

from spatial.database import connect, connection_options
from spatial.patrols.partitions import DAYS_AHEAD, ensure
from spatial.settings import Settings

log = structlog.get_logger()


def run(settings: Settings) -> None:
    """Work on jobs until SIGTERM."""
    assert settings.database_url is not None
    asyncio.run(_work(settings.database_url.value))


async def _work(url: str) -> None:
    app = make_app(url)
    async with app.open_async():
        await install(app)
        await app.run_worker_async(concurrency=2, install_signal_handlers=True)


def make_app(url: str) -> App:
    """Make the queue over the database at `url`, with every job and its schedule."""
    app = App(connector=PsycopgConnector(conninfo=url, kwargs=connection_options()))

    @app.periodic(cron="7 * * * *")
    @app.task(name="prepare_days", queueing_lock="prepare_days")
    async def prepare_days(timestamp: int) -> None:
        await asyncio.to_thread(_prepare_days, url, datetime.fromtimestamp(timestamp, UTC))

    return app


async def install(app: App) -> None:
    """Make procrastinate's tables when they are missing; its schema has no 'if not exists'."""
    found = await app.connector.execute_query_one_async(
        "SELECT to_regclass('procrastinate_jobs') IS NULL AS missing"
    )
    if found["missing"]:
        await app.schema_manager.apply_schema_async()


def _prepare_days(url: str, now: datetime) -> None:
    with connect(url) as connection:
        made = ensure(connection, now.date(), now.date() + timedelta(days=DAYS_AHEAD))
        connection.execute("DELETE FROM token WHERE expires_at < now() - interval '1 day'")
    log.info("days prepared", partitions=made)
