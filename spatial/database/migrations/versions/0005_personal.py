"""Personal data: masks in published columns, ciphertext and keyed hashes beside them, keys, reporters."""

from pathlib import Path

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add what sealing needs. Rows that hold clear text are sealed afterwards: no migration has the key."""
    script = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    # The driver takes a single percent sign for a placeholder.
    op.get_bind().exec_driver_sql(script.replace("%", "%%"))
