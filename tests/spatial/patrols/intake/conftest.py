"""A yard for each file, empty for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.spatial.patrols.intake.yard import Yard, open_yard


@pytest.fixture(scope="module")
def opened(make_city: Callable[..., Any], as_app: Callable[[str], str], master_key: Path) -> Iterator[Yard]:
    with open_yard(make_city, as_app, master_key) as made:
        yield made


@pytest.fixture
def yard(opened: Yard) -> Yard:
    opened.empty()
    return opened
