"""GPX: what was walked, when; and files that are none, or worse."""

from __future__ import annotations

import pytest

from spatial.errors import InvalidInput
from spatial.patrols.protocols import gpx
from spatial.patrols.protocols.fixes import Flag
from tests.spatial.patrols.cabs import CabFix, one_cab

GPX_11 = """<?xml version="1.0" encoding="UTF-8"?>
<gpx version="1.1" creator="OsmAnd" xmlns="http://www.topografix.com/GPX/1/1"
     xmlns:gpxtpx="http://www.garmin.com/xmlschemas/TrackPointExtension/v2">
 <wpt lat="1" lon="2"><time>2025-06-15T13:45:12Z</time><name>no fix</name></wpt>
 <rte><rtept lat="1" lon="2"/></rte>
 <trk><name>Morning</name><trkseg>{}</trkseg></trk>
</gpx>"""
POINT = '<trkpt lat="39.96" lon="116.3"><ele>52.5</ele><time>2025-06-15T13:45:12.250Z</time>{}</trkpt>'


def whole(*points: str) -> bytes:
    return GPX_11.format("".join(points)).encode()


def track(cabs: tuple[CabFix, ...]) -> bytes:
    """Write a file of real fixes."""
    return whole(*(f'<trkpt lat="{c.lat}" lon="{c.lon}"><time>{c.iso}</time></trkpt>' for c in cabs))


def test_real_fixes_come_through_unchanged() -> None:
    cabs = one_cab()
    found = [(fix.time_us, fix.lon, fix.lat) for fix in gpx.parse(track(cabs), 1000).fixes]
    assert found == [(cab.seconds * 1_000_000, cab.lon, cab.lat) for cab in cabs]


def test_extensions_are_read_wherever_they_nest() -> None:
    more = (
        "<hdop>0.8</hdop><extensions><gpxtpx:TrackPointExtension><gpxtpx:speed>1.25</gpxtpx:speed>"
        "<gpxtpx:course>271.5</gpxtpx:course><gpxtpx:hr>90</gpxtpx:hr></gpxtpx:TrackPointExtension></extensions>"
    )
    (fix,) = gpx.parse(whole(POINT.format(more)), 10).fixes
    assert fix.time_us == 1_749_995_112_250_000
    assert (fix.lon, fix.lat, fix.altitude_m, fix.speed_mps, fix.course_deg) == (
        116.3,
        39.96,
        52.5,
        1.25,
        271.5,
    )
    assert fix.extra == {"hdop": "0.8", "hr": "90"}


def test_gpx_1_0_and_files_without_a_namespace() -> None:
    body = b"""<gpx version="1.0"><trk><trkseg><trkpt lat="39.96" lon="116.3">
        <time>2025-06-15T13:45:12Z</time><course>10</course><speed>2</speed></trkpt></trkseg></trk></gpx>"""
    (fix,) = gpx.parse(body, 10).fixes
    assert (fix.course_deg, fix.speed_mps) == (10, 2)


def test_a_time_without_zone_is_utc_as_the_standard_says() -> None:
    body = whole('<trkpt lat="1" lon="2"><time>2025-06-15T13:45:12</time></trkpt>')
    (fix,) = gpx.parse(body, 10).fixes
    assert (fix.time_us, fix.flags) == (1_749_995_112_000_000, Flag.TIME_GUESSED)


def test_a_point_that_proves_nothing_is_told_and_loses_no_other() -> None:
    bad = ('<trkpt lat="1" lon="2"/>', '<trkpt lon="2"><time>2025-06-15T13:45:12Z</time></trkpt>')
    parsed = gpx.parse(whole(bad[0], POINT.format(""), bad[1], POINT.format("<speed>x</speed>")), 10)
    assert len(parsed.fixes) == 2
    assert [problem.where for problem in parsed.skipped] == [
        "trkpt[0].time",
        "trkpt[2].lat",
        "trkpt[3].speed",
    ]


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (whole('<trkpt lat="1" lon="2"/>'), "trkpt[0].time"),
        (whole(), "trkpt"),
        (whole(*[POINT.format("")] * 11), "trkpt"),
        (b"<kml/>", "body"),
        (b"", "body"),
        (b"lat,lon\n1,2", "body"),
        (whole(POINT.format(""))[:-3], "body"),
        (b'<!DOCTYPE gpx [<!ENTITY e "x">]><gpx><trk>&e;</trk></gpx>', "body"),
        (b'<!DOCTYPE gpx SYSTEM "file:///etc/passwd"><gpx/>', "body"),
        (b"<gpx>&unknown;</gpx>", "body"),
        (b"<gpx>" + b"<trk>" * 1000, "body"),
        (b'<gpx a="' + b"x" * 100 + b'" ' + b" ".join(b'a%d=""' % n for n in range(90)) + b"/>", "body"),
    ],
)
def test_files_that_prove_nothing_or_worse(body: bytes, where: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        gpx.parse(body, 10)
    assert refused.value.problems[0].where == where


def test_a_bomb_of_entities_is_refused_at_its_first_word() -> None:
    lines = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    with pytest.raises(InvalidInput, match="DTD"):
        gpx.parse(f'<!DOCTYPE gpx [<!ENTITY e0 "ha">{lines}]><gpx>&e11;</gpx>'.encode(), 10)


def test_a_file_with_much_that_is_wrong_says_how_much() -> None:
    parsed = gpx.parse(whole(POINT.format(""), *['<trkpt lat="1" lon="2"/>'] * 80), 100)
    assert len(parsed.fixes) == 1
    assert len(parsed.skipped) == gpx.MOST_PROBLEMS + 1
