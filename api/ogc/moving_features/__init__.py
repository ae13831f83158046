"""OGC API - Moving Features, the reading side: tracks of people and vehicles, for who may see them.

Of the standard's classes only `common` is declared. Its two others ask for POST, PUT and DELETE, and tracks
are changed by nobody: all that they ask of GET is here and tested.
"""

from __future__ import annotations

from api.ogc.call import Offer
from api.ogc.moving_features import door
from api.ogc.moving_features.answers import MOVERS
from api.ogc.moving_features.openapi import paths

CONFORMANCE = ("http://www.opengis.net/spec/ogcapi-movingfeatures-1/1.0/conf/common",)

_ONE = f"collections/{MOVERS}/items/{{mover}}"

OFFER = Offer(
    {
        f"collections/{MOVERS}": {"GET": door.collection},
        f"collections/{MOVERS}/items": {"GET": door.movers},
        _ONE: {"GET": door.mover},
        f"{_ONE}/tgsequence": {"GET": door.sequence},
        f"{_ONE}/tgsequence/{{piece}}/{{query}}": {"GET": door.query},
        f"{_ONE}/tproperties": {"GET": door.properties},
        f"{_ONE}/tproperties/{{property}}": {"GET": door.property_of},
    },
    CONFORMANCE,
    paths,
    collections=door.listed,
    is_open=door.is_open,
)
