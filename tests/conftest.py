"""Fixtures that every folder shares. The database is always a real PostGIS, in a cluster of the run's own."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest

from spatial.database.cluster import Cluster

pytest_plugins = ["tests.databases", "tests.servers"]

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
