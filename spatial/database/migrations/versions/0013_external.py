"""External services as layers: what is registered, and how each service does."""

from pathlib import Path

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Add the tables, and layers without a table of their own."""
    script = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    # The driver takes a single percent sign for a placeholder.
    op.get_bind().exec_driver_sql(script.replace("%", "%%"))
