"""The declarative base of every models.py, and column shapes that several rooms share."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from geoalchemy2 import Geometry
from sqlalchemy import BigInteger, DateTime, Identity, MetaData, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import JSONB, TSTZRANGE
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.orm import DeclarativeBase, mapped_column
from sqlalchemy.types import UserDefinedType


class Base(DeclarativeBase):
    """Base of every model; the naming rule keeps constraint names stable between migrations."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {str: Text, datetime: DateTime(timezone=True), int: BigInteger}


class Xid8(UserDefinedType[str]):
    """Number of a transaction, 64 bits."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """Name the type."""
        return "xid8"


ischema_names["xid8"] = Xid8

Key = Annotated[int, mapped_column(BigInteger, Identity(always=True), primary_key=True)]
"""A surrogate key made by PostgreSQL."""

Now = Annotated[datetime, mapped_column(DateTime(timezone=True), server_default=text("now()"))]
"""A moment that defaults to the transaction's."""

Attributes = Annotated[dict[str, Any], mapped_column(JSONB, server_default=text("'{}'::jsonb"))]
"""Free attributes that have no column of their own."""

Life = Annotated[int, mapped_column(SmallInteger, server_default=text("1"))]
"""Which server of the database's lives a row of a log was written on; see spatial.partners.log."""

Transaction = Annotated[Any, mapped_column(Xid8, server_default=text("pg_current_xact_id()"))]
"""The transaction that wrote a row of a log."""

Period = Annotated[Any, mapped_column(TSTZRANGE)]
"""Half-open range of time [from, to)."""

Code = Annotated[str, mapped_column(Text(collation="C"))]
"""A code that areas are told apart by: compared as bytes, so that a subtree is one range of an index."""

Generated = Annotated[bool, mapped_column(server_default=text("false"))]
"""True for what a generator made, so that no reader takes it for real."""


def shape(kind: str) -> Geometry:
    """Make a column of `kind` (POINT, MULTIPOLYGON …) in lon/lat WGS-84 (EPSG:4326).

    The GiST index is written out by the model that needs one, so that the migration shows it.
    """
    return Geometry(kind, srid=4326, spatial_index=False)
