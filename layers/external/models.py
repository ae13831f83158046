"""Tables of external services: what is registered, and how each does."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from spatial.database.base import Base, Key, Now


class ExternalSource(Base):
    """A service of another platform that a layer comes from: where it is, how it is asked, and when next."""

    __tablename__ = "external_source"
    __table_args__ = (
        UniqueConstraint("layer"),
        CheckConstraint("protocol IN ('wms', 'wmts', 'wfs', 'ogcapi', 'arcgis')", name="protocol"),
        CheckConstraint("mode IN ('harvest', 'proxy')", name="mode"),
        CheckConstraint("state IN ('asked', 'live', 'refused')", name="state"),
        CheckConstraint("(secret_kind IS NULL) = (secret_cipher IS NULL)", name="secret"),
        Index("ix_external_source_due_at", "due_at"),
    )

    id: Mapped[Key]
    layer: Mapped[str | None] = mapped_column(ForeignKey("layer.name", ondelete="CASCADE"))
    """The layer that it became; none until the service has answered for the first time."""
    name: Mapped[str | None]
    """How the layer shall be called."""
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    username: Mapped[str]
    context: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    """Standing of whoever registered it, for the audit log: role, organisation, address, request."""
    protocol: Mapped[str]
    mode: Mapped[str]
    """harvest: its features are kept here; proxy: its pictures go through our door."""
    url: Mapped[str]
    remote: Mapped[str]
    """What the service calls the layer."""
    options: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    """How it is asked and published, as whoever registered it said."""
    every_minutes: Mapped[int] = mapped_column(Integer)
    secret_kind: Mapped[str | None]
    """basic, header or query."""
    secret_cipher: Mapped[bytes | None]
    """What it is opened with, sealed for this row alone."""
    plan: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    """What the service said of itself: how pictures or pages are asked for."""
    digest: Mapped[str | None]
    """Of the features that were read last: what is the same is not written again."""
    state: Mapped[str] = mapped_column(server_default=text("'asked'"))
    problems: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    """Why it was refused: [{where, reason}]."""
    tries: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    """Failures one after another: the pauses between tries grow."""
    due_at: Mapped[datetime | None] = mapped_column(server_default=text("now()"))
    claimed_at: Mapped[datetime | None]
    """Since when the job process is at it."""
    created_at: Mapped[Now]


class ExternalHealth(Base):
    """How the service behind a layer does: for whoever sees the layer."""

    __tablename__ = "external_health"
    __table_args__ = (CheckConstraint("state IN ('ok', 'slow', 'failing')", name="state"),)

    layer: Mapped[str] = mapped_column(ForeignKey("layer.name", ondelete="CASCADE"), primary_key=True)
    state: Mapped[str] = mapped_column(server_default=text("'ok'"))
    since: Mapped[Now]
    """Since when it is in this state."""
    checked_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    """When it last answered as it must."""
    answer_ms: Mapped[int | None] = mapped_column(Integer)
    data_at: Mapped[datetime | None]
    """As of when its features are."""
    changed_at: Mapped[datetime | None]
    """When its features last were others than before."""
    features: Mapped[int | None]
    error: Mapped[str | None]
    """Why it fails; names no address."""
