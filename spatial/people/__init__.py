"""Accounts, organisations, grid workers (网格员) and duty lists (权责清单)."""
