"""The rights as a table for people: role × verb × table, written from the rules.

`python -m spatial.rights.table` writes it and what policies do not reach into docs/security.md; a test keeps
them alike.
"""

from __future__ import annotations

import re
from pathlib import Path

from spatial.rights.beyond import BEYOND
from spatial.rights.rules import ROLES, RULES, Rule

LETTERS = {"read": "r", "create": "c", "update": "u", "delete": "d"}


def rights_table() -> str:
    """Write the table in Markdown: r read, c create, u update, d delete, · nothing; `own` on top of it."""
    head = [
        "table",
        *(role.replace("_", " ") for role in ROLES),
        "an area's reader has",
        "own, whatever the role",
    ]
    lines = [_line(head), _line(["---"] * len(head))]
    lines += [_line([f"`{rule.table}`", *_verbs(rule), *_extent(rule)]) for rule in RULES]
    return "\n".join(lines) + "\n"


def beyond_table() -> str:
    """Write what policies do not reach in Markdown."""
    lines = [_line(["what", "where", "what keeps it"]), _line(["---"] * 3)]
    lines += [_line([each.what, f"`{each.where}`", each.key]) for each in BEYOND]
    return "\n".join(lines) + "\n"


def _verbs(rule: Rule) -> list[str]:
    """Write what each role may; `own` rows are not counted."""
    return [
        "".join(letter for verb, letter in LETTERS.items() if role in rule.may(verb)) or "·" for role in ROLES
    ]


def _extent(rule: Rule) -> list[str]:
    if not rule.read and rule.own is None:
        return ["nothing", ""]
    own = [f"`{rule.own}`"] if rule.own else []
    own += [f"changes `{rule.kept}`"] if rule.kept else []
    own += [f"an area's reader changes only `{rule.changes}`"] if rule.changes else []
    return [f"`{rule.reach}`" if rule.reach else "all rows", "; ".join(own)]


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def in_guide(text: str) -> str:
    """Put both tables into the guide in place of those that it has."""
    return _put(beyond_table(), _put(rights_table(), text))


def _put(table: str, text: str) -> str:
    """Replace the table that has the same first line."""
    first = re.escape(table.partition("\n")[0])
    return re.sub(rf"^{first}\n(?:\|.*\n)*", lambda _: table, text, flags=re.MULTILINE)


if __name__ == "__main__":
    guide = Path(__file__).parents[2] / "docs" / "security.md"
    guide.write_text(in_guide(guide.read_text(encoding="utf-8")), encoding="utf-8")
