"""Tables of accounts, organisations, field people and duty lists."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, SmallInteger, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from spatial.database.base import Base, Generated, Key, Now, shape


class Account(Base):
    """Somebody who can log in."""

    __tablename__ = "account"

    id: Mapped[Key]
    username: Mapped[str] = mapped_column(unique=True)
    display_name: Mapped[str]
    role: Mapped[str]
    password_hash: Mapped[str]
    """argon2id, with its parameters in the text."""
    disabled: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[Now]


class Token(Base):
    """A key of an account: 256 random bits, of which only the SHA-256 is kept."""

    __tablename__ = "token"

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    created_at: Mapped[Now]
    expires_at: Mapped[datetime]


class Organisation(Base):
    """A responsible unit (责任单位): department, state company or contractor."""

    __tablename__ = "organisation"

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    name_en: Mapped[str]
    kind: Mapped[str]
    generated: Mapped[Generated]


class Worker(Base):
    """A person in the field (网格员/网格长/监督员) with skills and an on-duty state."""

    __tablename__ = "worker"
    __table_args__ = (Index("ix_worker_geom", "geom", postgresql_using="gist"),)

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    phone: Mapped[str]
    role: Mapped[str]
    """grid_leader, grid_worker, liaison, supervisor, inspector or department."""
    skills: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    unit_code: Mapped[str | None] = mapped_column(index=True)
    """The unit of coverage `grids` that the person belongs to."""
    on_duty: Mapped[bool] = mapped_column(server_default=text("false"))
    geom: Mapped[Any | None] = mapped_column(shape("POINT"))
    """Last known place."""
    seen_at: Mapped[datetime | None]
    generated: Mapped[Generated]


class Duty(Base):
    """One line of the duty list (权责清单): in this unit, for this category, this organisation and person."""

    __tablename__ = "duty"
    __table_args__ = (Index(None, "unit_code", "category"),)

    id: Mapped[Key]
    unit_code: Mapped[str]
    """A unit of coverage `grids` at any level; the most specific line wins."""
    category: Mapped[str | None]
    """A matter code, the first digits of one, or null for everything else."""
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    worker_id: Mapped[int | None] = mapped_column(ForeignKey("worker.id"))
    rank: Mapped[int] = mapped_column(SmallInteger, server_default=text("1"))
    """1 is asked first; the next rank when nobody of it is on duty."""
    generated: Mapped[Generated]
