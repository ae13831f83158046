"""A broker for tests, and the process that follows it."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiomqtt
from amqtt.broker import Broker
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

USER, PASSWORD = "citygrid", "Xueyuan-Lu 17"


class Post:
    """An MQTT broker in a thread, and phones that publish to it."""

    def __init__(self, folder: Path) -> None:
        self.password_file = folder / "password"
        self.password_file.write_text(f"{PASSWORD}\n")
        self._users = folder / "users"
        self._users.write_text(f"{USER}:{PasswordHash((Argon2Hasher(),)).hash(PASSWORD)}\n")
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        logging.getLogger("amqtt").setLevel(logging.ERROR)
        self._broker: Broker | None = None
        self.open()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"mqtt://{USER}@127.0.0.1:{self.port}"

    def open(self) -> None:
        """Begin; what is kept of sessions goes with the broker."""
        self._do(self._open())

    async def _open(self) -> None:
        config = {
            "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{self.port}"}},
            # It keeps no sessions for clients without a name.
            "plugins": {"amqtt.plugins.authentication.FileAuthPlugin": {"password_file": str(self._users)}},
        }
        self._broker = Broker(config)
        await self._broker.start()

    def shut(self) -> None:
        """Go away; everybody's line breaks."""
        assert self._broker is not None
        self._do(self._broker.shutdown())

    def publish(self, *messages: tuple[str, Any], retain: bool = False) -> None:
        """Publish as a phone does: QoS 1, and on until the broker has it."""
        self._do(self._publish(messages, retain))

    async def _publish(self, messages: tuple[tuple[str, Any], ...], retain: bool) -> None:
        async with aiomqtt.Client("127.0.0.1", self.port, username=USER, password=PASSWORD) as client:
            for topic, content in messages:
                body = content if isinstance(content, bytes) else json.dumps(content).encode()
                await client.publish(topic, body, qos=1, retain=retain)

    def close(self) -> None:
        """End."""
        self.shut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _do(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)


@contextmanager
def following(post: Post, app_url: str, home: Path, master: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run `citygrid listen mqtt` until the end; returns once it follows."""
    environment = {**os.environ, "CITYGRID_APP_DATABASE_URL": app_url, "CITYGRID_HOME": str(home)}
    environment["CITYGRID_MASTER_KEY_FILE"] = str(master)
    environment["NUMBA_CACHE_DIR"] = str(Path(__file__).parents[3] / ".citygrid-cache" / "numba")
    command = [sys.executable, "-m", "api", "listen", "mqtt", "--broker", post.url]
    command += ["--password-file", str(post.password_file)]
    with (home / "mqtt.log").open("ab") as log:
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=log)
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == b"following\n", (home / "mqtt.log").read_text()[-3000:]
        yield process
    finally:
        process.terminate()
        process.wait(30)
        process.stdout.close()
