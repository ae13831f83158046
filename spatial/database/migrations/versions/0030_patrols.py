"""Patrol plans, what became of them, records made on the way, and rules of scores."""

from pathlib import Path

from alembic import op

revision = "0030"
down_revision = "0028"


def upgrade() -> None:
    """Add the tables."""
    script = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    # The driver takes a single percent sign for a placeholder.
    op.get_bind().exec_driver_sql(script.replace("%", "%%"))
