"""How often the public may ask: by address and over all, beside the quota of open doors. No foreign captcha.

Counted on the event loop, as the middleware counts: two threads of one process share the locks of the file.
"""

from __future__ import annotations

from fastapi import Depends, Request

from api.city import City
from api.dependencies import CityOf
from api.quotas import DAY_S, Quotas
from spatial.errors import TooMany

ALL = "all"
WRONG_CODE_COUNTS = 10
"""Somebody who mistypes a code has some tries; a program that guesses has few."""


def _take(request: Request, what: str, mine: int, everybodys: int, a_day: int = 0) -> None:
    quotas: Quotas = request.scope["quotas"]
    address = request.scope["address"]
    for asker, limit in ((address, mine), (ALL, everybodys)):
        refusal = quotas.take(f"public-{what} {asker}", limit)
        if refusal is not None:
            raise refusal
    refusal = quotas.take(f"public-{what}-day {address}", a_day, DAY_S)
    if refusal is not None:
        raise refusal


async def _report(request: Request, city: CityOf) -> None:
    settings = city.settings
    mine, everybodys = settings.public_reports_per_minute, settings.public_reports_per_minute_all
    _take(request, "reports", mine, everybodys, settings.public_reports_per_day)


async def _photo(request: Request, city: CityOf) -> None:
    settings = city.settings
    mine, everybodys = settings.public_reports_per_minute, settings.public_reports_per_minute_all
    _take(request, "photos", 3 * mine, 3 * everybodys, 3 * settings.public_reports_per_day)


async def _tile(request: Request, city: CityOf) -> None:
    settings = city.settings
    _take(request, "tiles", settings.public_tiles_per_minute, settings.public_tiles_per_minute_all)


def take_photo_bytes(request: Request, city: City, size: int) -> None:
    """Count the bytes of a photo that is to be kept; Refusal when the public had its room of a day."""
    quotas: Quotas = request.scope["quotas"]
    limit_kb = city.settings.public_photos_mb_per_day * 1024
    if quotas.take(f"public-photo-kb {ALL}", limit_kb, DAY_S, -(-size // 1024)) is not None:
        raise TooMany("the photos of a day are full; try again later", 3600)


async def _look_up(request: Request, city: CityOf) -> None:
    take_look_up(request, city)


def take_look_up(request: Request, city: City) -> None:
    """Count one look-up; Refusal above the quota."""
    settings = city.settings
    _take(request, "lookups", settings.public_lookups_per_minute, settings.public_lookups_per_minute_all)


def wrong_code(request: Request, city: City) -> None:
    """Count a code that there is not for as much as many look-ups, as far as the quota goes."""
    quotas: Quotas = request.scope["quotas"]
    for _ in range(WRONG_CODE_COUNTS - 1):
        asker = f"public-lookups {request.scope['address']}"
        if quotas.take(asker, city.settings.public_lookups_per_minute) is not None:
            return


ONE_REPORT = Depends(_report)
ONE_PHOTO = Depends(_photo)
ONE_LOOK_UP = Depends(_look_up)
ONE_TILE = Depends(_tile)
