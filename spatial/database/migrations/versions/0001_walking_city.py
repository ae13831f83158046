"""The walking city: the first schema, the national code tables and the built-in layers."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

from spatial.database.reference import standard_codes

revision = "0001"
down_revision = None

CODE_COLUMNS = ("code", "name", "class_code", "class_name", "standard")


def upgrade() -> None:
    """Make the schema and fill what is the same in every city."""
    script = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    op.get_bind().exec_driver_sql(script)
    for table, kind in (("component_class", "部件"), ("matter", "事项")):
        op.bulk_insert(sa.table(table, *map(sa.column, CODE_COLUMNS)), standard_codes(kind))
