"""Tables of the audit log and of its seals."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Date, Identity, Index, LargeBinary, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from spatial.database.base import Base, Code


class Audit(Base):
    """One thing that was done (审计记录): who, what, when, where, before and after. Partitioned by UTC month.

    Written by functions of the database alone; no row is ever changed, and rows go by whole months only.
    """

    __tablename__ = "audit"
    __table_args__ = (
        Index(None, "xid", "id"),
        Index(None, "relation", "row_key", "at"),
        Index(None, "username", "at"),
        Index(None, "account_id", "at", postgresql_where=text("account_id IS NOT NULL")),
        {"postgresql_partition_by": "RANGE (at)"},
    )

    at: Mapped[datetime] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    xid: Mapped[int]
    """The whole (64-bit) number of the writing transaction."""
    cluster: Mapped[int]
    """PostgreSQL's system identifier: transaction numbers count within one server only."""
    account_id: Mapped[int | None]
    username: Mapped[str]
    """Of the account; of the database's user when nobody is logged in to the platform."""
    role: Mapped[str]
    database_user: Mapped[str]
    """Who the connection belongs to. Settings may be claimed by whoever has a connection; this cannot."""
    address: Mapped[str | None]
    request: Mapped[str | None]
    action: Mapped[str]
    """insert, update, delete or truncate, by triggers alone; everything else was recorded by name."""
    relation: Mapped[str | None]
    row_key: Mapped[str | None]
    """Null for a statement on many rows of which only the number is kept."""
    unit_code: Mapped[Code | None]
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    reason: Mapped[str | None]
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    """SHA-256 of all other columns, see audit_hash() and `canonical`."""


class AuditRoot(Base):
    """A seal (封存): the Merkle root over the rows of one range of transactions, chained to the seal before.

    Roots outlive the rows they seal: when a month goes, a root of kind 'drop' says so.
    """

    __tablename__ = "audit_root"
    __table_args__ = (
        CheckConstraint("kind IN ('seal', 'drop')", name="kind"),
        Index(None, "cluster", "id"),
        Index(None, "month", "cluster", "from_xid"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """Counts up by one, without gaps."""
    kind: Mapped[str]
    """seal: rows were sealed; drop: the month went, and `row_count` rows with it."""
    cluster: Mapped[int]
    month: Mapped[date] = mapped_column(Date)
    """The UTC month that all rows under this root lie in, so that a month goes with its roots whole."""
    from_xid: Mapped[int]
    until_xid: Mapped[int]
    """Transactions [from, until) of the cluster: all of them finished when the root was made."""
    next_xid: Mapped[int]
    """The transaction that had not begun then: no row from it on may be dated before `sealed_at`."""
    row_count: Mapped[int]
    first_id: Mapped[int]
    last_id: Mapped[int]
    merkle_root: Mapped[bytes] = mapped_column(LargeBinary)
    """Over the rows' hashes in the order of (xid, id); of a drop, over the roots of the month."""
    sealed_at: Mapped[datetime]
    key_id: Mapped[str]
    """Which key the chain was made with."""
    previous: Mapped[bytes] = mapped_column(LargeBinary)
    chain: Mapped[bytes] = mapped_column(LargeBinary)
    """HMAC-SHA-256 over `previous` and all fields, with a key that the database does not know."""
