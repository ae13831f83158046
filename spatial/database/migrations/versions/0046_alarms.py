"""Alarms: rules, what stands, each occurrence with its steps, and the values that wait to be looked at."""

from pathlib import Path

from alembic import op

revision = "0046"
down_revision = "0045"


def upgrade() -> None:
    """Add the tables, what feeds them, and what closes alarms that nothing watches any more."""
    script = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    # The driver takes a single percent sign for a placeholder.
    op.get_bind().exec_driver_sql(script.replace("%", "%%"))
