"""PostgreSQL settings of the private cluster: the steady, the scaled, and how they are written."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

ADMINISTRATOR = "postgres"
MIB = 1024 * 1024


def tuned(memory_bytes: int, cores: int) -> dict[str, str]:
    """Choose server settings for a machine shared with the API: memory / a divisor, clamped.

    shared_buffers = memory/8 (64 MiB … 8 GiB), effective_cache_size = memory/2, work_mem = memory/512
    (4 … 64 MiB), maintenance_work_mem = memory/32 (64 MiB … 1 GiB). The rest does not depend on the machine,
    but for parallelism, which leaves one core to the workers.
    """
    mib = memory_bytes // MIB
    gather = max(0, min(4, cores - 1))
    return {
        "shared_buffers": f"{_clamp(mib // 8, 64, 8192)}MB",
        "effective_cache_size": f"{max(mib // 2, 128)}MB",
        "work_mem": f"{_clamp(mib // 512, 4, 64)}MB",
        "maintenance_work_mem": f"{_clamp(mib // 32, 64, 1024)}MB",
        "max_worker_processes": str(max(8, cores)),
        "max_parallel_workers": str(max(2, cores)),
        "max_parallel_workers_per_gather": str(gather),
        "max_parallel_maintenance_workers": str(gather),
    }


STEADY = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "password_encryption": "scram-sha-256",
    "random_page_cost": "1.1",
    "effective_io_concurrency": "200",
    "jit": "off",
    "wal_compression": "lz4",
    # Half the time of a long body (why an event went where it went) was that of packing it.
    "default_toast_compression": "lz4",
    "max_wal_size": "4GB",
    "min_wal_size": "256MB",
    "checkpoint_timeout": "15min",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "on",
    "log_filename": "postgresql-%u.log",
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
    "log_rotation_size": "64MB",
    "log_line_prefix": "%m [%p] %u@%d ",
    "log_lock_waits": "on",
    "log_min_duration_statement": "2s",
    "log_error_verbosity": "terse",
}
"""Settings that every private cluster has; one log file a weekday, so that a week is kept and no more."""

FORGETFUL = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum_naptime": "10min",
    "max_wal_size": "1GB",
    "logging_collector": "off",
}
"""Over the steady ones for a throwaway cluster of tests: a power cut may destroy it."""


def for_this_machine(throwaway: bool = False) -> dict[str, str]:
    """Return all settings for this machine, those of a throwaway cluster when asked."""
    scaled = tuned(memory_bytes() // (8 if throwaway else 1), os.cpu_count() or 1)
    return STEADY | scaled | (FORGETFUL if throwaway else {})


def render_settings(values: Mapping[str, str], include: str | None = None) -> str:
    """Write settings as postgresql.conf lines; `include` names a file that is read last, if it is there."""
    lines = [f"{name} = '{value.replace(chr(39), chr(39) * 2)}'" for name, value in values.items()]
    if include:
        lines.append(f"include_if_exists = '{include}'")
    return "\n".join(lines) + "\n"


def render_access(owner: str) -> tuple[str, str]:
    """Write pg_hba.conf and pg_ident.conf: owner and root administer by peer, others need a password."""
    hba = f"local all {ADMINISTRATOR} peer map=owners\nlocal all all scram-sha-256\n"
    names = dict.fromkeys((owner, "root"))
    return hba, "".join(f"owners {name} {ADMINISTRATOR}\n" for name in names)


def memory_bytes() -> int:
    """Return the memory we may use: the machine's, or the control group's limit when that is less."""
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    with suppress(OSError, ValueError):
        return min(total, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    return total


def _clamp(value: int, low: int, high: int) -> int:
    return max(low, min(high, value))
