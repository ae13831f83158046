"""The made-up people: as many as fit the place, in their houses, and the same every time."""

from __future__ import annotations

from pathlib import Path

import geopandas
import numpy as np
import pytest

from demo.generate.contents.city import read_city
from demo.generate.contents.population import BANDS, PEOPLE_PER_HOUSEHOLD, make_population
from spatial.geometry.rasters import Raster, read_geotiff, write_geotiff, zonal_sums
from tests.demo.conftest import DATA, SEED


@pytest.fixture(scope="module")
def raster(two_streets: Path) -> Raster:
    return read_geotiff((two_streets / "population.tif").read_bytes(), BANDS)


@pytest.fixture(scope="module")
def grids(two_streets: Path) -> geopandas.GeoDataFrame:
    units = geopandas.read_parquet(two_streets / "units.parquet")
    return units[units["level"] == 4]


def test_the_same_city_has_the_same_people(two_streets: Path) -> None:
    again = make_population(read_city(DATA, two_streets, SEED))
    assert write_geotiff(again) == (two_streets / "population.tif").read_bytes()


def test_most_grids_keep_the_limits_and_some_break_them(
    raster: Raster, grids: geopandas.GeoDataFrame
) -> None:
    households = zonal_sums(raster, list(grids.geometry))[:, 1]
    assert 300 < np.median(households) < 500
    assert 0.03 < (households > 500).mean() < 0.45
    assert 0.03 < (households < 300).mean() < 0.45


def test_nobody_lives_outside_or_in_half(raster: Raster, grids: geopandas.GeoDataFrame) -> None:
    people, households = raster.values
    assert (people >= 0).all()
    assert households.sum() * PEOPLE_PER_HOUSEHOLD == pytest.approx(people.sum(), rel=1e-3)
    inside = zonal_sums(raster, list(grids.geometry)).sum(axis=0)[0]
    assert inside == pytest.approx(people.sum(), rel=0.02), "but for the cells of houses at the edge"
