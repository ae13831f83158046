import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial.grids.exact import side
from tests.spatial.exact_oracle import turn

nano = st.one_of(
    st.integers(0, 3000).map(lambda n: 116_300_000_000 + n),
    st.integers(-50, 50),
    st.integers(-180 * 10**9, 180 * 10**9),
)
degree = nano.map(lambda n: n / 1e9)
vertex = st.tuples(degree, degree)
any_point = st.tuples(st.one_of(degree, st.floats(-180, 180)), st.one_of(degree, st.floats(-180, 180)))


@given(vertex, vertex, any_point)
@settings(max_examples=500, deadline=None)
def test_any_three_points(a, b, p) -> None:
    assert side(*a, *b, *p) == turn(a, b, p)


@given(
    vertex, vertex, st.sampled_from([0.0, 0.25, 0.5, 1.0, 2.0, 1 / 3]), st.integers(-2, 2), st.integers(-2, 2)
)
@settings(max_examples=500, deadline=None)
def test_points_a_few_ulps_beside_the_line(a, b, along, steps_x, steps_y) -> None:
    p = [a[k] + along * (b[k] - a[k]) for k in (0, 1)]
    for k, steps in ((0, steps_x), (1, steps_y)):
        for _ in range(abs(steps)):
            p[k] = float(np.nextafter(p[k], 1000.0 * steps))
    assert side(*a, *b, *p) == turn(a, b, p)


def test_the_smallest_number_is_not_zero() -> None:
    assert side(0.0, 0.0, 0.0, 1.0, 5e-324, 0.5) == -1
