"""`citygrid external` against the services of a running city: what it says, and how it ends."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from api.__main__ import main
from tests.api.external.arcgis_server import TOKEN, arcgis_server
from tests.api.external.conftest import Office
from tests.api.external.peers import Peer

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(office: Office, clean: None, monkeypatch: pytest.MonkeyPatch, capfd: Any) -> Run:
    """Run the command line as a shell does; gives its exit code and what it wrote."""
    monkeypatch.setenv("CITYGRID_DATABASE_URL", office.hall.url)
    monkeypatch.setenv("CITYGRID_HOME", str(office.settings.home))
    monkeypatch.setenv("CITYGRID_MASTER_KEY_FILE", str(office.settings.master_key_file))
    monkeypatch.setenv("CITYGRID_EXTERNAL_NETWORKS", "127.0.0.0/8")
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.setenv("TERMINAL_WIDTH", "300")

    def command(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["citygrid", "external", *arguments])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0), "".join(capfd.readouterr())

    return command


def test_a_service_is_looked_at_registered_listed_and_asked_again(
    office: Office, run: Run, maps: Peer, tmp_path: Path, data: Path
) -> None:
    assert run("look", maps.url, "--protocol", "wfs") == (0, "ms:wells\t水井 wells\nms:ground\tground\n")
    about = ("--group", "水务", "--review-number", "GS(2026)0001号", "--every-minutes", "360")
    assert run("register", maps.url, "wells", "--protocol", "wfs", *about) == (0, "wells is there\n")
    assert run("register", maps.url, "ground", "--protocol", "wms", "--name", "地面")[1] == "地面 is there\n"
    code, said = run("list")
    rows = [line.split()[1:8:2] for line in said.splitlines() if line.startswith("│")]
    assert (code, rows[-2:]) == (0, [["wells", "wfs", "harvest", "ok"], ["地面", "wms", "proxy", "ok"]]), said
    assert said.count(" UTC ") >= 5
    who = office.hall.ask("SELECT DISTINCT username FROM audit WHERE relation = 'external_source'")
    assert ("command line",) in who
    assert run("refresh", "wells") == (0, "wells is asked for soon\n")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ("refresh nothing", 1, "layer 'nothing' comes from no external service"),
        ("look URL --protocol wxs", 2, "protocol: Input should be 'wms'"),
        ("look URL --protocol wmts", 1, "answers a web page, not a service"),
        ("look http://10.0.0.1/x --protocol wfs", 1, "CITYGRID_EXTERNAL_NETWORKS"),
        ("look file:///etc/passwd --protocol wfs", 1, "must begin with http://"),
        ("look http://127.0.0.1:9/ --protocol wfs", 1, "cannot be reached"),
        ("register URL none --protocol wfs", 1, "the service has no layer 'none'; it has ms:wells"),
        ("register URL wells --protocol wfs --every-minutes 1", 1, "every_minutes: must be 5 at least"),
        ("register URL wells --protocol wfs --mode proxy", 1, "mode: wfs can be used by harvest"),
        ("register URL wells --protocol wfs --audience some", 2, "audience: Input should be 'all'"),
        ("register URL wells --protocol wfs --organisation x", 1, "there is no organisation 'x'"),
        ("register URL wells --protocol wfs --name places", 1, "places"),
        ("register URL wells --protocol wfs --secret-query tk --secret-file /none", 2, "does not exist"),
        ("register URL wells --protocol wfs --secret-query tk", 2, "--secret-file goes with"),
        ("register URL wells --protocol wfs --secret-file FILE", 2, "--secret-file goes with"),
        ("register URL wells --protocol wfs --user a:b --secret-file FILE", 2, "password: must be sent with"),
        ("register URL wells --protocol wfs --secret-query k --secret-file LINES", 2, "must be one line"),
        ("register URL wells --protocol wfs --secret-query k --secret-file NOTHING", 2, "is empty"),
        ("register URL wells --protocol wfs --secret-query k --secret-file BYTES", 2, "is no text"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_what_is_wrong_is_said_in_a_line(
    run: Run, maps: Peer, tmp_path: Path, arguments: str, code: int, said: str
) -> None:
    files = {"FILE": b"s3cr3t\n", "LINES": b"s3cr3t\nmore", "NOTHING": b"\n", "BYTES": b"\xff\xfe\x00s3cr3t"}
    for name, body in files.items():
        (tmp_path / name).write_bytes(body)
    given = {**{name: str(tmp_path / name) for name in files}, "URL": maps.url}
    found, written = run(*(given.get(word, word) for word in arguments.split()))
    assert (found, said in " ".join(written.split())) == (code, True), written
    assert "Traceback" not in written and "s3cr3t" not in written


def test_one_that_was_refused_is_listed_with_its_reason(run: Run, maps: Peer) -> None:
    run("register", maps.url, "none", "--protocol", "wfs")
    (row,) = (line for line in run("list")[1].splitlines() if "refused" in line)
    assert row.split()[1] == "none" and "the service has no layer 'none'" in row


def test_without_waiting_it_is_said_that_nobody_asked_yet(run: Run, maps: Peer) -> None:
    code, said = run("register", maps.url, "wells", "--protocol", "wfs", "--wait", "0")
    assert code == 0
    assert said in ("wells is there\n", "registered; the job process has not asked it yet\n")


def test_a_secret_comes_from_a_file_and_is_said_nowhere(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "token.txt"
    file.write_text(f"{TOKEN}\n")
    opening = ("--protocol", "arcgis", "--secret-query", "token", "--secret-file", str(file))
    with arcgis_server() as arc:
        arc.token = TOKEN
        url = f"{arc.url}/MapServer"
        shut = run("look", url, "--protocol", "arcgis")
        offered = run("look", url, *opening)
        kept = run("register", url, "0", *opening, "--name", "drains")
    assert (shut[0], offered[0], kept) == (1, 0, (0, "drains is there\n"))
    assert TOKEN not in "".join((shut[1], offered[1], run("list")[1]))
