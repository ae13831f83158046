"""Tables of adapters and of the messages that became no report."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, LargeBinary, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from spatial.database.base import Attributes, Base, Key, Now

KINDS = ("messages", "open311")
STATES = ("active", "paused")


class Adapter(Base):
    """Who sends reports in words of their own (接入适配器), or is asked for them."""

    __tablename__ = "adapter"
    __table_args__ = (
        CheckConstraint("kind IN ('messages', 'open311')", name="kind"),
        CheckConstraint("state IN ('active', 'paused')", name="state"),
        CheckConstraint("(old_secret_cipher IS NULL) = (old_secret_until IS NULL)", name="old_secret"),
    )

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(unique=True)
    """Part of the address that messages are sent to, and of the external ids of the reports."""
    title: Mapped[str] = mapped_column(server_default="")
    kind: Mapped[str] = mapped_column(server_default="messages")
    """messages: they are sent to us; open311: another city's server is asked for them."""
    source: Mapped[str]
    """Of the reports: one of spatial.events.models.SOURCES."""
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    """With whose rights reports are taken in that come by signature, or are asked for."""
    mapping: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """See spatial.partners.mapping."""
    options: Mapped[Attributes]
    """signature, lists; of kind open311: see spatial.partners.open311.pull."""
    sample: Mapped[str | None]
    state: Mapped[str] = mapped_column(server_default="active")
    why: Mapped[str] = mapped_column(server_default="")
    """Why it is paused."""
    secret_cipher: Mapped[bytes | None] = mapped_column(LargeBinary)
    """What messages are signed with, or the key that the other city gave us."""
    old_secret_cipher: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Good as well until `old_secret_until`."""
    old_secret_until: Mapped[datetime | None]
    created_at: Mapped[Now]
    changed_at: Mapped[Now]


class AdapterPace(Base):
    """What came of an adapter so far."""

    __tablename__ = "adapter_pace"

    adapter_id: Mapped[int] = mapped_column(
        ForeignKey("adapter.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    read_until: Mapped[datetime | None]
    """Of kind open311: what was requested there up to then was read."""
    next_at: Mapped[Now]
    last_at: Mapped[datetime | None]
    last_good_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    """One after another."""
    last_error: Mapped[str | None]
    taken: Mapped[int] = mapped_column(server_default=text("0"))
    known: Mapped[int] = mapped_column(server_default=text("0"))
    refused: Mapped[int] = mapped_column(server_default=text("0"))


class AdapterRefusal(Base):
    """A message that became no report (拒收消息), with the reasons; it can be sent again."""

    __tablename__ = "adapter_refusal"
    __table_args__ = (
        UniqueConstraint("adapter_id", "key"),
        CheckConstraint("state IN ('waiting', 'taken', 'dropped')", name="state"),
        CheckConstraint("(done_at IS NULL) = (state = 'waiting')", name="done"),
        Index(
            "ix_adapter_refusal_waiting", "adapter_id", "id", postgresql_where=text("state = 'waiting'")
        ),
        Index("ix_adapter_refusal_done_at", "done_at", postgresql_where=text("done_at IS NOT NULL")),
    )  # fmt: skip

    id: Mapped[Key]
    adapter_id: Mapped[int] = mapped_column(ForeignKey("adapter.id", ondelete="CASCADE"))
    key: Mapped[str]
    """The external id where it has one, else a digest: sent again, it is the same message."""
    problems: Mapped[list[dict[str, str]]] = mapped_column(JSONB)
    message_cipher: Mapped[bytes | None] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(server_default="waiting")
    tries: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    event_id: Mapped[int | None]
    """What it became in the end."""
    why: Mapped[str] = mapped_column(server_default="")
    """Why it was dropped."""
    first_at: Mapped[Now]
    at: Mapped[Now]
    done_at: Mapped[datetime | None]
