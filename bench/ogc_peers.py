"""Other OGC API servers over the same table, each with two processes: pygeoapi, TiPg, MapServer, QGIS Server.

Python peers run in a virtual environment of their own, made at the first run. MapServer and QGIS Server are
Debian's (cgi-mapserver, qgis-server, python3-qgis, nginx-light, spawn-fcgi), and left out where they are not.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit

ROOT = Path(__file__).parent.parent
VENV = ROOT / ".citygrid-cache" / "bench-venv"
PACKAGES = (
    "pygeoapi==0.21.0",
    "psycopg2-binary",
    "geoalchemy2",
    "tipg==1.6.1",
    "uvicorn",
    "uvloop",
    "httptools",
)
START_SECONDS = 90
QUIET: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


@dataclass(frozen=True)
class Ground:
    """What every peer is given: the database, a scratch folder, and the table's name."""

    url: str
    folder: Path
    box: str
    rows: int
    tile: tuple[int, int, int]


@dataclass(frozen=True)
class Peer:
    """One other server: `start` gives its address while it runs; `paths` are the requests, by case.

    {id} in a path is another number at each request; {z}, {x} and {y} are those of tiles asked once each.
    """

    name: str
    start: Callable[[Ground], object]
    paths: Callable[[Ground], dict[str, str]]


def free_port() -> int:
    """Find a port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(command: list[str], env: dict[str, str], ready: str, log: Path) -> Iterator[str]:
    """Run a server until the block ends; `ready` is an address that answers 200 once it is up."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, env={**os.environ, **env}, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        until_ready(ready, process, log)
        parts = urlsplit(ready)
        yield f"{parts.scheme}://{parts.netloc}"
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def until_ready(address: str, process: subprocess.Popen[bytes] | None, log: Path) -> None:
    """Wait until an address answers 200; RuntimeError with the log when it does not."""
    ends, said = time.monotonic() + START_SECONDS, ""
    while time.monotonic() < ends and (process is None or process.poll() is None):
        try:
            with urllib.request.urlopen(address, timeout=20) as answer:
                if answer.status == 200:
                    return
        except HTTPError as error:
            said = f"{error.code} {error.read(500)!r}"
            time.sleep(0.3)
        except OSError as error:
            said = str(error)
            time.sleep(0.3)
    raise RuntimeError(f"{address} does not answer ({said}):\n{log.read_text(errors='replace')[-3000:]}")


def ensure_venv() -> Path:
    """Make the peers' environment once; returns its folder of programs."""
    if not (VENV / "bin" / "pygeoapi").exists():
        uv = str(Path(sys.executable).parent / "uv")
        subprocess.run([uv, "venv", "-q", "--python", sys.executable, str(VENV)], check=True)
        subprocess.run(
            [uv, "pip", "install", "-q", "--python", str(VENV / "bin" / "python"), *PACKAGES], check=True
        )
    return VENV / "bin"


def _items(ground: Ground, prefix: str, name: str = "bench_events") -> dict[str, str]:
    items = f"{prefix}/collections/{name}/items"
    return {
        "items limit=100": f"{items}?limit=100&f=json",
        "limit=1000 + bbox": f"{items}?limit=1000&bbox={ground.box}&f=json",
        "single item": f"{items}/{{id}}?f=json",
    }


@contextmanager
def _pygeoapi(ground: Ground) -> Iterator[str]:
    programs, port, parts = ensure_venv(), free_port(), urlsplit(ground.url)
    data = {
        "host": parts.hostname, "port": parts.port, "dbname": parts.path.strip("/"), "user": parts.username,
        "password": parts.password, "search_path": ["public"],
    }  # fmt: skip
    provider = {
        "type": "feature", "name": "PostgreSQL", "data": data, "id_field": "id", "table": "bench_events",
        "geom_field": "geom", "time_field": "occurred_at",
    }  # fmt: skip
    config = {
        "server": {
            "bind": {"host": "127.0.0.1", "port": port}, "url": f"http://127.0.0.1:{port}",
            "mimetype": "application/json; charset=UTF-8", "encoding": "utf-8", "languages": ["en-US"],
            "limits": {"default_items": 10, "max_items": 10000}, "gzip": False,
            "map": {"url": "https://tile.invalid/{z}/{x}/{y}.png", "attribution": "-"},
        },
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": {"title": "b", "description": "b", "keywords": ["b"], "keywords_type": "theme",
                               "terms_of_service": "-", "url": "https://b.invalid"},
            "license": {"name": "-", "url": "https://b.invalid"}, "provider": {"name": "-", "url": "https://b.invalid"},
            "contact": {"name": "-"},
        },
        "resources": {
            "bench_events": {
                "type": "collection", "title": "b", "description": "b", "keywords": ["b"], "links": [],
                "extents": {"spatial": {"bbox": [-180, -90, 180, 90]}}, "providers": [provider],
            }
        },
    }  # fmt: skip
    file, api = ground.folder / "pygeoapi.yml", ground.folder / "pygeoapi-openapi.yml"
    file.write_text(json.dumps(config))
    env = {"PYGEOAPI_CONFIG": str(file), "PYGEOAPI_OPENAPI": str(api)}
    subprocess.run(
        [str(programs / "pygeoapi"), "openapi", "generate", str(file), "--output-file", str(api)],
        env={**os.environ, **env}, check=True, capture_output=True,
    )  # fmt: skip
    command = [
        str(programs / "uvicorn"), "pygeoapi.starlette_app:APP", "--port", str(port), "--workers", "2",
        "--log-level", "error",
    ]  # fmt: skip
    ready = f"http://127.0.0.1:{port}/collections/bench_events/items/1?f=json"
    with running(command, env, ready, ground.folder / "pygeoapi.log") as address:
        yield address


@contextmanager
def _tipg(ground: Ground) -> Iterator[str]:
    programs, port = ensure_venv(), free_port()
    env = {
        "DATABASE_URL": ground.url, "TIPG_DB_SCHEMAS": '["public"]', "TIPG_DB_SPATIAL_EXTENT": "false",
        "TIPG_DB_APPLICATION_SCHEMA": "pg_temp",
    }  # fmt: skip
    command = [
        str(programs / "uvicorn"), "tipg.main:app", "--port", str(port), "--workers", "2",
        "--log-level", "error",
    ]  # fmt: skip
    ready = f"http://127.0.0.1:{port}/collections/public.bench_events/items/1?f=geojson"
    with running(command, env, ready, ground.folder / "tipg.log") as address:
        yield address


def _tipg_paths(ground: Ground) -> dict[str, str]:
    z, x, y = ground.tile
    tiles = "/collections/public.bench_events/tiles/WebMercatorQuad"
    paths = {
        case: path.replace("f=json", "f=geojson")
        for case, path in _items(ground, "", "public.bench_events").items()
    }
    return {**paths, "tile z14 cold": f"{tiles}/{{z}}/{{x}}/{{y}}", "tile z14": f"{tiles}/{z}/{x}/{y}"}


NGINX = """
worker_processes 2; daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx-error.log;
events {{ worker_connections 256; }}
http {{ access_log off; client_body_temp_path {folder}/nginx-body; fastcgi_temp_path {folder}/nginx-fcgi;
  proxy_temp_path {folder}/nginx-proxy;
  uwsgi_temp_path {folder}/nginx-uwsgi; scgi_temp_path {folder}/nginx-scgi;
  upstream peer {{ server 127.0.0.1:{first}; server 127.0.0.1:{second}; }}
  server {{ listen 127.0.0.1:{port};
    location / {{ fastcgi_pass peer; include /etc/nginx/fastcgi_params; fastcgi_read_timeout 300;
      fastcgi_split_path_info ^({script})(.*)$;
      fastcgi_param SCRIPT_NAME "{script}"; fastcgi_param PATH_INFO $fastcgi_path_info;
      fastcgi_param SCRIPT_FILENAME {program}; {parameters} }} }} }}
"""


@contextmanager
def _fastcgi(
    ground: Ground, name: str, program: str, script: str, env: dict[str, str], ready: str
) -> Iterator[str]:
    """Run two processes of a FastCGI program behind nginx."""
    folder = ground.folder / name
    folder.mkdir()
    ports = [free_port() for _ in range(3)]
    (folder / "nginx.conf").write_text(
        NGINX.format(
            folder=folder,
            port=ports[0],
            first=ports[1],
            second=ports[2],
            script=script,
            program=program,
            parameters=" ".join(f"fastcgi_param {key} {value};" for key, value in env.items()),
        )
    )
    with ExitStack() as stack:
        for port in ports[1:]:
            command = ["spawn-fcgi", "-n", "-a", "127.0.0.1", "-p", str(port), "--", program]
            process = subprocess.Popen(command, env={**os.environ, **env}, start_new_session=True, **QUIET)
            stack.callback(process.wait, 30)
            # FastCGI programs wait for their next request before they follow a softer signal.
            stack.callback(os.killpg, process.pid, signal.SIGKILL)
        address = f"http://127.0.0.1:{ports[0]}"
        command = ["nginx", "-c", str(folder / "nginx.conf"), "-p", str(folder)]
        with running(command, {}, address + ready, folder / "nginx.log"):
            yield address


MAPFILE = """
MAP
  NAME "bench"
  EXTENT 116 39 117 41
  UNITS DD
  PROJECTION "init=epsg:4326" END
  CONFIG "ON_MISSING_DATA" "IGNORE"
  WEB
    METADATA
      "ows_enable_request" "*" "ows_title" "b" "ows_onlineresource" "http://127.0.0.1/mapserv/bench"
      "oga_onlineresource" "http://127.0.0.1/mapserv/bench" "ows_srs" "EPSG:4326"
      "oga_html_template_directory" "{templates}"
    END
  END
  LAYER
    NAME "bench_events"
    TYPE POINT
    STATUS ON
    TEMPLATE "needed-to-be-queryable"
    CONNECTIONTYPE POSTGIS
    PROCESSING "CLOSE_CONNECTION=DEFER"
    CONNECTION "host={host} port={port} dbname={database} user={user} password={password}"
    DATA "geom FROM public.bench_events USING UNIQUE id USING SRID=4326"
    PROJECTION "init=epsg:4326" END
    METADATA
      "ows_title" "b" "gml_include_items" "all" "gml_featureid" "id" "oga_featureid" "id"
      "wfs_extent" "116 39 117 41"
    END
  END
END
"""


@contextmanager
def _mapserver(ground: Ground) -> Iterator[str]:
    parts = urlsplit(ground.url)
    file, config = ground.folder / "bench.map", ground.folder / "mapserver.conf"
    templates = "/usr/share/mapserver/ogcapi/templates/html-plain"
    file.write_text(
        MAPFILE.format(
            host=parts.hostname,
            port=parts.port,
            database=parts.path.strip("/"),
            user=parts.username,
            password=parts.password,
            templates=templates,
        )
    )
    config.write_text(
        f'CONFIG\n  ENV\n    MS_MAP_PATTERN "."\n  END\n  MAPS\n    bench "{file}"\n  END\nEND\n'
    )
    env = {"MAPSERVER_CONFIG_FILE": str(config), "MS_MAP_PATTERN": "."}
    ready = "/mapserv/bench/ogcapi/collections/bench_events/items/1?f=json"
    with _fastcgi(ground, "mapserver", "/usr/bin/mapserv", "/mapserv", env, ready) as address:
        yield address


PROJECT = """
import sys
from qgis.core import QgsApplication, QgsDataSourceUri, QgsProject, QgsVectorLayer
QgsApplication.setPrefixPath("/usr", True)
app = QgsApplication([], False); app.initQgis()
host, port, database, user, password, file = sys.argv[1:]
uri = QgsDataSourceUri()
uri.setConnection(host, port, database, user, password)
uri.setDataSource("public", "bench_events", "geom", "", "id")
layer = QgsVectorLayer(uri.uri(False), "bench_events", "postgres")
assert layer.isValid(), "the layer is not valid"
project = QgsProject.instance(); project.addMapLayer(layer)
project.writeEntry("WFSLayers", "/", [layer.id()])
project.writeEntry("WMSRequestDefinedDataSources", "/", False)
project.setCrs(layer.crs()); assert project.write(file)
app.exitQgis()
"""


@contextmanager
def _qgis(ground: Ground) -> Iterator[str]:
    parts = urlsplit(ground.url)
    project = ground.folder / "bench.qgs"
    subprocess.run(
        ["/usr/bin/python3", "-c", PROJECT, str(parts.hostname), str(parts.port), parts.path.strip("/"),
         str(parts.username), str(parts.password), str(project)],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"}, check=True, capture_output=True,
    )  # fmt: skip
    env = {"QGIS_PROJECT_FILE": str(project), "QGIS_SERVER_LOG_STDERR": "0", "QT_QPA_PLATFORM": "offscreen"}
    program = "/usr/lib/cgi-bin/qgis_mapserv.fcgi"
    ready = "/wfs3/collections/bench_events/items/1.json"
    with _fastcgi(ground, "qgis", program, "", env, ready) as address:
        yield address


def _qgis_paths(ground: Ground) -> dict[str, str]:
    items = "/wfs3/collections/bench_events/items"
    return {
        "items limit=100": f"{items}.json?limit=100",
        "limit=1000 + bbox": f"{items}.json?limit=1000&bbox={ground.box}",
        "single item": f"{items}/{{id}}.json",
    }


def peers() -> list[Peer]:
    """List the peers that this machine has."""
    found = [
        Peer("pygeoapi 0.21", _pygeoapi, lambda ground: _items(ground, "")),
        Peer("TiPg 1.6.1", _tipg, _tipg_paths),
    ]
    behind_nginx = shutil.which("nginx") and shutil.which("spawn-fcgi")
    if behind_nginx and shutil.which("mapserv"):
        found.append(
            Peer("MapServer 8.0", _mapserver, lambda ground: _items(ground, "/mapserv/bench/ogcapi"))
        )
    if behind_nginx and Path("/usr/lib/cgi-bin/qgis_mapserv.fcgi").exists():
        found.append(Peer("QGIS Server 3.22", _qgis, _qgis_paths))
    return found
