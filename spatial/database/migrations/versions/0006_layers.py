"""Layers of any table, reference system and schema; and the feed of what changed, for counts and tiles."""

from pathlib import Path

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Widen the catalogue and add the feed; triggers are given by layers.changes.watch."""
    script = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    # The driver takes a single percent sign for a placeholder.
    op.get_bind().exec_driver_sql(script.replace("%", "%%"))
