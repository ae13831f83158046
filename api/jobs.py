"""The job process: background jobs and schedules, kept in PostgreSQL by procrastinate, and the sealer."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial

import structlog
from procrastinate import App, PsycopgConnector

from api.address_jobs import AddressWorker
from api.alarm_jobs import AlarmWatcher
from api.archive_jobs import ArchiveAsker, keep_archive
from api.component_jobs import Surveyor
from api.cry_jobs import CryKeeper
from api.event_jobs import EventWatcher
from api.export_jobs import ExportWriter
from api.exports import store_of
from api.external.worker import ExternalWorker
from api.fence_jobs import FenceKeeper
from api.fix_jobs import FixKeeper
from api.import_jobs import ImportWorker
from api.message_jobs import MessageSender
from api.network_jobs import NetworkImporter
from api.open311_jobs import Puller
from api.open311_offices import Forwarder
from api.patrol_jobs import PatrolKeeper
from api.place_jobs import Inspector
from api.plan_import_jobs import PlanImporter
from api.plan_jobs import PlanPublisher
from api.process_jobs import ProcessWorker
from api.roll_call_jobs import RollCaller
from api.task_jobs import TaskKeeper
from api.track_jobs import TrackGrader
from api.webhook_jobs import Courier
from grid_editor.publish import follow_codes
from layers.builtin_themes import sync_themes
from layers.changes import forget_old
from spatial.components import statistics as components
from spatial.database import connect, connection_options
from spatial.database.roles import app_url_of
from spatial.events.figures import keeping as figures
from spatial.grids.stamps import STAMPED_COVERAGE, needs_stamps, restamp
from spatial.grids.versions import read_snapshot
from spatial.patrols.days import day_of
from spatial.patrols.heat.keeping import fold
from spatial.patrols.heat.shown import show
from spatial.patrols.heat.summing import sum_up
from spatial.patrols.partitions import DAYS_AHEAD, ensure, forget_far
from spatial.people.keys import delete_old_keys
from spatial.rights.audit.keys import chain_keys
from spatial.rights.audit.partitions import ensure_months, wait_briefly
from spatial.rights.audit.retention import drop_old_months
from spatial.rights.audit.roots import root_file
from spatial.rights.audit.sealer import Sealer
from spatial.settings import Settings
from tiles import counts

log = structlog.get_logger()


def run(settings: Settings) -> None:
    """Work on jobs and seal the audit log until SIGTERM."""
    sealer = Sealer(_url(settings), partial(chain_keys, settings), root_file(settings.home))
    writer = ExportWriter(app_url_of(settings), store_of(settings), settings.export_hours)
    harvester, checker = ExternalWorker(settings, "harvest"), ExternalWorker(settings, "proxy")
    workers = (
        writer,
        ImportWorker.of(settings),
        ProcessWorker(settings),
        AddressWorker(settings),
        harvester,
        checker,
        PlanPublisher.of(settings),
        EventWatcher.of(settings),
        Inspector(settings),
        PlanImporter.of(settings),
        NetworkImporter.of(settings),
        Surveyor.of(settings),
        MessageSender.of(settings),
        Courier(settings),
        Puller(settings),
        Forwarder(settings),
        FixKeeper(settings),
        TrackGrader.of(settings),
        PatrolKeeper.of(settings),
        FenceKeeper.of(settings),
        ArchiveAsker(settings),
        TaskKeeper.of(settings),
        RollCaller.of(settings),
        CryKeeper.of(settings),
        AlarmWatcher.of(settings),
    )
    with ExitStack() as stack:
        for worker in (sealer, *workers):
            stack.enter_context(worker)
        try:
            asyncio.run(_work(settings))
        finally:
            # All at once: each may look for work for some seconds more, and they are waited for in turn.
            for each in workers:
                each.end()


async def _work(settings: Settings) -> None:
    app = make_app(settings)
    async with app.open_async():
        await install(app)
        await app.run_worker_async(concurrency=2, install_signal_handlers=True)


def make_app(settings: Settings) -> App:
    """Make the queue over the database of the settings, with every job and its schedule."""
    app = App(connector=PsycopgConnector(conninfo=_url(settings), kwargs=connection_options()))

    @app.periodic(cron="7 * * * *")
    @app.task(name="prepare_days", queueing_lock="prepare_days")
    async def prepare_days(timestamp: int) -> None:
        await asyncio.to_thread(_prepare_days, settings, datetime.fromtimestamp(timestamp, UTC))

    @app.periodic(cron="* * * * *")
    @app.task(name="stamp_units", queueing_lock="stamp_units")
    async def stamp_units(timestamp: int) -> None:
        await asyncio.to_thread(_stamp_units, _url(settings), datetime.fromtimestamp(timestamp, UTC))

    @app.periodic(cron="* * * * *")
    @app.task(name="count_points", queueing_lock="count_points")
    async def count_points(timestamp: int) -> None:
        await asyncio.to_thread(_count_points, _url(settings), datetime.fromtimestamp(timestamp, UTC))

    @app.periodic(cron="37 * * * *")
    @app.task(name="add_heat_up", queueing_lock="add_heat_up")
    async def add_heat_up(timestamp: int) -> None:
        await asyncio.to_thread(_add_heat_up, settings, datetime.fromtimestamp(timestamp, UTC))

    @app.periodic(cron="41 2 * * *")
    @app.task(name="keep_archive", queueing_lock="keep_archive")
    async def nightly(timestamp: int) -> None:
        now = datetime.fromtimestamp(timestamp, UTC)
        await asyncio.to_thread(keep_archive, settings, _url(settings), now)

    @app.periodic(cron="23 3 * * *")
    @app.task(name="keep_audit", queueing_lock="keep_audit")
    async def keep_audit(timestamp: int) -> None:
        await asyncio.to_thread(_keep_audit, settings, datetime.fromtimestamp(timestamp, UTC))

    return app


async def install(app: App) -> None:
    """Make procrastinate's tables when they are missing; its schema has no 'if not exists'."""
    found = await app.connector.execute_query_one_async(
        "SELECT to_regclass('procrastinate_jobs') IS NULL AS missing"
    )
    if found["missing"]:
        await app.schema_manager.apply_schema_async()


def _url(settings: Settings) -> str:
    assert settings.database_url is not None
    return settings.database_url.value


def _prepare_days(settings: Settings, now: datetime) -> None:
    url = _url(settings)
    with connect(url) as connection:
        made = ensure(connection, now.date(), now.date() + timedelta(days=DAYS_AHEAD))
        forget_far(connection, settings.fix_days)
        delete_old_keys(connection)
        forget_old(connection)
    log.info("days prepared", partitions=made)
    with connect(url) as connection:
        wait_briefly(connection)
        ensure_months(connection, now.date())


def _stamp_units(url: str, now: datetime) -> None:
    """Give places, components and duties their units anew once a version has come into force by the clock."""
    with connect(url) as connection:
        if needs_stamps(connection):
            moved = restamp(connection, read_snapshot(connection, STAMPED_COVERAGE))
            log.info("units stamped", moved=moved, at=now.isoformat())
            follow_codes(connection)


def _add_heat_up(settings: Settings, now: datetime) -> None:
    """Add up the heat of days that are over, cut the weeks that everybody may see, and make totals."""
    with connect(_url(settings)) as connection:
        blocks = fold(connection, day_of(now))
    weeks = 0
    with connect(_url(settings)) as connection:
        while show(connection, day_of(now), settings.heat_people):
            connection.commit()
            weeks += 1
    with connect(_url(settings)) as connection:
        totals = sum_up(connection, day_of(now))
    if blocks or weeks or totals:
        log.info("heat added up", blocks=blocks, weeks=weeks, totals=totals)


def _count_points(url: str, now: datetime) -> None:
    """Begin to count the points of newly published tables, and add up what changes have left."""
    with connect(url) as connection:
        anew = counts.keep(connection)
    with connect(url) as connection:
        counts.compact(connection)
    with connect(url) as connection:
        figures.fold(connection)
    with connect(url) as connection:
        components.compact(connection)
    with connect(url) as connection:
        sync_themes(connection)
    if anew:
        log.info("points counted", tables=anew, at=now.isoformat())


def _keep_audit(settings: Settings, now: datetime) -> None:
    """Let the months of the audit log go that are old enough."""
    with connect(_url(settings), autocommit=True) as connection:
        keys, file = chain_keys(settings), root_file(settings.home)
        drop_old_months(connection, keys, file, settings.audit_days, now)
