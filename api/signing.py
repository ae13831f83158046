"""What documents of the platform are signed with."""

from __future__ import annotations

import structlog

from api.city import City
from spatial.errors import Unavailable
from spatial.rights.envelope import NotOpened, master_file, read_master

log = structlog.get_logger()


def master_of(city: City) -> bytes:
    """Read the key that signatures are made of; Unavailable when it cannot be."""
    try:
        return read_master(master_file(city.settings))
    except NotOpened as error:
        log.error("nothing can be signed", reason=str(error))
        raise Unavailable("nothing can be signed now; the reason is in the server's log") from error
