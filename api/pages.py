"""The pages of the web map and their built assets."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from api.dependencies import TAKES_ANYTHING
from spatial.errors import Unavailable
from web_map.assets import WEBDIST

router = APIRouter(include_in_schema=False)


@router.api_route("/", methods=["GET", "HEAD"])
def index() -> Response:
    """Serve the map; it is never cached, its hashed assets are for ever."""
    return _page("index.html")


@router.api_route("/editor", methods=["GET", "HEAD"])
def editor() -> Response:
    """Serve the grid editor; who may do what in it, the routes of plans decide."""
    return _page("editor.html")


@router.api_route("/public", methods=["GET", "HEAD"])
def public() -> Response:
    """Serve the page of the public (公众服务): places near by, reports and what became of them."""
    return _page("public.html")


TAKES_ANYTHING.update((index, editor, public))


def _page(name: str) -> Response:
    page = WEBDIST / name
    if not page.exists():
        raise Unavailable("the web map is not built: run `make run` or `python -m web_map.assets`")
    return FileResponse(page, headers={"cache-control": "no-cache"})


def mount_assets(app: FastAPI) -> None:
    """Serve the hashed files; an unknown one is a 404, never the page."""
    app.mount("/assets", _Assets(directory=WEBDIST / "assets", check_dir=False))


class _Assets(StaticFiles):
    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response
