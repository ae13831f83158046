"""Audit log: the append-only record of changes and clear reads, and its seals."""

from pathlib import Path

from alembic import op

from spatial.database import query

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make tables and functions; the triggers are data of spatial.rights.audit, made at every bring-up."""
    for script in (
        Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"),
        query("spatial.rights.audit", "functions"),
    ):
        op.get_bind().exec_driver_sql(script)
