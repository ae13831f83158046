"""Cries for help: opened, acknowledged, escalated, closed, with their time line."""

from pathlib import Path

from alembic import op

revision = "0041"
down_revision = "0040"


def upgrade() -> None:
    """Add the tables."""
    script = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    # The driver takes a single percent sign for a placeholder.
    op.get_bind().exec_driver_sql(script.replace("%", "%%"))
