"""A town whose people send, and a hub that follows them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.spatial.patrols.live.square import Square, open_square


@pytest.fixture(scope="module")
def square(make_city: Callable[..., Any], as_app: Callable[[str], str]) -> Iterator[Square]:
    with open_square(make_city, as_app) as opened:
        yield opened
