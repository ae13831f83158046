"""A platform of map tiles in GCJ-02, with marks at known places of WGS-84, to test base maps against."""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import numpy as np
from PIL import Image

from spatial.geometry.datum import convert
from spatial.geometry.tile_matrix import PIXELS, WEB_MERCATOR_QUAD, Tile

GROUND = (238, 226, 180)
MARK = (220, 0, 160)
_PATH = re.compile(r"/tiles/(\d+)/(\d+)/(\d+)")


def world_pixels(lon: float, lat: float, zoom: int) -> tuple[float, float]:
    """Give where a place lies in the picture of the whole world in Web Mercator, in pixels."""
    across, down = WEB_MERCATOR_QUAD.place(lon, lat)
    return float(across) * 2**zoom * PIXELS, float(down) * 2**zoom * PIXELS


class Platform:
    """What was asked for, and whether it answers."""

    def __init__(self, marks: Sequence[tuple[float, float]], reach: int) -> None:
        self.marks = list(marks)
        self.reach = reach
        self.asked: list[str] = []
        self.is_down = False
        self.url = ""

    def picture(self, tile: Tile) -> bytes:
        """Draw a tile as PNG: marks are crosses of a pixel's width, where GCJ-02 has their places."""
        drawn = np.full((PIXELS, PIXELS, 3), GROUND, np.uint8)
        for place in self.marks:
            lon, lat = (float(each) for each in convert(*place, "wgs84", "gcj02"))
            x, y = world_pixels(lon, lat, tile.z)
            for dx, dy in [(d, 0) for d in range(-self.reach, self.reach + 1)] + [
                (0, d) for d in range(-self.reach, self.reach + 1)
            ]:
                column, row = int(x) + dx - tile.x * PIXELS, int(y) + dy - tile.y * PIXELS
                if 0 <= column < PIXELS and 0 <= row < PIXELS:
                    drawn[row, column] = MARK
        out = io.BytesIO()
        Image.fromarray(drawn).save(out, "PNG")
        return out.getvalue()


@contextmanager
def tile_platform(marks: Sequence[tuple[float, float]], reach: int = 0) -> Iterator[Platform]:
    """Run it on a free port of this machine; it wants the key `tk=opensesame`."""
    platform = Platform(marks, reach)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            platform.asked.append(self.path)
            parts = urlsplit(self.path)
            found = _PATH.fullmatch(parts.path)
            is_known = parse_qs(parts.query).get("tk") == ["opensesame"]
            status = 503 if platform.is_down else 403 if not is_known else 200 if found else 404
            body = platform.picture(Tile(*map(int, found.groups()))) if found and status == 200 else b"no"
            self.send_response(status)
            self.send_header("content-type", "image/png")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    platform.url = f"http://127.0.0.1:{server.server_address[1]}/tiles/{{z}}/{{x}}/{{y}}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield platform
    finally:
        server.shutdown()
        server.server_close()


def settings_file(platform: Platform) -> str:
    """Write the file of a deployment that shows this platform."""
    return f"""
[[base_map]]
name = "streets"
title = "街道图"
title_en = "Street map"
addresses = ["{platform.url}"]
datum = "gcj02"
attribution = "© 测试图商"
review_number = "GS（2026）0000号"
zooms = [3, 18]
key_parameter = "tk"
key = "opensesame"
"""
