"""Parameters of the routes of figures and analysis; what is not listed is refused by its name."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.moments import moment
from spatial.errors import InvalidInput
from spatial.events.figures.asking import CLOCK, today
from spatial.events.figures.cubes import NONE, Asked, Bucket, By
from spatial.events.figures.measures import MEASURES, counted

Code = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[0-9A-Za-z_.-]+$")]
Number = Annotated[str, Field(pattern=rf"^([0-9]{{1,18}}|{NONE})$")]
Time = Annotated[str, Field(max_length=40)]
MOST_DAYS = 366 * 20
MOST_TICKETS = 1000
DEFAULT_DAYS = 30


class SpanQuery(BaseModel):
    """Days of the city's clock: `from` and the day before `to`; a time stands for its day."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    start: Annotated[Time | None, Field(alias="from")] = None
    end: Annotated[Time | None, Field(alias="to")] = None

    @property
    def days(self) -> tuple[date, date]:
        """[since, until); the last thirty days unless told."""
        until = today() + timedelta(days=1) if self.end is None else _day(self.end, "to")
        since = until - timedelta(days=DEFAULT_DAYS) if self.start is None else _day(self.start, "from")
        if not since < until:
            raise InvalidInput.at("to", "must be after 'from'; it is the day after the last one")
        if (until - since).days > MOST_DAYS:
            raise InvalidInput.at("from", f"must be at most {MOST_DAYS:,} days before 'to'")
        return since, until


class FiguresQuery(SpanQuery):
    """What is counted, by what, and of which events."""

    by: By = "unit"
    bucket: Bucket = "all"
    basis: Literal["report", "step"] = "report"
    level: Annotated[int, Field(ge=1, le=4)] = 2
    coverage: Annotated[str, Field(min_length=1, max_length=63)] = "grids"
    unit: Code | None = None
    organisation: Number | None = None
    source: Code | None = None
    category: Code | None = None
    class_code: Annotated[Code | None, Field(alias="class")] = None
    person: Number | None = None
    counted: Literal["then", "restated"] = "then"
    at: Time | None = None

    @property
    def moment(self) -> datetime | None:
        """Of the units that figures are restated on; None: now."""
        return None if self.at is None else moment(self.at, "at")

    @property
    def asked(self) -> Asked:
        """The question; InvalidInput names the parameter."""
        since, until = self.days
        if self.at is not None and self.counted == "then":
            raise InvalidInput.at("at", "goes with counted=restated: what was counted then stays as it was")
        return Asked(
            since, until, self.by, self.bucket, int(self.basis == "step"), self.level, self.coverage,
            self.unit, self.organisation, self.source, self.category, self.class_code, self.person,
        )  # fmt: skip


class TicketsQuery(FiguresQuery):
    """Which number of which cell, as the figures gave it."""

    measure: Literal[tuple(MEASURES)] = "reported"  # type: ignore[valid-type]
    key: Annotated[str | None, Field(max_length=40)] = None
    limit: Annotated[int, Field(ge=1, le=MOST_TICKETS)] = 100
    before: Annotated[int | None, Field(ge=1, lt=2**63)] = None

    @property
    def asked(self) -> Asked:
        """The question, narrowed to the key of the cell."""
        asked = super().asked
        if self.measure not in counted(asked.basis):
            raise InvalidInput.at("measure", f"'{self.measure}' is counted with basis=report only")
        if self.key is None:
            return asked
        _check_key(asked, self.key)
        # A key on other grounds is found by locating.
        return asked if self.counted == "restated" else _narrowed(asked, self.key)


_FILTERS = {"class": "class_code", "unit": "unit", "organisation": "organisation", "person": "person",
            "source": "source", "category": "category"}  # fmt: skip


def _check_key(asked: Asked, key: str) -> None:
    if asked.by == "all":
        raise InvalidInput.at("key", "goes with 'by'")
    if asked.by in ("organisation", "person") and key != NONE and not key.isdecimal():
        raise InvalidInput.at("key", f"must be a number, or '{NONE}'")


def _narrowed(asked: Asked, key: str) -> Asked:
    name = _FILTERS[asked.by]
    given = getattr(asked, name)
    if given is not None and not (asked.by == "unit" and key.startswith(given)) and given != key:
        raise InvalidInput.at("key", f"contradicts '{asked.by}'")
    return replace(asked, **{name: key or NONE})


def _day(text: str, where: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return moment(text, where).astimezone(CLOCK).date()
