"""Tables of accounts, organisations, field people and duty lists."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from spatial.database.base import Base, Code, Generated, Key, Now, Period, shape


class Account(Base):
    """Somebody who can log in."""

    __tablename__ = "account"
    __table_args__ = (
        CheckConstraint(
            "CASE reach WHEN 'city' THEN area IS NULL WHEN 'area' THEN area IS NOT NULL"
            " WHEN 'organisation' THEN area IS NULL AND organisation_id IS NOT NULL ELSE false END",
            name="reach",
        ),
        CheckConstraint(
            "role IN ('viewer', 'field_worker', 'street_administrator', 'district_administrator', 'analyst',"
            " 'commander')",
            name="role",
        ),
    )

    id: Mapped[Key]
    username: Mapped[str] = mapped_column(unique=True)
    display_name: Mapped[str]
    role: Mapped[str]
    """One of spatial.rights.roles."""
    reach: Mapped[str]
    """city: every row; area: the subtree of `area`, and the organisation's rows; organisation: only those."""
    area: Mapped[Code | None] = mapped_column(index=True)
    """A unit of coverage `grids` at any level."""
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id", use_alter=True))
    worker_id: Mapped[int | None] = mapped_column(ForeignKey("worker.id", use_alter=True))
    """The person in the field that this account is."""
    password_hash: Mapped[str | None]
    """argon2id, with its parameters in the text; null for whoever comes by single sign-on only."""
    password_changed_at: Mapped[datetime | None]
    must_change_password: Mapped[bool] = mapped_column(server_default=text("false"))
    """The password was made by somebody else: it is good for choosing another one, and not for long."""
    disabled: Mapped[bool] = mapped_column(server_default=text("false"))
    last_login_at: Mapped[datetime | None]
    created_at: Mapped[Now]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


class Token(Base):
    """A key of an account: 256 random bits, of which only the SHA-256 is kept."""

    __tablename__ = "token"
    __table_args__ = (
        CheckConstraint("kind IN ('session', 'token', 'device')", name="kind"),
        CheckConstraint("scope IN ('all', 'read', 'field')", name="scope"),
        CheckConstraint("kind <> 'device' OR scope = 'field'", name="device"),
        CheckConstraint("quota_per_minute > 0", name="quota"),
    )

    id: Mapped[Key]
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str]
    """session: of a log-in; token: of a program, QGIS for one; device: of a field app."""
    scope: Mapped[str]
    """What it opens: all, read (nothing is changed) or field (fixes, locate and who am I)."""
    name: Mapped[str]
    created_at: Mapped[Now]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    address: Mapped[str | None]
    """Where it was made."""
    agent: Mapped[str | None]
    """What it was made with, as the client called itself."""
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    quota_per_minute: Mapped[int | None] = mapped_column(Integer)


class TokenUse(Base):
    """When and where a key was last used, to the minute."""

    __tablename__ = "token_use"

    token_id: Mapped[int] = mapped_column(ForeignKey("token.id", ondelete="CASCADE"), primary_key=True)
    last_used_at: Mapped[datetime]
    address: Mapped[str]
    agent: Mapped[str]


class LoginAttempt(Base):
    """One try to log in, for lock-out; also with a name that nobody has."""

    __tablename__ = "login_attempt"
    __table_args__ = (Index(None, "address", "at"), Index(None, "name_digest", "at"))

    id: Mapped[Key]
    at: Mapped[Now]
    name_digest: Mapped[bytes] = mapped_column(LargeBinary)
    network: Mapped[str]
    address: Mapped[str]
    """Of IPv6 the network: everybody has 2^64 addresses there."""
    good: Mapped[bool | None]
    """Null while the password is being checked."""
    cleared: Mapped[bool] = mapped_column(server_default=text("false"))
    """A good log-in came after it: it no longer counts."""


class ExternalIdentity(Base):
    """Whom a provider of single sign-on (单点登录) calls `subject`."""

    __tablename__ = "external_identity"
    # One person a provider: a second one with the same user name must not take an account over.
    __table_args__ = (UniqueConstraint("account_id", "issuer"),)

    issuer: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    linked_at: Mapped[Now]


class SpentSignOn(Base):
    """A log-in by single sign-on that came back from the provider: it works once."""

    __tablename__ = "spent_sign_on"

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    """SHA-256 of its state."""
    expires_at: Mapped[datetime] = mapped_column(index=True)
    """When the browser's cookie ends, after which nobody could bring it again."""


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
    __table_args__ = (
        Index("ix_worker_geom", "geom", postgresql_using="gist"),
        CheckConstraint("(name = '' OR name LIKE '%*%') AND (phone = '' OR phone LIKE '%*%')", name="masked"),
    )

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    """Masked, as is the phone; see spatial.rights.personal."""
    phone: Mapped[str]
    name_cipher: Mapped[bytes | None] = mapped_column(LargeBinary)
    name_digest: Mapped[bytes | None] = mapped_column(LargeBinary, index=True)
    phone_cipher: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone_digest: Mapped[bytes | None] = mapped_column(LargeBinary, index=True)
    role: Mapped[str]
    """grid_leader, grid_worker, liaison, supervisor, inspector or department."""
    skills: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    unit_code: Mapped[Code | None] = mapped_column(index=True)
    """The unit of coverage `grids` that the person belongs to."""
    on_duty: Mapped[bool] = mapped_column(server_default=text("false"))
    geom: Mapped[Any | None] = mapped_column(shape("POINT"))
    """Last known place."""
    seen_at: Mapped[datetime | None]
    generated: Mapped[Generated]


class Duty(Base):
    """One line of the duty list (权责清单): in this unit, for this category, this organisation and person."""

    __tablename__ = "duty"
    __table_args__ = (
        Index(None, "unit_code", "category"),
        CheckConstraint("NOT anybody OR worker_id IS NULL", name="anybody"),
    )

    id: Mapped[Key]
    unit_code: Mapped[Code]
    """A unit of `coverage` at any level; the most specific line wins."""
    category: Mapped[str | None]
    """A matter code, the first digits of one, or null for everything else."""
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    worker_id: Mapped[int | None] = mapped_column(ForeignKey("worker.id"), index=True)
    rank: Mapped[int] = mapped_column(SmallInteger, server_default=text("1"))
    """1 is asked first; the next rank when nobody of it is on duty."""
    generated: Mapped[Generated]
    coverage: Mapped[str] = mapped_column(ForeignKey("coverage.name"), server_default=text("'grids'"))
    """A special one (专属网格) comes before the grids."""
    area: Mapped[Any | None] = mapped_column(shape("MULTIPOLYGON"))
    """Where in the unit it holds, if not in all of it: a place that somebody ruled on."""
    anybody: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whoever of the organisation's workers there is best: the line names no person."""
    skills: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    """What the person must be able to do."""
    hours: Mapped[str | None]
    """When in the week, as opening hours ("Mo-Fr 08:00-18:00"), the city's time; null: always."""
    valid: Mapped[Period] = mapped_column(server_default=text("tstzrange(NULL, NULL)"))
    """When it is in force in the city."""
    basis: Mapped[str | None]
    """The document that it rests on."""
    dispute_id: Mapped[int | None] = mapped_column(
        ForeignKey("dispute.id", ondelete="SET NULL", use_alter=True)
    )
    """The dispute that was ruled by it."""
    edition: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    """Counts its changes."""
    since: Mapped[Now]
    """Since when this database says so; what it said before stands in `duty_past`."""


class DutyPast(Base):
    """What a line of the duty list said until it was changed or taken away: written by a trigger."""

    __tablename__ = "duty_past"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    edition: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    unit_code: Mapped[Code]
    category: Mapped[str | None]
    organisation_id: Mapped[int]
    worker_id: Mapped[int | None]
    rank: Mapped[int] = mapped_column(SmallInteger)
    generated: Mapped[bool]
    coverage: Mapped[str]
    area: Mapped[Any | None] = mapped_column(shape("MULTIPOLYGON"))
    anybody: Mapped[bool]
    skills: Mapped[list[str]] = mapped_column(ARRAY(Text))
    hours: Mapped[str | None]
    valid: Mapped[Period]
    basis: Mapped[str | None]
    dispute_id: Mapped[int | None]
    since: Mapped[datetime]
    until: Mapped[datetime] = mapped_column(index=True)


class DutyDraft(Base):
    """A named list of changes of the duty list, to be compared and then applied."""

    __tablename__ = "duty_draft"
    __table_args__ = (UniqueConstraint("unit_code", "name", postgresql_nulls_not_distinct=True),)

    id: Mapped[Key]
    name: Mapped[str]
    title: Mapped[str] = mapped_column(server_default=text("''"))
    unit_code: Mapped[Code | None]
    """The area that it is about; null: the city."""
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    username: Mapped[str]
    created_at: Mapped[Now]
    applied_at: Mapped[datetime | None]


class DutyDraftChange(Base):
    """One change of a draft: a line added, changed or removed."""

    __tablename__ = "duty_draft_change"
    __table_args__ = (
        CheckConstraint(
            "CASE verb WHEN 'add' THEN duty_id IS NULL AND line IS NOT NULL"
            " WHEN 'change' THEN duty_id IS NOT NULL AND line IS NOT NULL"
            " WHEN 'remove' THEN duty_id IS NOT NULL AND line IS NULL ELSE false END",
            name="verb",
        ),
    )

    draft_id: Mapped[int] = mapped_column(ForeignKey("duty_draft.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    verb: Mapped[str]
    duty_id: Mapped[int | None]
    edition: Mapped[int | None] = mapped_column(Integer)
    """Of the line, when the change was drafted."""
    line: Mapped[Any | None] = mapped_column(JSONB)
