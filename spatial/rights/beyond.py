"""What policies do not reach: aggregates, caches and files with rows of the city, and their rights keys.

Whoever keeps rows outside of PostgreSQL adds a line here and says what keeps them from the wrong eyes.
"""

from __future__ import annotations

from typing import NamedTuple


class Beyond(NamedTuple):
    """Something that holds rows and has no policies."""

    what: str
    where: str
    """module:attribute, or the path of a file below <home>."""
    key: str
    """What keeps a reader from what is not theirs."""


BEYOND = (
    Beyond(
        "tiles made a moment ago", "api.city:City.tiles",
        "address and Reader.rights_key; dropped when what they show changes",
    ),
    Beyond(
        "results of analyses for their tiles", "api.analysis_tiles:AnalysisTiles._kept",
        "what was asked and Reader.rights_key; for a minute",
    ),
    Beyond(
        "coverages in force", "api.city:City._current",
        "Assignments.for_reader: a mask of the reader's units, kept by area",
    ),
    Beyond("streets for distances", "api.city:City.streets", "lines of the base map, the same for all"),
    Beyond("name, sources and box of the city", "api.city:City._brief", "the same for everybody, and public"),
    Beyond(
        "versions and plans that are being changed", "api.city:City.bases",
        "a plan is read by its own policy first; grid_editor.reach: own units, borders with nothing beyond",
    ),
    Beyond(
        "where what is written lies", "api.city:City.stamper",
        "gives the code of one point, whose row the writer's own policy then takes or refuses",
    ),
    Beyond("coverages of other days", "api.city:City._past", "the same mask, made for each request"),
    Beyond(
        "duty lists", "api.city:City._duties",
        "told only with a unit that the mask lets through; names and phones are masked in the store",
    ),
    Beyond(
        "lifeline networks as arrays", "api.city:City.networks",
        "the row of the network is read by the policy first; who sees it sees all of it",
    ),
    Beyond(
        "duty list, people and borders for dispatch", "api.city:City.dispatchers",
        "decisions are told for the reader's own units (api.dispatch), kept with events under their policy",
    ),
    Beyond(
        "devices met a moment ago", "api.city:City.fix_desk",
        "by account, Reader.rights_key and name, for the doors of fixes alone; forgotten when devices change",
    ),
    Beyond(
        "where everybody is now", "spatial.patrols.live.hub:Hub.scene",
        "a sight for each Reader.rights_key, asked of the policies every 5 s; gone when nobody watches",
    ),
    Beyond(
        "what live lines were shown", "api.live_parking:Parking._kept",
        "account, Reader.rights_key and view; numbers of rows of the scene, for a minute",
    ),
    Beyond(
        "terminals on the line", "api.listen:House.by_device",
        "of a listener, which nobody reads from; looked at anew when devices change",
    ),
    Beyond(
        "fixes that are being written", "api.city:City.fixes", "written, and never read: answers are numbers",
    ),
    Beyond(
        "what intake looks addresses up in", "api.city:City.desk",
        "addresses are the same for all readers; keys are opened for each report and not kept",
    ),
    Beyond(
        "files of events and places", "attachments/*",
        "by the hash of their content, which opens nothing: given under the policy of their event or place",
    ),
    Beyond("keys checked a moment ago", "api.city:City.keys", "found by their digest alone, never listed"),
    Beyond("published collections and extents", "api.ogc.publication:Publisher._held", "Reader.rights_key"),
    Beyond(
        "counts of features", "api.ogc.app:OgcApp._counts",
        "layer, selection, Reader.rights_key; each use is checked against the feed of changes",
    ),
    Beyond("compiled locate indexes", "cache/locate/*.index", "read by the processes only, through the mask"),
    Beyond(
        "exports", "exports/*",
        "written with the rights of one account, given to it alone while they are the same; for a day",
    ),
    Beyond(
        "layers of pictures seen a moment ago", "api.external.rasters:RasterDoor._seen",
        "Reader.rights_key and the account; for a second",
    ),
    Beyond(
        "pictures of other platforms", "api.external.rasters:RasterDoor._gallery",
        "the same for whoever sees the layer, which is asked before; base maps are the same for all",
    ),
    Beyond(
        "pages of services that are being harvested", "harvests/*",
        "private to the platform's user, under random names; gone when the work has ended",
    ),
    Beyond(
        "the address library", "api.city:City.addresses", "public reference data, the same for all readers"
    ),
    Beyond(
        "compiled address indexes", "cache/addresses/*.index",
        "addresses are public reference data, the same for all readers, as their table",
    ),
    Beyond(
        "old fixes and what days came to", "archive/*",
        "read by the processes only; a question asks the reader's policies first whom it may tell of",
    ),
    Beyond("roots of the audit log", "audit/roots.log", "hashes, no rows"),
    Beyond("demo files", "demo/*", "made-up names; not written for a real city"),
    Beyond("rasters", "spatial.rasters:_KEPT", "people by cell, the same for all readers, as their table"),
    Beyond(
        "files that wait to be published", "uploads/*",
        "private to the platform's user, under random names; gone when the work has ended",
    ),
    Beyond(
        "files of networks that wait", "network-imports/*",
        "private to the platform's user, under random names; read with the rights of whoever sent them",
    ),
    Beyond(
        "files that wait to be brought into a plan", "plan-imports/*",
        "private to the platform's user, under random names; gone when the work has ended",
    ),
    Beyond(
        "surveys of components that wait", "surveys/*",
        "private to the platform's user, under random names; gone when the work has ended",
    ),
    Beyond(
        "files of addresses that wait", "address-files/*",
        "private to the platform's user, under random names; gone when the work has ended",
    ),
    Beyond("counters", "run/metrics", "counts of requests by door and status, no rows"),
)  # fmt: skip
