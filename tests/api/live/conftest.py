"""Two workers over a town of the file's own, whose lines are real WebSockets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.api.live.wire import Street


@pytest.fixture(scope="module")
def street(own_hall: Any, as_app: Callable[[str], str]) -> Iterator[Street]:
    with Street.open(own_hall, as_app(own_hall.url)) as opened:
        yield opened
