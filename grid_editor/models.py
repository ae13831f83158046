"""Tables of plans: what is to change in a coverage, step by step, and who said what about it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Float, ForeignKey, Index, Integer, LargeBinary, SmallInteger, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from spatial.database.base import Base, Code, Key, Now


class PlanRow(Base):
    """A grid adjustment order (网格调整单): the unit of change of a coverage.

    Its net change stands in `plan_net`, how it came about in `plan_step`.
    """

    __tablename__ = "plan"
    __table_args__ = (
        CheckConstraint(
            "status IN ('draft', 'submitted', 'returned', 'approved', 'published', 'withdrawn')",
            name="status",
        ),
        Index(None, "status", "coverage"),
        Index(None, "drafter_id"),
        Index(
            "uq_plan_qgis",
            "drafter_id",
            "coverage",
            unique=True,
            postgresql_where=text("origin = 'qgis' AND status IN ('draft', 'returned')"),
        ),
    )

    id: Mapped[Key]
    coverage: Mapped[str] = mapped_column(ForeignKey("coverage.name"))
    title: Mapped[str]
    basis: Mapped[str] = mapped_column(server_default=text("''"))
    """The document or decision that it rests on (批文)."""
    origin: Mapped[str] = mapped_column(server_default=text("'editor'"))
    """editor, qgis, counter or import."""
    status: Mapped[str] = mapped_column(server_default=text("'draft'"))
    base_version: Mapped[int] = mapped_column(ForeignKey("coverage_version.id"))
    """The version that the net change is a change of."""
    etag: Mapped[int] = mapped_column(server_default=text("1"))
    """Grows with every change of the plan."""
    head: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    """How many of the steps count; undo takes one away, redo gives it back."""
    drafter_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    drafter: Mapped[str]
    """The drafter's user name, kept when the account goes."""
    unit_code: Mapped[Code | None]
    """The area that it is of: administrators of that area see it; none: those of the whole city alone."""
    effective_at: Mapped[datetime | None]
    """When it is to come into force; none: when it is published."""
    submitted_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]
    """Who approved or returned it last."""
    publish_asked_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    publish_asked_at: Mapped[datetime | None]
    """Since when it waits for the job process."""
    publish_tries: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    publish_problem: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """Why it could not be published the last time: {detail, problems}."""
    published_at: Mapped[datetime | None]
    published_version: Mapped[int | None] = mapped_column(ForeignKey("coverage_version.id"))
    counter_of: Mapped[int | None] = mapped_column(ForeignKey("plan.id"))
    """The published plan that this one takes back."""
    created_at: Mapped[Now]
    updated_at: Mapped[Now]


class PlanStep(Base):
    """One step of a plan: an operation as it was asked for, and the change that it made."""

    __tablename__ = "plan_step"

    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True)
    base_version: Mapped[int] = mapped_column(ForeignKey("coverage_version.id"))
    """The version that the steps up to this one stand on."""
    operation: Mapped[dict[str, Any]] = mapped_column(JSONB)
    title: Mapped[str]
    """What people call it in the list of steps."""
    change: Mapped[bytes] = mapped_column(LargeBinary)
    """Packed by grid_editor.packing; of a rebase: the whole net change on its new base."""
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    username: Mapped[str]
    at: Mapped[Now]


class PlanNet(Base):
    """The net change of a plan at its head, so that nobody replays five hundred steps to open it."""

    __tablename__ = "plan_net"

    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"), primary_key=True)
    change: Mapped[bytes] = mapped_column(LargeBinary)


class PlanComment(Base):
    """What somebody said about a plan, perhaps of a place or a unit; decisions say it too."""

    __tablename__ = "plan_comment"
    __table_args__ = (Index(None, "plan_id"),)

    id: Mapped[Key]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(server_default=text("'comment'"))
    """comment, or the transition that it was said with: submit, approve, return, withdraw, publish."""
    text: Mapped[str]
    lon: Mapped[float | None] = mapped_column(Float(53))
    lat: Mapped[float | None] = mapped_column(Float(53))
    unit_id: Mapped[UUID | None]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    username: Mapped[str]
    at: Mapped[Now]


class PlanWaiver(Base):
    """A warning that is accepted, with the reason."""

    __tablename__ = "plan_waiver"

    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"), primary_key=True)
    issue_id: Mapped[str] = mapped_column(primary_key=True)
    rule: Mapped[str]
    reason: Mapped[str]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    username: Mapped[str]
    at: Mapped[Now]


class PlanImport(Base):
    """A file of polygons that somebody brings into a plan; what it became of stays with the plan."""

    __tablename__ = "plan_import"
    __table_args__ = (
        CheckConstraint(
            "state IN ('waiting', 'running', 'done', 'refused', 'failed', 'cancelled')", name="state"
        ),
        Index(None, "plan_id"),
        Index("ix_plan_import_state", "state", postgresql_where=text("state IN ('waiting', 'running')")),
    )

    id: Mapped[Key]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    """Whose rights it is done with."""
    username: Mapped[str]
    filename: Mapped[str]
    """As its sender calls it."""
    file: Mapped[str | None]
    """Its name in the folder where it waits; none once it has ended."""
    bytes: Mapped[int]
    options: Mapped[dict[str, Any]] = mapped_column(JSONB)
    state: Mapped[str] = mapped_column(server_default=text("'waiting'"))
    stage: Mapped[str] = mapped_column(server_default=text("''"))
    """reading, cleaning or placing."""
    progress: Mapped[float] = mapped_column(Float(53), server_default=text("0"))
    tries: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    step: Mapped[int | None] = mapped_column(Integer)
    """The step of the plan that it made."""
    problems: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    """Why it was not done: [{where, reason}]."""
    summary: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    report: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """What became of every feature and every place; also of an import that was refused."""
    asked_at: Mapped[Now]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
