"""A city without content, for test_supervisor.py: the real `up` with tiny processes in place of API and jobs.

python fake_city.py        run it, as CITYGRID_… settings say
python fake_city.py N      one fake API worker on the inherited socket N
"""

from __future__ import annotations

import os
import socket
import sys
import time
from pathlib import Path

from spatial.settings import Settings


def serve(descriptor: int) -> None:
    """Answer every request with our process number; /crash ends the process."""
    listener = socket.socket(fileno=descriptor)
    while True:
        connection, _ = listener.accept()
        request = connection.recv(4096)
        if b"/readyz" in request and os.environ.get("FAKE_NEVER_READY"):
            connection.close()
            continue
        if b"/crash" in request:
            os.write(1, b"ERROR told to crash\n")
            os._exit(3)
        body = str(os.getpid()).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        connection.sendall(head.encode() + body)
        connection.close()


def run() -> int:
    """Run `up` with fake steps that leave a trace in the state folder."""
    from api import supervisor
    from api.supervisor import Command
    from api.up import Steps, up

    def load_demo(environment: dict[str, str]) -> None:
        time.sleep(60 if os.environ.get("FAKE_SLOW_DEMO") else 0)
        home = Path(environment["CITYGRID_HOME"])
        (home / "demo").mkdir()
        (home / "demo-login.json").write_text('{"username": "ann", "password": "demo-word", "token": "t"}')

    def commands(settings: Settings, url: str, descriptor: int) -> list[Command]:
        worker = [sys.executable, __file__, str(descriptor)]
        names = [f"api-{n}" for n in range(settings.workers)]
        stubborn = ["sh", "-c", "trap '' TERM; while :; do sleep 0.2; done"]
        jobs = stubborn if os.environ.get("FAKE_JOBS") == "stubborn" else ["sleep", "1000"]
        if os.environ.get("FAKE_JOBS") == "crash":
            jobs = ["sh", "-c", "echo the jobs cannot start; exit 7"]
        return [
            *(Command(name, worker, {}, (descriptor,)) for name in names),
            Command("jobs", jobs, after_ready="FAKE_LATE_JOBS" in os.environ),
        ]

    supervisor.GRACE_S = float(os.environ.get("FAKE_GRACE", "10"))
    settings = Settings.from_env()
    empty = not (settings.home / "demo").exists()
    return up(settings, Steps(lambda environment: None, lambda url: empty, load_demo, commands))


if __name__ == "__main__":
    sys.exit(serve(int(sys.argv[1])) if len(sys.argv) > 1 else run())
