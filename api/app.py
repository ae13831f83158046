"""The application: hot doors as raw ASGI beside ordinary FastAPI routes, all behind one middleware."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cached_property
from typing import Any

from fastapi import Depends, FastAPI

from api import (
    accounts,
    audit,
    errors,
    exports,
    grants,
    grids,
    health,
    layers,
    legends,
    login,
    me,
    organisations,
    overview,
    pages,
    personal,
    plan_figures,
    plan_review,
    plan_suggestions,
    plan_tree,
    plans,
    search,
)
from api.asgi import App, Receive, Scope, Send
from api.city import City
from api.dependencies import known_parameters
from api.external import routes as external
from api.external.rasters import PREFIX as RASTERS_PREFIX
from api.external.rasters import RasterDoor
from api.limits import Limits
from api.live import Listener, Message
from api.locate import PATH as LOCATE_PATH
from api.locate import LocateDoor
from api.ogc.app import OgcApp, ogc_app
from api.oidc import routes as oidc
from api.openapi import describe_doors
from api.reader import ReaderMiddleware
from api.tiles import PREFIX as TILES_PREFIX
from api.tiles import TileDoor, TileMaker
from spatial.database import Database
from spatial.settings import Settings

VERSION = "0.1.0"


class Doors:
    """Sends a request to the raw door of its path, and everything else to the ordinary routes."""

    def __init__(self, exact: dict[str, App], under: dict[str, App], rest: App) -> None:
        self.exact = exact
        self.under = under
        self.rest = rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self.rest
        if scope["type"] == "http":
            path = scope["path"]
            app = self.exact.get(path) or self._below(path) or self.rest
        await app(scope, receive, send)

    def takes_files(self, path: str) -> bool:
        """Tell whether the door or route of a path was declared to take files."""
        door = self.exact.get(path) or self._below(path)
        if door is not None:
            takes = getattr(door, "takes_files", False)
            return takes(path) if callable(takes) else takes
        return any(pattern.match(path) for pattern in self._file_routes)

    @cached_property
    def _file_routes(self) -> list[re.Pattern[str]]:
        return [*_taking_files(getattr(self.rest, "routes", ()))]

    def _below(self, path: str) -> App | None:
        return next((app for prefix, app in self.under.items() if path.startswith(prefix)), None)


def _taking_files(routes: Iterable[Any]) -> Iterator[re.Pattern[str]]:
    """Find the paths of routes that take files; an included router stands in the list as one thing."""
    for route in routes:
        inner = getattr(route, "original_router", None) or getattr(route, "router", None)
        if inner is not None:
            yield from _taking_files(inner.routes)
        elif getattr(getattr(route, "endpoint", None), "takes_files", False):
            yield route.path_regex


def create_app(settings: Settings, url: str) -> App:
    """Make the ASGI application of one process for the database at `url`."""
    city = City(settings, Database(url, settings.pool_size, settings.statement_seconds))
    maker = TileMaker(city.database, city.tiles)
    ogc = ogc_app(city.database, home=settings.home, tiles=maker, assignments=city.assignments)
    rasters = RasterDoor(city.database, settings)
    ogc.bases = city.bases
    ordinary = _ordinary(city, ogc, rasters)
    doors = Doors(
        exact={LOCATE_PATH: LocateDoor(city), "/ogc": ogc},
        under={
            TILES_PREFIX: TileDoor(maker, ogc.publication),
            RASTERS_PREFIX: rasters,
            "/ogc/": ogc,
        },
        rest=ordinary,
    )
    return Limits(ReaderMiddleware(doors, city), settings, doors.takes_files)


def _ordinary(city: City, ogc: OgcApp, rasters: RasterDoor) -> FastAPI:
    app = FastAPI(
        title="citygrid",
        version=VERSION,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan(city, ogc, rasters),
        dependencies=[Depends(known_parameters)],
    )
    app.state.city = city
    app.state.sign_on = oidc.SignOn.of(city.settings)
    errors.install(app)
    for module in (
        login,
        oidc,
        me,
        accounts,
        organisations,
        grants,
        grids,
        legends,
        overview,
        search,
        personal,
        audit,
        exports,
        # Before the plans: `points` is no number of a plan.
        plan_figures,
        plans,
        plan_review,
        plan_suggestions,
        plan_tree,
        external,
        layers,
        health,
        pages,
    ):
        app.include_router(module.router)
    pages.mount_assets(app)
    describe_doors(app)
    return app


def _lifespan(
    city: City, ogc: OgcApp, rasters: RasterDoor
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    def follow(message: Message) -> None:
        city.follow(message)
        if message["kind"] in ("layers", "everything"):
            ogc.look_again()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        city.database.open()
        await asyncio.to_thread(city.refresh)
        threading.Thread(target=ogc.warm, name="warm-ogc", daemon=True).start()
        listener = Listener(city.database.url, follow)
        listener.start()
        ogc.open()
        yield
        await ogc.close()
        listener.stop()
        await rasters.aclose()
        city.database.close()

    return lifespan
