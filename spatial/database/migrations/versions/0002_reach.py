"""Reach: whose a row is (area and organisation), who may read a layer, and the settings policies ask."""

from pathlib import Path

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the columns and functions that policies stand on; the policies are data of spatial.rights."""
    op.get_bind().exec_driver_sql(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
