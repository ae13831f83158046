"""Names of columns that stand beside the attributes of a layer and must not clash with them."""

from __future__ import annotations

from collections.abc import Iterable

from layers.encoders.source import Export


def id_name(export: Export) -> str | None:
    """Name the column of the identifier; None when it is an attribute that is written anyway."""
    names = [each.name for each in export.fields]
    return None if export.layer.id_column in names else free(["id"], names)[0]


def free(wanted: Iterable[str], taken: Iterable[str]) -> list[str]:
    """Give each name a number until nothing else is called so, capital or small."""
    used, found = {name.casefold() for name in taken}, []
    for name in wanted:
        number, chosen = 1, name
        while chosen.casefold() in used:
            number += 1
            chosen = f"{name}_{number}"
        used.add(chosen.casefold())
        found.append(chosen)
    return found
