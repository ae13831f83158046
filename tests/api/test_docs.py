"""The addresses that README and the guides print are answered."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ADDRESS = re.compile(r"http://127\.0\.0\.1:8000(/[^\s\"'`)|]*)?")


def addresses() -> list[str]:
    """List the paths of all printed addresses, without those that hold a placeholder."""
    text = "\n".join(
        path.read_text(encoding="utf-8") for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    )
    found = {match[1] or "/" for match in ADDRESS.finditer(text)}
    return sorted(path for path in found if not re.search(r"[{…<$]|auth/token", path))


@pytest.mark.parametrize("path", addresses())
def test_a_printed_address_is_answered(client, path: str) -> None:
    answer = client.get(path, headers={"Accept": "application/json"})
    assert answer.status_code == 200, f"{path}: {answer.text[:300]}"
