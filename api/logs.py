"""How a process logs: JSON lines of ours, plain lines of the libraries, secrets masked in both."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from collections.abc import MutableMapping
from dataclasses import fields
from functools import partial
from types import TracebackType
from typing import Any

import structlog

from api.redact import Redactor
from spatial.settings import Secret, Settings

log = structlog.get_logger()


def configure(settings: Settings, least: int = logging.NOTSET) -> Redactor:
    """Set up logging for this process: from the settings' level on, and from `least` on.

    What ends a thread or the process is masked as well. Returns what masks, for what is said by other ways.
    """
    level = max(least, getattr(logging, settings.log_level.upper()))
    redactor = Redactor(_secrets(settings))
    handler = logging.StreamHandler()
    handler.setFormatter(RedactingFormatter(redactor))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(True)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            masking(redactor),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        # What a command prints for others to read stands alone on the standard output.
        # Looked up for each line: who runs a command within a process may take its output away after it.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )
    sys.excepthook = partial(_on_crash, redactor)
    threading.excepthook = _on_thread_crash
    return redactor


def masking(redactor: Redactor) -> Any:
    """Make the processor that masks a line before it is written."""

    def mask(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> dict[str, Any]:
        return {name: redactor.value(value, name) for name, value in event.items()}

    return mask


class RedactingFormatter(logging.Formatter):
    """Masks a record whole; a filter would see neither its arguments nor its traceback as text."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__("%(levelname)s %(name)s %(message)s")
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        """Write a record."""
        return self._redactor.text(super().format(record))


def _secrets(settings: Settings) -> list[str]:
    values = (getattr(settings, field.name) for field in fields(settings))
    return [value.value for value in values if isinstance(value, Secret)]


def _on_crash(
    redactor: Redactor, kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    sys.stderr.write(redactor.text("".join(traceback.format_exception(kind, error, trace))))


def _on_thread_crash(crash: threading.ExceptHookArgs) -> None:
    name = crash.thread.name if crash.thread else ""
    log.error(
        "a thread has ended", thread=name, exc_info=(crash.exc_type, crash.exc_value, crash.exc_traceback)
    )
