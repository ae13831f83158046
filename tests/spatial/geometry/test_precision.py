import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from spatial.errors import InvalidInput
from spatial.geometry.precision import from_nano, snap, to_nano

whole = st.integers(-180_000_000_000, 180_000_000_000)


@given(whole)
def test_published_double_reads_back(nano: int) -> None:
    assert to_nano(from_nano(nano)) == nano


@given(whole)
def test_published_double_is_the_decimal_number(nano: int) -> None:
    sign, digits = "-" if nano < 0 else "", f"{abs(nano):010d}"
    assert float(from_nano(nano)) == float(f"{sign}{digits[:-9]}.{digits[-9:]}")


def test_snap_moves_vertices_to_the_grid() -> None:
    snapped = snap(shapely.Point(116.30000000049, 39.9600000006))
    assert (snapped.x, snapped.y) == (116.3, 39.960000001)


def test_shape_is_kept_and_empty_stays_empty() -> None:
    assert to_nano(np.zeros((0, 2))).shape == (0, 2)
    assert snap(shapely.Polygon()).is_empty


@pytest.mark.parametrize("bad", [np.nan, np.inf, 361.0])
def test_coordinates_that_are_no_degrees_are_refused(bad: float) -> None:
    with pytest.raises(InvalidInput):
        to_nano([[bad, 0.0]])
