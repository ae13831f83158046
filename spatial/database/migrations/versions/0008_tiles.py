"""Counts of points by cell, kept by triggers: what tiles show from afar."""

from pathlib import Path

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make the table and the functions that keep it; triggers are given by tiles.counts.keep."""
    script = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    # The driver takes a single percent sign for a placeholder.
    op.get_bind().exec_driver_sql(script.replace("%", "%%"))
