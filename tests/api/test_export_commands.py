"""`citygrid layers export`: the extension decides, and that it was done is on record."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pyogrio
import pytest

from spatial.database import connect
from tests.databases import ROOT
from tests.spatial.rights.town import GRIDS


def run(url: str, home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "CITYGRID_DATABASE_URL": url, "CITYGRID_HOME": str(home)}
    words = (sys.executable, "-m", "api", "layers", "export", *words)
    return subprocess.run(words, env=environment, cwd=ROOT, capture_output=True, text=True)


def test_a_layer_is_written_to_a_file(town_url: str, tmp_path: Path) -> None:
    file = tmp_path / "grids.gpkg"
    done = run(town_url, tmp_path, "grids", str(file), "--crs", "EPSG:4547")
    assert done.returncode == 0, done.stderr
    assert f"{len(GRIDS)} features" in done.stdout
    info = pyogrio.read_info(file)
    assert (info["features"], info["crs"]) == (len(GRIDS), "EPSG:4547")
    assert info["layer_metadata"]["exported_by"] == "command line"
    with connect(town_url) as owner:
        rows = owner.execute(
            "SELECT username, row_key, after FROM audit WHERE action = 'export' AND id = %s",
            [info["layer_metadata"]["export"]],
        ).fetchall()
    assert rows == [("command line", "grids", {"format": "gpkg", "asked": {"file": "grids.gpkg"}})]
    again = run(town_url, tmp_path, "grids", str(file))
    assert again.returncode == 1
    assert "is there already" in again.stderr


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("grids", "x.shp"), "is none of geojson"),
        (("nosuch", "x.csv"), "no layer 'nosuch'"),
        (("grids", "x.csv", "--crs", "EPSG:1"), "not a known reference system"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(
    town_url: str, tmp_path: Path, words: tuple[str, ...], reason: str
) -> None:
    done = run(town_url, tmp_path, words[0], str(tmp_path / words[1]), *words[2:])
    assert done.returncode == 1
    assert reason in done.stderr
    assert not (tmp_path / words[1]).exists()
