"""One API worker process on a listening socket that the supervisor made."""

from __future__ import annotations

import gc
import os
import socket
from functools import partial
from typing import Any

import uvicorn

from api import logs
from api.tls import LOOK_SECONDS, Certificate
from spatial.database import connect
from spatial.database.roles import APP, app_url_of, too_powerful
from spatial.errors import Forbidden
from spatial.settings import Settings

MOST_MESSAGE_BYTES = 64 * 1024
"""What a watcher may send on a live line at once; a thousand movers by their numbers fit in."""


def serve(settings: Settings, fd: int) -> None:
    """Serve requests on the inherited socket `fd` until SIGTERM; requests under way are finished first."""
    prepare(settings)
    # Only now: prometheus_client reads at its import where the processes share their counters.
    from api.app import create_app
    from api.connections import Connection, Line

    url = app_url_of(settings)
    refuse_too_powerful(url)
    app = create_app(settings, url)
    # What was imported stays for good: the collector need not go through it again and again.
    gc.collect()
    gc.freeze()
    config = uvicorn.Config(
        app,
        http=partial(Connection, trusted=settings.trusted_proxies),  # type: ignore[arg-type]
        loop="uvloop",
        ws=Line,
        ws_max_size=MOST_MESSAGE_BYTES,
        ws_per_message_deflate=False,
        ws_ping_interval=20.0,
        ws_ping_timeout=40.0,
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=False,
        # Forwarded headers are read in api/proxies.py, from the proxies that the settings name.
        proxy_headers=False,
        timeout_graceful_shutdown=10,
        timeout_keep_alive=75,
        **_tls(settings),
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=fd)])


def _tls(settings: Settings) -> dict[str, Any]:
    certificate = Certificate.of(settings)
    if certificate is None:
        return {}
    return {
        "ssl_context_factory": lambda *_: certificate.context,
        "callback_notify": certificate.keep_fresh(),
        "timeout_notify": LOOK_SECONDS,
    }


def prepare(settings: Settings) -> None:
    """Set what must stand before the heavy libraries are imported, and how this process logs."""
    folders = {
        "NUMBA_CACHE_DIR": settings.home / "cache" / "numba",
        "PROMETHEUS_MULTIPROC_DIR": settings.home / "run" / "metrics",
    }
    for name, folder in folders.items():
        folder.mkdir(parents=True, exist_ok=True)
        os.environ.setdefault(name, str(folder))
    logs.configure(settings)


def refuse_too_powerful(url: str) -> None:
    """Stop before the first request when this role could read past the policies; Forbidden says why."""
    with connect(url) as connection:
        reason = too_powerful(connection, connection.info.user)
    if reason is not None:
        raise Forbidden(f"{reason}; let the workers connect as {APP} (CITYGRID_APP_DATABASE_URL)")
