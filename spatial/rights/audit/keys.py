"""Keys of the chain of seals: derived from the master key, which stands outside of the database.

A root names its key by `key_id`. When the master is replaced the old chain key is kept beside it: roots that
were made with it must be provable as long as they stand.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from spatial.errors import Unavailable
from spatial.rights.envelope import audit_key, master_file, read_master, sync_folder
from spatial.settings import Settings

OLD_KEYS = "audit-keys"
"""<home>/secrets/audit-keys: chain keys of masters that were replaced, base64, one a line."""


@dataclass(frozen=True)
class ChainKeys:
    """The key that new roots are made with, and all that are known, by name."""

    current: bytes = field(repr=False)
    known: Mapping[str, bytes] = field(repr=False)

    @classmethod
    def of(cls, current: bytes, older: Iterable[bytes] = ()) -> ChainKeys:
        """Take keys of 32 bytes."""
        return cls(current, {key_id(key): key for key in (*older, current)})


def key_id(key: bytes) -> str:
    """Name a key: 16 hexadecimal digits that give nothing of it away."""
    return hashlib.sha256(b"citygrid audit key id" + key).hexdigest()[:16]


def chain_keys(settings: Settings) -> ChainKeys:
    """Read the keys of a deployment; Unavailable when the master or a kept key cannot be read."""
    return ChainKeys.of(audit_key(read_master(master_file(settings))), _older(_file(settings)))


def keep_chain_key(settings: Settings, replaced_master: bytes) -> None:
    """Keep the chain key of a master that is being replaced; call it before the new master is in force."""
    path, key = _file(settings), audit_key(replaced_master)
    if key in _older(path):
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w") as file:
        file.write(base64.b64encode(key).decode() + "\n")
        file.flush()
        os.fsync(file.fileno())
    sync_folder(path)


def _file(settings: Settings) -> Path:
    return settings.home / "secrets" / OLD_KEYS


def _older(path: Path) -> list[bytes]:
    if not path.exists():
        return []
    try:
        return [base64.b64decode(line, validate=True) for line in path.read_text("ascii").split()]
    except (OSError, ValueError) as error:
        raise Unavailable(f"the kept keys of the audit log in {path} cannot be read: {error}") from None
