"""Tables of offices with an Open311 server of their own, and of the events in their hands."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from spatial.database.base import Attributes, Base, Key, Now

_OPEN = "state IN ('waiting', 'doubtful', 'sent', 'dead')"


class Office(Base):
    """An office (外部承办单位) whose own Open311 server is handed the events of its organisation."""

    __tablename__ = "office"
    __table_args__ = (
        CheckConstraint("state IN ('active', 'paused')", name="state"),
        CheckConstraint("poll_minutes BETWEEN 1 AND 1440", name="poll_minutes"),
    )

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(unique=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    """With whose rights events are handed over, and taken as handled."""
    url: Mapped[str]
    options: Mapped[Attributes]
    """See spatial.partners.open311.handing."""
    state: Mapped[str] = mapped_column(server_default="active")
    why: Mapped[str] = mapped_column(server_default="")
    since: Mapped[Now]
    """What was dispatched before is not handed over."""
    poll_minutes: Mapped[int] = mapped_column(Integer, server_default=text("15"))
    next_poll_at: Mapped[Now]
    failures: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    rest_until: Mapped[datetime] = mapped_column(server_default=text("'-infinity'"))
    """Until then it is not asked."""
    last_at: Mapped[datetime | None]
    last_good_at: Mapped[datetime | None]
    last_error: Mapped[str | None]
    key_cipher: Mapped[bytes | None] = mapped_column(LargeBinary)


class Handover(Base):
    """An event in the hands of an office (转办), and what the office calls it."""

    __tablename__ = "handover"
    __table_args__ = (
        CheckConstraint(
            "state IN ('waiting', 'doubtful', 'sent', 'closed', 'dead', 'dropped', 'withdrawn')", name="state"
        ),
        CheckConstraint(f"(done_at IS NULL) = ({_OPEN})", name="done"),
        Index("uq_handover_open", "office_id", "event_id", unique=True, postgresql_where=text(_OPEN)),
        Index(
            "ix_handover_due", "office_id", "next_at",
            postgresql_where=text("state IN ('waiting', 'doubtful')"),
        ),
        Index("ix_handover_sent", "office_id", "id", postgresql_where=text("state = 'sent'")),
    )  # fmt: skip

    id: Mapped[Key]
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id", ondelete="CASCADE"))
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), index=True)
    state: Mapped[str] = mapped_column(server_default="waiting")
    """doubtful: it was sent, and the answer was lost; dead: the office refuses it."""
    service_request_id: Mapped[str | None]
    token: Mapped[str | None]
    """What the office gave in place of a number, until it has one."""
    status: Mapped[str | None]
    status_notes: Mapped[str | None]
    updated_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    first_try_at: Mapped[datetime | None]
    next_at: Mapped[Now]
    error: Mapped[str] = mapped_column(server_default="")
    made_at: Mapped[Now]
    sent_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
