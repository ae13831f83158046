"""`citygrid down` and `citygrid reset`: end a running city, and delete what it keeps."""

from __future__ import annotations

import shutil
from pathlib import Path

from api import instance
from api.progress import Progress
from spatial.database.cluster import Cluster
from spatial.errors import Conflict
from spatial.settings import Settings

NEVER_DELETED = (".git", "pyproject.toml", "etc", "bin")
"""A folder that holds one of these is no state folder, whatever CITYGRID_HOME says."""


def down(settings: Settings, progress: Progress | None = None) -> int:
    """Stop the running city of this state folder, if any, and a database that it left behind; return 0."""
    progress = progress or Progress()
    ended = instance.end(settings.home, progress.say)
    cluster = Cluster(settings.home, say=progress.say)
    if cluster.running:
        progress.say("stopping the private database")
        cluster.stop()
    progress.show("stopped" if ended else "no city is running here")
    return 0


def reset(settings: Settings, progress: Progress | None = None) -> int:
    """Stop the city and delete its state folder (private database, demo files, logs, secrets); return 0.

    Conflict for an external database, which is not ours to empty, and for a folder that is no state folder.
    """
    progress = progress or Progress()
    if settings.database_url:
        raise Conflict(
            "CITYGRID_DATABASE_URL names a database of your own; 'reset' deletes only private ones"
        )
    home = settings.home.absolute()
    if not home.exists() or not any(home.iterdir()):
        progress.show(f"nothing to delete: {home} is empty")
        return 0
    if not is_state_folder(home):
        raise Conflict(f"{home} does not look like a state folder of citygrid; delete it yourself")
    down(settings, progress)
    progress.show(f"deleting {home}: {', '.join(sorted(path.name for path in home.iterdir()))}")
    Cluster(home).remove()
    shutil.rmtree(home)
    return 0


def is_state_folder(home: Path) -> bool:
    """Tell whether `home` holds what `up` leaves there and nothing of a project or a system."""
    names = {path.name for path in home.iterdir()}
    return bool(names & {"pg", "pg.lock", "demo"}) and not names & set(NEVER_DELETED)
