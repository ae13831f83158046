"""How our numeric kernels are compiled: cached on disk, without the GIL, with IEEE arithmetic as written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Compile at the first call (no fast-math: exact predicates need every rounding in its place)."""
    return cast(F, njit(cache=True, nogil=True, error_model="numpy")(function))


def inlined(function: F) -> F:
    """Compile into each caller."""
    return cast(F, njit(cache=True, nogil=True, error_model="numpy", inline="always")(function))
