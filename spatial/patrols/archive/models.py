"""Tables of the archive of fixes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, REAL
from sqlalchemy.orm import Mapped, mapped_column

from spatial.database.base import Base, Key, Now


class ArchiveDay(Base):
    """A UTC day of fixes that lies in files: one of the fixes, one of what the local day came to.

    This row says which generation of the files counts; what lies beside them is of no meaning.
    """

    __tablename__ = "archive_day"
    __table_args__ = (
        CheckConstraint("tier IN ('full', 'thinned', 'dropped')", name="tier"),
        CheckConstraint("(tier = 'thinned') = (bound_m IS NOT NULL)", name="bound_m"),
    )

    day: Mapped[date] = mapped_column(primary_key=True)
    tier: Mapped[str] = mapped_column(server_default=text("'full'"))
    """full: every fix; thinned: those that say where somebody was to within `bound_m`; dropped: none."""
    generation: Mapped[int] = mapped_column(Integer)
    fixes: Mapped[int]
    octets: Mapped[int]
    sha256: Mapped[str]
    """Of the fixes, row by row; see spatial.patrols.archive.rows."""
    graded: Mapped[int]
    """How many movers the local day of the same date was graded for."""
    graded_octets: Mapped[int]
    graded_sha256: Mapped[str]
    movers: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    """Who is in either of the files."""
    bound_m: Mapped[float | None] = mapped_column(REAL)
    gone_at: Mapped[datetime | None]
    """Since when the fixes lie in the file alone; null: they are in the database as well."""
    is_stale: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    """What was said of the day has changed since it was written: the next run writes it anew."""
    held_until: Mapped[datetime | None]
    """Somebody has had it brought back: until then it stays in the database."""
    written_at: Mapped[Now]
    verified_at: Mapped[datetime | None]
    apart: Mapped[int | None]
    """A partition of so many fixes was set apart for the file and is not dropped yet."""
    problem: Mapped[str | None]
    """What the last look at the files found wrong."""


class ArchiveQuestion(Base):
    """A question to the archive, and what came out."""

    __tablename__ = "archive_question"
    __table_args__ = (
        Index("ix_archive_question_account_id", "account_id", "id"),
        CheckConstraint("state IN ('waiting', 'running', 'done', 'failed')", name="state"),
    )

    id: Mapped[Key]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    asked: Mapped[dict[str, Any]] = mapped_column(JSONB)
    state: Mapped[str] = mapped_column(server_default=text("'waiting'"))
    tries: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    problem: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    result: Mapped[bytes | None] = mapped_column(LargeBinary)
    rights: Mapped[str | None]
    """What its owner might see when it was answered: it is given out only while that is so."""
    asked_at: Mapped[Now]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
