"""A town of each file's own."""

from __future__ import annotations

from tests.api.exchange import exchange

__all__ = ["exchange"]
