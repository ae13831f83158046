"""A small demo city that the tests of this folder share."""

from __future__ import annotations

from pathlib import Path

import pytest

from demo.generate import generate_coverage
from demo.generate.contents import generate_contents

DATA = Path(__file__).parents[2] / "demo" / "data"
SEED = 7
TWO_STREETS = (104, 105)
"""Source ids of two neighbours in the corridor, where real features are many."""


@pytest.fixture(scope="session")
def two_streets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two streets of the city with all their contents."""
    folder = tmp_path_factory.mktemp("two_streets")
    generate_coverage(DATA, folder, SEED, lambda *_: None, TWO_STREETS)
    generate_contents(DATA, folder, SEED, lambda *_: None)
    return folder
