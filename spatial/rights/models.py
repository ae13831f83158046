"""Tables of data keys and of the records that clear text is handed out against."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from spatial.database.base import Base, Key, Now


class DataKey(Base):
    """A key that fields are encrypted with, itself encrypted under the master key, which lies elsewhere."""

    __tablename__ = "data_key"

    id: Mapped[Key]
    purpose: Mapped[str]
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[Now]
    retired_at: Mapped[datetime | None]
    """Since when no row is encrypted with it; it is kept for the sake of backups."""


class ClearRead(Base):
    """Somebody asks for a clear text, or looks for one: committed first, it then opens what it names, once.

    The audit log keeps the same for good; here it goes after a day.
    """

    __tablename__ = "clear_read"
    __table_args__ = (
        CheckConstraint(
            "(relation, field) IN (('worker', 'name'), ('worker', 'phone'), ('reporter', 'name'),"
            " ('reporter', 'phone'), ('reporter', 'id_number'), ('reporter', 'address'))",
            name="classified",
        ),
        CheckConstraint(
            "CASE action WHEN 'reveal' THEN row_key IS NOT NULL AND coalesce(length(btrim(reason)), 0)"
            " BETWEEN 4 AND 500 WHEN 'search' THEN row_key IS NULL ELSE false END",
            name="reasoned",
        ),
        Index(None, "account_id", "at"),
    )

    id: Mapped[Key]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    action: Mapped[str]
    """reveal or search."""
    relation: Mapped[str]
    field: Mapped[str]
    row_key: Mapped[int | None]
    reason: Mapped[str | None]
    at: Mapped[datetime]
    xid: Mapped[int]
    """The transaction that asked: it must be another one that reads."""
    used_at: Mapped[datetime | None]
