"""Keeps the processes of a running city alive: starts, watches and restarts them, and ends them all.

It knows nothing of the city: children are commands, and what else must be watched (the private PostgreSQL)
is a check with a remedy. Every child dies with the supervisor, also when that is killed.
"""

from __future__ import annotations

import json
import math
import os
import select
import signal
import socket
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from api.child_log import ChildLog, pump
from spatial.errors import Unavailable

CRASHES = 5
CRASH_WINDOW_S = 30.0
LOOP_PAUSE_S = 30.0
"""Pause between attempts once a child is in a crash loop."""
GRACE_S = 10.0
"""What children get between SIGTERM and SIGKILL."""
TICK_S = 0.5


@dataclass(frozen=True)
class Command:
    """One child: a name for people and log files, its words, extra environment, inherited descriptors.

    `after_ready`: started once the city is ready, so that it does not slow those that make it so.
    """

    name: str
    words: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    descriptors: tuple[int, ...] = ()
    after_ready: bool = False


@dataclass(frozen=True)
class Watch:
    """Something that is no child of the supervisor: `alive` is asked often, `revive` mends it."""

    name: str
    alive: Callable[[], bool]
    revive: Callable[[], None]


def is_crash_loop(crashes: Sequence[float], now_s: float) -> bool:
    """Tell whether the crash times hold CRASHES within the last CRASH_WINDOW_S seconds."""
    return sum(now_s - at <= CRASH_WINDOW_S for at in crashes) >= CRASHES


def pause_before_restart_s(crashes: Sequence[float], now_s: float) -> float:
    """Return the back-off: at once after a first crash, doubling from 0.5 s, long in a crash loop."""
    if is_crash_loop(crashes, now_s):
        return LOOP_PAUSE_S
    recent = sum(now_s - at <= CRASH_WINDOW_S for at in crashes)
    return 0.0 if recent <= 1 else 0.25 * 2 ** (recent - 1)


def describe_exit(code: int) -> str:
    """Say how a process ended, signals by name."""
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"


class Bell:
    """Wakes a waiting loop from a signal handler, where no lock may be taken: so a pipe, not an Event."""

    def __init__(self) -> None:
        self._ear, self._rope = socket.socketpair()
        self._ear.setblocking(False)
        self._rope.setblocking(False)

    def ring(self) -> None:
        """End the present or next wait."""
        # A full pipe has been rung often enough.
        with suppress(OSError):
            self._rope.send(b".")

    def wait(self, seconds: float) -> None:
        """Wait until the bell rings, at most `seconds`."""
        select.select([self._ear], [], [], seconds)
        with suppress(BlockingIOError):
            self._ear.recv(4096)

    def close(self) -> None:
        """Take the bell down."""
        self._ear.close()
        self._rope.close()


class Child:
    """One running command, with its crashes and its log."""

    def __init__(self, command: Command, log_folder: Path, say: Callable[[str], None]) -> None:
        self.command = command
        self.log = ChildLog(log_folder / f"{command.name}.log")
        self.starts = 0
        self.last_exit = ""
        self.crashes: deque[float] = deque(maxlen=CRASHES)
        self.next_start_s = math.inf if command.after_ready else 0.0
        self.process: subprocess.Popen[bytes] | None = None
        self._pump: threading.Thread | None = None
        self._say = say

    def start(self) -> None:
        """Start the process; its output goes to the log, and lines that tell of errors to the console too."""
        self.starts += 1
        words = ["setpriv", "--pdeathsig", "KILL", "--", *self.command.words]
        self.process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={**os.environ, **self.command.environment}, pass_fds=self.command.descriptors,
            start_new_session=True,
        )  # fmt: skip
        name = f"log of {self.command.name}"
        arguments = (self.process.stdout, self.log, f"{self.command.name}: ", self._say)
        self._pump = threading.Thread(target=pump, args=arguments, name=name, daemon=True)
        self._pump.start()

    def note_exit(self, now_s: float) -> str | None:
        """If the process has ended, count the crash, plan the restart, and return how it ended."""
        if self.process is None or self.process.poll() is None:
            return None
        self.last_exit = describe_exit(self.process.returncode)
        self.process = None
        self.crashes.append(now_s)
        self.next_start_s = now_s + pause_before_restart_s(self.crashes, now_s)
        return self.last_exit

    def close(self) -> None:
        """Collect a process that has been told to end, and what it still wrote."""
        if self.process is not None:
            self.process.wait()
        if self._pump is not None:
            self._pump.join(timeout=2)
        self.log.close()

    def signal(self, number: int) -> None:
        """Send a signal, if the process still runs."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)


class Supervisor:
    """Runs children until it is told to stop; `state_file` tells others how often each was restarted."""

    def __init__(
        self,
        commands: Sequence[Command],
        *,
        log_folder: Path,
        state_file: Path,
        say: Callable[[str], None],
        watches: Sequence[Watch] = (),
    ) -> None:
        self.children = [Child(command, log_folder, say) for command in commands]
        self.ready = False
        self._watches = watches
        self._failures: dict[str, deque[float]] = {watch.name: deque(maxlen=CRASHES) for watch in watches}
        self._revive_at_s: dict[str, float] = {}
        self._state_file = state_file
        self._say = say
        self._stops = 0
        self._bell = Bell()

    def run(self, is_ready: Callable[[], bool], when_ready: Callable[[], None]) -> None:
        """Start the children, call `when_ready` once `is_ready` says so, and keep them until `stop`.

        Raises Unavailable, with its last words, when a child cannot stay up before the city was ever ready.
        """
        try:
            while not self._stops:
                self._tick(is_ready, when_ready)
        finally:
            self._end_children()
            self._bell.close()

    def stop(self) -> None:
        """Ask the loop to end; the second call ends the children at once. Safe in a signal handler."""
        self._stops += 1
        self._bell.ring()

    def wake(self) -> None:
        """Look at the children now (a child has changed)."""
        self._bell.ring()

    def _tick(self, is_ready: Callable[[], bool], when_ready: Callable[[], None]) -> None:
        now_s = time.monotonic()
        for watch in self._watches:
            self._look_at(watch, now_s)
        for child in self.children:
            self._look_after(child, now_s)
        if not self.ready and is_ready():
            self.ready = True
            when_ready()
            self._start_the_waiting()
        self._bell.wait(TICK_S)

    def _look_after(self, child: Child, now_s: float) -> None:
        ended = child.note_exit(now_s)
        if ended:
            self._report(child, ended, now_s)
        if child.process is None and now_s >= child.next_start_s:
            child.start()
            self._write_state()

    def _start_the_waiting(self) -> None:
        for child in self.children:
            if child.command.after_ready:
                child.next_start_s = 0.0
        self._bell.ring()

    def _report(self, child: Child, ended: str, now_s: float) -> None:
        name, wait_s = child.command.name, child.next_start_s - now_s
        self._say(f"{name} {ended}; restart {child.starts} {f'in {wait_s:.1f} s' if wait_s else 'now'}")
        hopeless = not self.ready and len(child.crashes) == CRASHES
        if hopeless or is_crash_loop(child.crashes, now_s):
            text = f"{name} is in a crash loop ({CRASHES} crashes in a row); see {child.log.path}"
            text += "\nIts last words:\n" + child.log.last_words()
            if hopeless:
                raise Unavailable(text)
            self._say(text)

    def _look_at(self, watch: Watch, now_s: float) -> None:
        if now_s < self._revive_at_s.get(watch.name, 0) or watch.alive():
            return
        failures = self._failures[watch.name]
        failures.append(now_s)
        self._say(f"{watch.name} is down; starting it again")
        try:
            watch.revive()
            self._say(f"{watch.name} is up again")
        except Exception as error:
            self._say(f"{watch.name} does not start: {error}")
        self._revive_at_s[watch.name] = time.monotonic() + max(1.0, pause_before_restart_s(failures, now_s))

    def _end_children(self) -> None:
        self._say("stopping the API and the jobs")
        for child in self.children:
            child.signal(signal.SIGTERM)
        deadline_s = time.monotonic() + GRACE_S
        while self._any_alive() and time.monotonic() < deadline_s and self._stops < 2:
            time.sleep(0.05)
        for child in self.children:
            if child.process is not None and child.process.poll() is None:
                self._say(f"{child.command.name} does not end; killing it")
            child.signal(signal.SIGKILL)
        for child in self.children:
            child.close()

    def _any_alive(self) -> bool:
        return any(child.process is not None and child.process.poll() is None for child in self.children)

    def _write_state(self) -> None:
        state = {
            child.command.name: {
                "pid": child.process.pid if child.process else None,
                "restarts": max(0, child.starts - 1),
                "last_exit": child.last_exit,
            }
            for child in self.children
        }
        half = self._state_file.with_suffix(".new")
        half.write_text(json.dumps({"children": state}, indent=1))
        half.replace(self._state_file)
