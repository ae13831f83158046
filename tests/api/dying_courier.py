"""A job process that does nothing but deliver, to be killed: run by webhooks/test_crash.py."""

from __future__ import annotations

import signal
import sys

from api.webhook_jobs import Courier
from spatial.settings import Settings

if __name__ == "__main__":
    with Courier(Settings.from_env()):
        print("delivering", flush=True)  # noqa: T201
        signal.pause()
    sys.exit(0)
