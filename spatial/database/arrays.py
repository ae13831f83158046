"""Arrays for statements over many rows: a column is one text, which takes a tenth of adapting each value."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

_SIGNS = str.maketrans({"\\": "\\\\", '"': '\\"'})


def array_of(values: Iterable[Any]) -> str | None:
    """Write texts, numbers, truths and None as an array of PostgreSQL; None where all are None.

    Beside other arrays in one `unnest` nothing is as good as a column of nulls.

    >>> array_of([1, None, 'say "so"'])
    '{1,NULL,"say \\\\"so\\\\""}'
    """
    written = [_written(value) for value in values]
    return None if all(each == "NULL" for each in written) else "{" + ",".join(written) + "}"


def _written(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str):
        # Most hold neither sign, and to look is a tenth of translating.
        safe = '"' not in value and "\\" not in value
        return f'"{value if safe else value.translate(_SIGNS)}"'
    return str(value)
