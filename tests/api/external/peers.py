"""Other platforms, started here: MapServer and QGIS Server as plain CGI, pygeoapi under uvicorn, MapProxy.

CGI is enough for a handful of requests, and needs no web server beside Python's own.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

MAPSERV = shutil.which("mapserv")
QGIS_SERVER = Path("/usr/lib/cgi-bin/qgis_mapserv.fcgi")


@dataclass
class Peer:
    """A server of this machine: where it is, and what it was asked."""

    url: str
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    """Path with query, and headers."""


class Quiet(BaseHTTPRequestHandler):
    """A handler that writes nothing to the terminal."""

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def answer(self, status: int, body: bytes, kind: str = "text/plain", **more: str) -> None:
        """Send a whole answer."""
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **more}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Run a handler on a port of its own."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def cgi(program: str, script: str, env: Mapping[str, str]) -> Iterator[Peer]:
    """Run a CGI program for each request."""
    peer = Peer("")

    class Handler(Quiet):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            peer.asked.append((self.path, dict(self.headers.items())))
            asked = {
                "REQUEST_METHOD": "GET",
                "QUERY_STRING": parts.query,
                "SCRIPT_NAME": script,
                "PATH_INFO": parts.path.removeprefix(script),
                "SERVER_NAME": "127.0.0.1",
                "SERVER_PORT": str(self.server.server_address[1]),
                "SERVER_PROTOCOL": "HTTP/1.1",
                "HTTP_HOST": self.headers["Host"],
                "REQUEST_URI": self.path,
                "GATEWAY_INTERFACE": "CGI/1.1",
            }
            done = subprocess.run([program], env={**os.environ, **env, **asked}, capture_output=True)
            head, body = re.split(rb"\r?\n\r?\n", done.stdout, maxsplit=1)
            lines = dict(line.split(": ", 1) for line in head.decode().splitlines() if ": " in line)
            status = int(lines.get("Status", "200").split()[0])
            self.answer(status, body, lines.get("Content-Type", "text/plain"))

    with serving(Handler) as url:
        peer.url = url + script
        yield peer


MAP = """
MAP
  NAME "peer"
  EXTENT 116 39 117 41
  SIZE 256 256
  UNITS DD
  IMAGETYPE PNG
  PROJECTION "init=epsg:4326" END
  WEB METADATA
    "ows_enable_request" "*" "ows_title" "peer" "ows_onlineresource" "{online}"
    "ows_srs" "{srs}" "ows_accessconstraints" "内部使用"
    "wfs_getfeature_formatlist" "{formats}" "ows_contactorganization" "水务局"
  END END
  OUTPUTFORMAT
    NAME "geojson" DRIVER "OGR/GEOJSON" MIMETYPE "application/json; subtype=geojson"
    FORMATOPTION "STORAGE=stream" FORMATOPTION "FORM=SIMPLE"
  END
  LAYER
    NAME "wells" TYPE POINT STATUS ON TEMPLATE "x"
    CONNECTIONTYPE OGR CONNECTION "{data}" DATA "wells"
    PROJECTION "init=epsg:4326" END
    METADATA
      "ows_title" "水井 wells" "ows_abstract" "All wells" "gml_include_items" "all" "gml_featureid" "no"
      "gml_types" "auto" "wfs_use_default_extent_for_getfeature" "false"
    END
    CLASS STYLE COLOR 255 0 0 SIZE 3 SYMBOL 0 END END
  END
  LAYER
    NAME "ground" TYPE POLYGON STATUS ON TEMPLATE "x"
    CONNECTIONTYPE OGR CONNECTION "{data}" DATA "ground"
    PROJECTION "init=epsg:4326" END
    METADATA "ows_title" "ground" END
    CLASS STYLE COLOR 0 0 255 END END
  END
END
"""


@contextmanager
def mapserver(
    folder: Path, data: Path, srs: str = "EPSG:4326 EPSG:3857", formats: str = "geojson", online: str = ""
) -> Iterator[Peer]:
    """MapServer over a GeoPackage with the layers wells and ground."""
    assert MAPSERV is not None, "cgi-mapserver is missing: run deploy/setup.sh test"
    file, config = folder / "peer.map", folder / "mapserver.conf"
    config.write_text('CONFIG\n  ENV\n    MS_MAP_PATTERN "."\n  END\nEND\n')
    env = {"MAPSERVER_CONFIG_FILE": str(config), "MS_MAPFILE": str(file)}
    with cgi(MAPSERV, "/mapserv", env) as peer:
        file.write_text(MAP.format(data=data, srs=srs, formats=formats, online=online or peer.url))
        yield peer


PROJECT = """
import sys
from qgis.core import QgsApplication, QgsProject, QgsVectorLayer, QgsCoordinateReferenceSystem
QgsApplication.setPrefixPath("/usr", True)
app = QgsApplication([], False); app.initQgis()
data, file = sys.argv[1:]
project = QgsProject.instance()
layers = [QgsVectorLayer(f"{data}|layername={name}", name, "ogr") for name in ("wells", "ground")]
assert all(each.isValid() for each in layers)
project.addMapLayers(layers)
project.writeEntry("WFSLayers", "/", [each.id() for each in layers])
project.writeEntry("WMSCrsList", "/", ["EPSG:3857", "EPSG:4326", "EPSG:4490"])
project.setCrs(QgsCoordinateReferenceSystem("EPSG:4326")); assert project.write(file)
app.exitQgis()
"""


@contextmanager
def qgis_server(folder: Path, data: Path) -> Iterator[Peer]:
    """QGIS Server over the same layers."""
    project = folder / "peer.qgs"
    env = {"QT_QPA_PLATFORM": "offscreen", "QGIS_PROJECT_FILE": str(project), "QGIS_SERVER_LOG_STDERR": "0"}
    command = ["/usr/bin/python3", "-c", PROJECT, str(data), str(project)]
    subprocess.run(command, env={**os.environ, **env}, check=True, capture_output=True)
    with cgi(str(QGIS_SERVER), "/qgis", env) as peer:
        yield peer


@contextmanager
def pygeoapi(folder: Path, data: Path) -> Iterator[Peer]:
    """Run pygeoapi over the wells, with pages of two at most."""
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    provider = {"type": "feature", "name": "GeoJSON", "data": str(data), "id_field": "no"}
    nobody = {"name": "水务局", "url": "https://b.invalid"}
    about = {"title": "t", "description": "d", "keywords": ["k"], "links": []}
    config = {
        "server": {
            "bind": {"host": "127.0.0.1", "port": port},
            "url": url,
            "mimetype": "application/json; charset=UTF-8",
            "encoding": "utf-8",
            "languages": ["en-US"],
            "limits": {"default_items": 2, "max_items": 2},
            "map": {"url": "https://tile.invalid/{z}/{x}/{y}.png", "attribution": "-"},
        },
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": {**about, "keywords_type": "theme", "terms_of_service": "-", "url": url},
            "license": nobody,
            "provider": nobody,
            "contact": {"name": "-"},
        },
        "resources": {
            "wells": {
                **about,
                "type": "collection",
                "extents": {"spatial": {"bbox": [116, 39, 117, 41]}},
                "providers": [provider],
            }
        },
    }
    file, openapi = folder / "pygeoapi.yml", folder / "openapi.yml"
    file.write_text(json.dumps(config))
    env = {**os.environ, "PYGEOAPI_CONFIG": str(file), "PYGEOAPI_OPENAPI": str(openapi)}
    programs = Path(sys.executable).parent
    make = [str(programs / "pygeoapi"), "openapi", "generate", str(file), "--output-file", str(openapi)]
    subprocess.run(make, env=env, check=True, capture_output=True)
    uvicorn = [str(programs / "uvicorn"), "pygeoapi.starlette_app:APP", "--port", str(port)]
    command = [*uvicorn, "--log-level", "error"]
    with _running(command, env, f"{url}/collections?f=json", folder / "pygeoapi.log"):
        yield Peer(url)


@contextmanager
def mapproxy(folder: Path, wms: str) -> Iterator[Peer]:
    """Run MapProxy as a WMTS over the ground of a WMS, in pyramids of many kinds; nothing is kept."""
    world = {"bbox": [-180, -90, 180, 90], "origin": "nw"}
    grids: dict[str, dict[str, Any]] = {
        "mercator": {"base": "GLOBAL_WEBMERCATOR"},
        # As ArcGIS names and cuts the pyramids of a city of its own.
        "default028mm": {
            "srs": "EPSG:3857",
            "bbox": [12_900_000, 4_700_000, 13_100_000, 4_900_000],
            "origin": "nw",
            "res": [100, 50, 25, 12.5],
            "tile_size": [512, 512],
        },
        "cgcs2000": {"srs": "EPSG:4490", **world, "num_levels": 18},
        "wgs84": {"srs": "EPSG:4326", **world, "res_factor": 3, "num_levels": 11},
    }
    about = {"title": "t", "contact": {"organization": "测绘院"}, "access_constraints": "内部使用"}
    source = {
        "type": "wms",
        "supported_srs": ["EPSG:3857", "EPSG:4326"],
        "req": {"url": wms, "layers": "ground", "transparent": True},
        "coverage": {"bbox": [116, 39, 117, 41], "srs": "EPSG:4326"},
    }
    config = {
        "services": {"wmts": {"restful": True, "kvp": True, "md": about}},
        "layers": [{"name": "ground", "title": "地面", "tile_sources": list(grids)}],
        "caches": {
            name: {"grids": [name], "sources": ["maps"], "disable_storage": True, "format": "image/png"}
            for name in grids
        },
        "sources": {"maps": source},
        "grids": grids,
        "globals": {"cache": {"base_dir": str(folder), "lock_dir": str(folder / "locks")}},
    }
    # YAML is a superset of JSON.
    (folder / "mapproxy.yaml").write_text(json.dumps(config))
    address = f"127.0.0.1:{_free_port()}"
    program = str(Path(sys.executable).parent / "mapproxy-util")
    command = [program, "serve-develop", "--bind", address, str(folder / "mapproxy.yaml")]
    url = f"http://{address}"
    ready = f"{url}/wmts/1.0.0/WMTSCapabilities.xml"
    with _running(command, dict(os.environ), ready, folder / "mapproxy.log"):
        yield Peer(url)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _running(command: list[str], env: Mapping[str, str], ready: str, log: Path) -> Iterator[None]:
    """Run a server until the block ends."""
    with log.open("wb") as file:
        process = subprocess.Popen(command, env=env, stdout=file, stderr=subprocess.STDOUT)
    try:
        _until_ready(ready, process, log)
        yield
    finally:
        process.terminate()
        process.wait(20)


def _until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        if process.poll() is not None:
            break
        try:
            if httpx.get(url, timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise RuntimeError(f"the server did not become ready:\n{log.read_text(errors='replace')[-3000:]}")
