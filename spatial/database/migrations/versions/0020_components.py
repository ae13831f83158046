"""Components: profiles of codes, extra fields, repairs, surveys."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

from spatial.database.reference import english_names

revision = "0020"
down_revision = "0019"

NAME = sa.text("UPDATE component_class SET name_en = :name_en WHERE code = :code")


def upgrade() -> None:
    """Add the tables, and call the classes by their English names, too."""
    script = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    # The driver takes a single percent sign for a placeholder.
    op.get_bind().exec_driver_sql(script.replace("%", "%%"))
    op.get_bind().execute(NAME, english_names())
