"""Names of layers: what a stranger's file calls them, made safe for addresses, and free in the catalogue."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Collection

from spatial.errors import InvalidInput

MAX_NAME = 60
RESERVED = frozenset({"basemap", "catalogue", "layers", "files", "imports"})
"""Words that addresses and tiles use themselves."""
_NAME = re.compile(r"[^\W_][\w\-]{0,59}")
_NOT_OF_A_NAME = re.compile(r"[^\w\-]+")


def safe_layer_name(text: str) -> str:
    """Make a layer's name of any text: letters and digits of any script, `_` and `-`, in lower case.

    >>> safe_layer_name(" Main Roads (2026)/v2 ")
    'main_roads_2026_v2'
    >>> safe_layer_name("道路·中心线")
    '道路_中心线'
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    name = _NOT_OF_A_NAME.sub("_", folded).strip("_-")[:MAX_NAME].strip("_-")
    return name if _NAME.fullmatch(name) else "layer"


def check_layer_name(name: str) -> str:
    """Return a name that somebody chose; InvalidInput at `name` when it is none."""
    if not _NAME.fullmatch(name) or name in RESERVED:
        raise InvalidInput.at(
            "name", f"must be {MAX_NAME} letters, digits, _ and - at most, and none of the platform's words"
        )
    return name


def free_layer_name(wanted: str, taken: Collection[str]) -> str:
    """Find a name that is not taken: `wanted`, else with a number behind it."""
    name, number = wanted, 2
    while name in taken or name in RESERVED:
        name = f"{wanted[: MAX_NAME - len(str(number)) - 1]}_{number}"
        number += 1
    return name


def table_name(layer: str) -> str:
    """Make the name of a table for one version of a layer: unlike any other, at most 63 bytes."""
    return f"{layer.encode()[:48].decode('utf-8', 'ignore')}_{secrets.token_hex(5)}"
