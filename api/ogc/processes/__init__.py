"""OGC API - Processes: calculations over what a reader may see, at once or as jobs."""

from __future__ import annotations

from api.ogc.call import Call, Json, Offer, link
from api.ogc.documents import JSON, REL
from api.ogc.processes import door, jobs
from api.ogc.processes.paths import paths

_CONF = "http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf"
CONFORMANCE = tuple(
    f"{_CONF}/{name}"
    for name in ("core", "json", "html", "oas30", "ogc-process-description", "job-list", "dismiss")
)


def _landing_links(call: Call) -> list[Json]:
    return [
        link(f"{REL}/processes", JSON, f"{call.base_url}/processes"),
        link(f"{REL}/job-list", JSON, f"{call.base_url}/jobs"),
    ]


OFFER = Offer(
    {
        "processes": {"GET": door.processes},
        "processes/{process}": {"GET": door.process},
        "processes/{process}/execution": {"POST": door.execute},
        "jobs": {"GET": jobs.jobs},
        "jobs/{job}": {"GET": jobs.job, "DELETE": jobs.dismiss},
        "jobs/{job}/results": {"GET": jobs.results},
    },
    CONFORMANCE,
    paths,
    landing_links=_landing_links,
)
