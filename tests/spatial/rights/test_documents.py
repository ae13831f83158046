"""docs/security.md says what the code does: the table of rights, and what policies do not reach."""

from __future__ import annotations

import importlib

from api.city import City
from spatial.database import Database
from spatial.rights.beyond import BEYOND
from spatial.rights.table import beyond_table, in_guide, rights_table
from spatial.settings import Settings
from tests.databases import ROOT

NO_ROWS = {
    "settings",
    "database",
    "slots",
    "public_tiles",
    "photos_held",
    "photo_decoding",
    "_lock",
    "_shown_by",
    "_by_clock",
    "bell",
    "calls",
}
"""What a City holds that has no rows in it: names of layers and of their tables are in every catalogue."""


def test_the_guide_has_the_tables_of_the_code() -> None:
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    again = "write it anew with `python -m spatial.rights.table`"
    assert in_guide(text) == text, again
    assert text.count(rights_table()) == text.count(beyond_table()) == 1, again


def test_every_memory_of_a_process_has_its_rights_key() -> None:
    held = set(vars(City(Settings(), Database("postgresql:///nowhere")))) - NO_ROWS
    assert held == {each.where.rpartition("City.")[2] for each in BEYOND if "City." in each.where}


def test_what_the_list_names_is_there() -> None:
    for each in BEYOND:
        module, _, name = each.where.partition(":")
        if name:
            assert hasattr(importlib.import_module(module), name.partition(".")[0])
