from dataclasses import fields
from pathlib import Path

from grid_editor.operations import OPERATIONS
from grid_editor.operations.replace import Placed


def test_docs_name_every_operation_and_field() -> None:
    text = (Path(__file__).parents[2] / "docs/20-operations.md").read_text(encoding="utf-8")
    names = {
        field.metadata.get("key", field.name)
        for kind in (*OPERATIONS.values(), Placed)
        for field in fields(kind)
    }
    missing = [
        name for name in sorted({*OPERATIONS, *names}) if f"`{name}`" not in text and f'"{name}"' not in text
    ]
    assert missing == []
