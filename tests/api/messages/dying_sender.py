"""Sends what waits through an SMPP gateway until it is killed: run by test_smpp.py."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from api.message_gateways import gateway_of
from api.message_jobs import MessageSender
from spatial.settings import Secret, Settings


def main(app_url: str, gateway: str, master: str) -> None:
    """gateway: address of one that has this process killed."""
    made = gateway_of(Settings(sms_gateway=Secret(gateway)))
    with MessageSender(app_url, made, Path(master)):
        threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:4])
