"""Tables of matters: lists, what is on them, and what one list's matter is in another."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from spatial.database.base import Base


class MatterProfile(Base):
    """A list of matters (事项目录): the standard's, or a city's own."""

    __tablename__ = "matter_profile"
    __table_args__ = (CheckConstraint("prefix ~ '^[a-z]{0,8}$'", name="prefix"),)

    name: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    title_en: Mapped[str]
    standard: Mapped[str]
    source: Mapped[str]
    """Where its matters were taken from."""
    prefix: Mapped[str] = mapped_column(unique=True, server_default=text("''"))
    """What its codes have in front here, so that no two lists have one alike."""
    in_use: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether reports may name its matters."""


class Matter(Base):
    """A kind of event (事项) of a list; default GB/T 47678.5-2026, table C.1."""

    __tablename__ = "matter"
    __table_args__ = (
        Index(
            "uq_matter_list_code", "profile", "list_code", unique=True,
            postgresql_where=text("list_code IS NOT NULL"),
        ),
    )  # fmt: skip

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    class_code: Mapped[str]
    class_name: Mapped[str]
    standard: Mapped[str]
    profile: Mapped[str] = mapped_column(
        ForeignKey("matter_profile.name", name="fk_matter_profile"), server_default=text("'gbt47678_5_2026'")
    )
    list_code: Mapped[str | None]
    """What its list calls it, where that is not the code."""
    retired: Mapped[bool] = mapped_column(server_default=text("false"))
    """No longer in its list: events keep it, and no new one gets it."""


class MatterMapping(Base):
    """Which matter of a list in use a matter of another list may be, how sure that is, and why."""

    __tablename__ = "matter_mapping"
    __table_args__ = (
        CheckConstraint("score BETWEEN 0 AND 1", name="score"),
        Index("uq_matter_mapping_chosen", "code", unique=True, postgresql_where=text("chosen")),
    )

    code: Mapped[str] = mapped_column(ForeignKey("matter.code", ondelete="CASCADE"), primary_key=True)
    to_code: Mapped[str] = mapped_column(
        ForeignKey("matter.code", ondelete="CASCADE"), primary_key=True, index=True
    )
    score: Mapped[float]
    evidence: Mapped[str]
    chosen: Mapped[bool] = mapped_column(server_default=text("false"))
