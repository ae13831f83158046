"""Who calculates: processes of this machine, or the machines of CITYGRID_DASK_SCHEDULER."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any, TypeVar

from spatial.errors import Unavailable
from spatial.settings import Settings

MOST_WORKERS = 8
_SILENT: dict[str, Any] = {"distributed.scheduler.http.routes": [], "distributed.worker.http.routes": []}
"""Nothing is told over HTTP: not even who works."""
WAIT_S = 30
Result = TypeVar("Result")
Calculate = Callable[[Callable[..., Any], Sequence[tuple[Any, ...]]], Iterable[Any]]
"""Calls a function with each of some arguments, wherever; gives the results in any order."""


@contextmanager
def calculators(settings: Settings) -> Iterator[Calculate]:
    """Open the machines; Unavailable when there are none under the address.

    Without an address, some processes of this machine that talk over TLS with keys of the moment.
    """
    dask = _dask()
    if settings.dask_scheduler is None:
        silent = import_module("dask").config.set(_SILENT)
        with silent, dask.LocalCluster(**_form()) as cluster, dask.Client(cluster) as client:
            yield _on(client)
        return
    try:
        client = dask.Client(settings.dask_scheduler, timeout=WAIT_S)
    except OSError as error:
        raise Unavailable("the scheduler of CITYGRID_DASK_SCHEDULER does not answer") from error
    with client:
        yield _on(client)


def _form() -> dict[str, Any]:
    """Say how processes of this machine work: they show themselves to nobody."""
    return {
        "n_workers": max(1, min(MOST_WORKERS, os.cpu_count() or 1)),
        "threads_per_worker": 1,
        "security": True,
        "dashboard_address": "127.0.0.1:0",
        "scheduler_kwargs": {"dashboard": False},
        "silence_logs": logging.ERROR,
    }


def _on(client: Any) -> Calculate:
    as_completed = _dask().as_completed

    def calculate(work: Callable[..., Any], arguments: Sequence[tuple[Any, ...]]) -> Iterator[Any]:
        futures = [client.submit(work, *each, pure=False) for each in arguments]
        for future, result in as_completed(futures, with_results=True):
            yield result
            future.release()

    return calculate


def _dask() -> Any:
    """Import the library, which is slow at it, and only where something is asked."""
    return import_module("distributed")


def here(work: Callable[..., Any], arguments: Sequence[tuple[Any, ...]]) -> Iterator[Any]:
    """Calculate in this process, one after the other."""
    return (work(*each) for each in arguments)
