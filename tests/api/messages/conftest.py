"""The town whose people get text messages: each file has its own, and each test leaves it as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.messages.town import Town, clean, open_town


@pytest.fixture(scope="module")
def town(
    make_city: Callable[..., Any], as_app: Callable[[str], str], home: Path, master_key: Path
) -> Iterator[Town]:
    with open_town(make_city, as_app, home, master_key) as opened:
        yield opened


@pytest.fixture(autouse=True)
def _cleaned(town: Town) -> Iterator[None]:
    yield
    clean(town)
