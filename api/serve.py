"""One API worker process on a listening socket that the supervisor made."""

from __future__ import annotations

import logging
import os
import socket

import structlog
import uvicorn

from spatial.errors import InvalidInput
from spatial.settings import Settings


def serve(settings: Settings, fd: int) -> None:
    """Serve requests on the inherited socket `fd` until SIGTERM; requests under way are finished first."""
    prepare(settings)
    from api.app import create_app

    if settings.database_url is None:
        raise InvalidInput.at("CITYGRID_DATABASE_URL", "a worker needs the address of the database")
    config = uvicorn.Config(
        create_app(settings, settings.database_url.value),
        http="httptools",
        loop="uvloop",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=10,
        timeout_keep_alive=75,
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=fd)])


def prepare(settings: Settings) -> None:
    """Set what must stand before the heavy libraries are imported, and how this process logs."""
    folders = {
        "NUMBA_CACHE_DIR": settings.home / "cache" / "numba",
        "PROMETHEUS_MULTIPROC_DIR": settings.home / "run" / "metrics",
    }
    for name, folder in folders.items():
        folder.mkdir(parents=True, exist_ok=True)
        os.environ.setdefault(name, str(folder))
    level = getattr(logging, settings.log_level.upper())
    logging.basicConfig(level=level, format="%(levelname)s %(name)s %(message)s")
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
    )
