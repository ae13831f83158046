"""Telemetry: things, datastreams and observations after OGC SensorThings 1.1."""

from pathlib import Path

from alembic import op

revision = "0044"
down_revision = "0042"


def upgrade() -> None:
    """Add the tables, the months of observations, and what keeps the newest values."""
    script = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    # The driver takes a single percent sign for a placeholder.
    op.get_bind().exec_driver_sql(script.replace("%", "%%"))
