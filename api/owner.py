"""Where the owner of the tables connects: for the command line, which stands outside of the policies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from spatial.database.cluster import Cluster
from spatial.errors import Unavailable
from spatial.settings import Settings


@contextmanager
def owner_url(settings: Settings) -> Iterator[str]:
    """Give the owner's URL; a private cluster that is down is started for the while.

    Unavailable when there is neither an external database nor a private one.
    """
    if settings.database_url is not None:
        yield settings.database_url.value
    elif has_private_cluster(settings):
        with Cluster(settings.home) as url:
            yield url
    else:
        raise Unavailable(
            f"there is no database in {settings.home}: set CITYGRID_DATABASE_URL, or run `citygrid up`"
        )


def has_private_cluster(settings: Settings) -> bool:
    """Tell whether the state folder holds a database of its own."""
    return (settings.home / "pg" / "data").exists()
