"""Writing takes the same memory however long the layer is; each format in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.exports import TABLE
from layers.encoders.formats import FORMATS
from spatial.database import connect
from tests.databases import ROOT

MOST_MB = 200
"""Of a million features; a hundred thousand get by with less."""


def table(url: str, rows: int) -> None:
    with connect(url) as owner:
        owner.execute("DROP TABLE IF EXISTS bench_points")
        owner.execute(TABLE.format(rows=rows).encode())


def growth_mb(url: str, form: str, file: Path) -> float:
    """Write the table in a process and say how much its memory grew, libraries that it loads included."""
    words = [sys.executable, "-m", "bench.exports", "--one", url, form, "CRS84", str(file)]
    done = subprocess.run(words, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    file.unlink()
    return float(found["after_kb"] - found["before_kb"]) / 1024


@pytest.fixture(scope="module")
def some(make_city: Callable[..., Any], as_app: Callable[[str], str]) -> Iterator[str]:
    with make_city(lambda _: None) as url:
        table(url, 100_000)
        yield as_app(url)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("form", "most_mb"),
    [("geojson", 40), ("csv", 40), ("geoparquet", 180), ("flatgeobuf", 140), ("gpkg", 140)],
)
def test_a_hundred_thousand_features(some: str, form: str, most_mb: int, tmp_path: Path) -> None:
    assert growth_mb(some, form, tmp_path / f"file{FORMATS[form].extension}") < most_mb


@pytest.mark.slow
def test_a_million_features(
    make_city: Callable[..., Any], as_app: Callable[[str], str], tmp_path: Path
) -> None:
    with make_city(lambda _: None) as url:
        table(url, 1_000_000)
        grown = {
            form: growth_mb(as_app(url), form, tmp_path / f"file{each.extension}")
            for form, each in FORMATS.items()
        }
    assert {form: mb for form, mb in grown.items() if mb >= MOST_MB} == {}
