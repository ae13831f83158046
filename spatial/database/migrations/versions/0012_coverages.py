"""Coverages of every kind, people of units, lineage, and special areas made of base units."""

from pathlib import Path

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Widen coverages and their versions, add the tables, and name the coverages that a city has."""
    script = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    # The driver takes a single percent sign for a placeholder.
    op.get_bind().exec_driver_sql(script.replace("%", "%%"))
