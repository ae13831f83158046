"""Holidays of China as the State Council announces them (节假日安排): days off, and days made up."""

from __future__ import annotations

from datetime import date

from spatial.errors import NotFound

SOURCE = "chinese-calendar, which follows the announcements of the State Council"

Days = list[tuple[date, bool, str]]


def holidays_of(year: int) -> Days:
    """List the days of a year that are not as their weekday is: day, whether it is worked, the name.

    Days off stand on weekends too, so that a calendar with Saturday work is right. NotFound for a year that
    the package does not know: it learns of each at the end of the year before.
    """
    # Late: most processes never ask.
    from chinese_calendar.constants import Holiday, holidays, workdays

    names = {each.value: each.chinese for each in Holiday}
    found = [(day, False, names[name]) for day, name in holidays.items() if day.year == year]
    found += [(day, True, f"{names[name]}调休") for day, name in workdays.items() if day.year == year]
    if not found:
        last = max(holidays).year
        raise NotFound(
            f"the holidays of {year} are not known here: those of {min(holidays).year} to {last} are"
        )
    return sorted(found)
