"""docs/18-checks.md says what the code does."""

from __future__ import annotations

from grid_editor.checks.table import accuracies_table, fixes_table, rules_table
from tests.databases import ROOT


def test_the_guide_has_the_tables_of_the_code() -> None:
    text = (ROOT / "docs" / "18-checks.md").read_text(encoding="utf-8")
    again = "write it anew with `python -m grid_editor.checks.table`"
    for table in (rules_table(), fixes_table(), accuracies_table()):
        assert table in text, again
