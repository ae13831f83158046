"""Log-in: passwords that must change, keys of three kinds, attempts that lock-out counts, single sign-on."""

from pathlib import Path

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add what log-in, keys and lock-out need."""
    op.get_bind().exec_driver_sql(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
