"""The table of what is told to terminals."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from spatial.database.base import Attributes, Base, Key, Now

KINDS = ("text", "interval", "position", "tracking")
STATES = ("queued", "sent", "confirmed", "failed", "expired")


class Downlink(Base):
    """One thing that a terminal is told (下行指令), and how far it got."""

    __tablename__ = "downlink"
    __table_args__ = (
        Index("ix_downlink_device_id", "device_id", "id"),
        Index(
            "ix_downlink_waiting", "device_id", "next_at",
            postgresql_where=text("state IN ('queued', 'sent')"),
        ),
        Index(
            "uq_downlink_account_id_client_id", "account_id", "client_id", unique=True,
            postgresql_where=text("client_id IS NOT NULL"),
        ),
        CheckConstraint("kind IN ('text', 'interval', 'position', 'tracking')", name="kind"),
        CheckConstraint("state IN ('queued', 'sent', 'confirmed', 'failed', 'expired')", name="state"),
        CheckConstraint("expires_at > created_at", name="expires_at"),
    )  # fmt: skip

    id: Mapped[Key]
    device_id: Mapped[int] = mapped_column(ForeignKey("device.id", ondelete="CASCADE"))
    kind: Mapped[str]
    content: Mapped[Attributes]
    """text: {text, urgent, aloud}; interval: {seconds}; tracking: {seconds, for_s}; position: nothing."""
    state: Mapped[str] = mapped_column(server_default=text("'queued'"))
    """sent: written to the line; confirmed: the terminal said that it has it."""
    reason: Mapped[str] = mapped_column(server_default=text("''"))
    """Why it failed."""
    tries: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    username: Mapped[str] = mapped_column(server_default=text("''"))
    client_id: Mapped[str | None]
    created_at: Mapped[Now]
    expires_at: Mapped[datetime]
    next_at: Mapped[Now]
    """When it may be written to the line, for the first time or again."""
    sent_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
