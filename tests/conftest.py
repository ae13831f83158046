"""Fixtures that every folder shares. The database is always a real PostGIS, in a cluster of the run's own."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from spatial.database.cluster import Cluster

if TYPE_CHECKING:
    from xdist.scheduler import LoadGroupScheduling

pytest_plugins = ["tests.databases", "tests.servers"]

# The run starts a hundred processes of ours: each would compile for seconds what it imports, and the kernels.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
os.environ.setdefault("NUMBA_CACHE_DIR", str(Path(__file__).parent.parent / ".citygrid-cache" / "numba"))

LONGEST = (
    "tests/api/ogc/ets", "tests/api/test_fuzz.py", "browser", "tests/demo", "tests/api/leaks",
    "tests/api/test_secrets.py", "tests/api/test_exports.py", "tests/api/test_supervisor.py",
)  # fmt: skip
"""Folders, files and groups that are handed out first: no worker is left alone with one at the end."""

_CLUSTER = pytest.StashKey[Cluster]()


def pytest_configure(config: pytest.Config) -> None:
    """Start the run's cluster in the process that is not a worker; workers are told where it is."""
    if hasattr(config, "workerinput"):
        return
    shutil.rmtree(Path(__file__).parent.parent / ".citygrid-cache" / "fuzz", ignore_errors=True)
    home = Path(tempfile.mkdtemp(prefix="citygrid-test-"))
    # The server's own user must get through, or the cluster would lie outside the run's folder.
    home.chmod(0o755)
    cluster = Cluster(home, throwaway=True)
    cluster.ensure()
    config.stash[_CLUSTER] = cluster


def pytest_configure_node(node) -> None:
    """Tell an xdist worker where the run's cluster lies."""
    node.workerinput["cluster_home"] = str(node.config.stash[_CLUSTER].home)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadGroupScheduling:
    """Give a worker whole files, so that what a file sets up is set up once; and whole groups of files."""
    from xdist.scheduler import LoadGroupScheduling

    class ByFile(LoadGroupScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return room(super()._split_scope(nodeid))

    config.option.loadscopereorder = False
    return ByFile(config, log)


def room(scope: str) -> str:
    """Name the work that stays on one worker: a group as it is marked, a folder of LONGEST, or a file."""
    return next((each for each in LONGEST if scope.startswith(each)), scope.split("::")[0])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest rooms of work first; all else stays where it stands."""
    rooms = {name: number for number, name in enumerate(LONGEST)}

    def rank(item: pytest.Item) -> int:
        marks = item.iter_markers("xdist_group")
        scope = next((str(mark.args[0]) for mark in marks), item.nodeid)
        return rooms.get(room(scope), len(rooms))

    items.sort(key=rank)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the cluster and delete it."""
    cluster = config.stash.get(_CLUSTER, None)
    if cluster is not None:
        cluster.remove()
        shutil.rmtree(cluster.home, ignore_errors=True)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many made-up requests were sent, by whichever processes."""
    folder = Path(__file__).parent.parent / ".citygrid-cache" / "fuzz"
    counts = {path.stem: int(path.read_text()) for path in sorted(folder.glob("*.txt"))}
    if counts:
        each = ", ".join(f"{who} {count:,}" for who, count in counts.items())
        terminalreporter.write_line(f"made-up requests sent: {sum(counts.values()):,} ({each})")


def pytest_report_header() -> list[str]:
    """Name the versions that a failure may depend on."""
    import numpy
    import shapely

    return [f"shapely {shapely.__version__} (GEOS {shapely.geos_version_string}), numpy {numpy.__version__}"]


@pytest.fixture(scope="session")
def cluster(request: pytest.FixtureRequest) -> Cluster:
    """The run's cluster; a worker sees the same one."""
    if hasattr(request.config, "workerinput"):
        return Cluster(Path(request.config.workerinput["cluster_home"]), throwaway=True)
    return request.config.stash[_CLUSTER]
