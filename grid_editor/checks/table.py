"""The rules of checks as tables for people.

`python -m grid_editor.checks.table` prints them for docs/18-checks.md; a test keeps the two alike.
"""

from __future__ import annotations

import sys

from grid_editor.checks.rules import FIXES, RULES
from spatial.grids.quarrels import ACCURACIES


def rules_table() -> str:
    """Write the rules in Markdown."""
    head = ["rule", "in words", "usually", "goes by (`limits` of the coverage)"]
    lines = [_line(head), _line(["---"] * len(head))]
    lines += [
        _line([f"`{rule.key}`", f"{rule.title} · {rule.title_en}", rule.severity, rule.limit or "–"])
        for rule in RULES
    ]
    return "\n".join(lines) + "\n"


def fixes_table() -> str:
    """Write the fixes in Markdown."""
    lines = [_line(["fix", "中文", "English"]), _line(["---"] * 3)]
    lines += [_line([f"`{key}`", zh, en]) for key, (zh, en) in FIXES.items()]
    return "\n".join(lines) + "\n"


def accuracies_table() -> str:
    """Write what is taken for the accuracy of each source of events in Markdown."""
    lines = [_line(["source", "share × σ", "from"]), _line(["---"] * 3)]
    for each in ACCURACIES:
        shares = " + ".join(f"{share:.0%} × {sigma_m:.1f} m" for share, sigma_m in each.shares)
        lines.append(_line([each.source, shares, each.why]))
    return "\n".join(lines) + "\n"


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.stdout.write(f"{rules_table()}\n{fixes_table()}\n{accuracies_table()}")
