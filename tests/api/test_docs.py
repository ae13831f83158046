"""The addresses that README and the guides print are answered."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ADDRESS = re.compile(r"http://127\.0\.0\.1:8000(/[^\s\"'`)|]*)?")

SENDING = re.compile(r"curl .*(--data-binary @|-F file=@)")


def addresses() -> list[str]:
    """List the paths of all printed addresses, without those that hold a placeholder or are sent a file."""
    text = "\n".join(
        path.read_text(encoding="utf-8") for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    )
    lines = [line for line in text.splitlines() if not SENDING.search(line)]
    found = {match[1] or "/" for line in lines for match in ADDRESS.finditer(line)}
    return sorted(path for path in found if not re.search(r"[{…<$]|auth/token", path))


@pytest.mark.parametrize("path", addresses())
def test_a_printed_address_is_answered(client, path: str) -> None:
    answer = client.get(path, headers={"Accept": "application/json"})
    assert answer.status_code == 200, f"{path}: {answer.text[:300]}"
