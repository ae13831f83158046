"""Envelope encryption (信封加密) of personal data: a master key outside the database, data keys inside.

The master key wraps data keys; a data key encrypts fields (AES-256-GCM) and hashes them for exact search
(HMAC-SHA-256). A ciphertext belongs to its row and column and cannot be read anywhere else. Whoever has the
database alone has nothing; whoever loses the master key has lost what it protects.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from spatial.errors import Conflict, Unavailable
from spatial.settings import Settings

KEY_BYTES = 32
NONCE_BYTES = 12
"""96 random bits; one data key stays below NIST SP 800-38D's 2^32 messages by far."""
VERSION = b"\x01"
MARK_BYTES = 8


class NotOpened(Unavailable):
    """A key or a ciphertext is not what it must be; the text is for administrators, not for clients."""


class Place(NamedTuple):
    """Where a value stands: its ciphertext is good there only."""

    relation: str
    column: str
    key: int

    def bound_to(self, header: bytes) -> bytes:
        """Write what the ciphertext vouches for beside the value: header, relation, column and row key."""
        return header + f"{self.relation}|{self.column}|{self.key}".encode()


def master_file(settings: Settings) -> Path:
    """Name the file of the master key: CITYGRID_MASTER_KEY_FILE, or <home>/secrets/master."""
    return settings.master_key_file or settings.home / "secrets" / "master"


def read_master(path: Path) -> bytes:
    """Read the master key; NotOpened when it is missing, open to others or not a key."""
    try:
        if path.stat().st_mode & 0o007:
            raise NotOpened(f"others may read or change the master key {path}: run chmod 600 on it")
        key = base64.b64decode(path.read_text(encoding="ascii").strip(), validate=True)
    except FileNotFoundError:
        raise NotOpened(f"the master key {path} is missing: put it back from its backup") from None
    except (OSError, UnicodeDecodeError, binascii.Error) as error:
        raise NotOpened(f"the master key {path} cannot be read: {error}") from None
    if len(key) != KEY_BYTES:
        raise NotOpened(f"{path} holds {len(key)} bytes, not a master key of {KEY_BYTES}")
    return key


def make_master(path: Path) -> bytes:
    """Make a new master key in a file that only its owner reads; Conflict when the file is there already."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Written whole under another name first: a process beside us must never read half a key.
    half = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode() + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(half, path)
    except FileExistsError:
        raise Conflict(f"there is a master key in {path} already") from None
    finally:
        half.unlink()
    sync_folder(path)
    return read_master(path)


def sync_folder(path: Path) -> None:
    """Make a rename or a new name in the folder of `path` outlive a crash."""
    with suppress(OSError):
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def audit_key(master: bytes) -> bytes:
    """Derive the 32 bytes that the audit log's roots are chained with."""
    return _derive(master, b"citygrid audit")


def ruling_seed(master: bytes) -> bytes:
    """Derive the 32 bytes that the key which signs rulings is made of."""
    return _derive(master, b"citygrid ruling")


def public_seed(master: bytes) -> bytes:
    """Derive the 32 bytes that the codes of reports of the public are made of."""
    return _derive(master, b"citygrid public")


def mark_of(master: bytes) -> bytes:
    """Derive 8 bytes that tell master keys apart and give nothing away."""
    return _derive(master, b"citygrid mark")[:MARK_BYTES]


def wrap(master: bytes, key_id: int, purpose: str, key: bytes) -> bytes:
    """Encrypt a data key under the master: version, the master's mark, nonce, ciphertext."""
    header, nonce = VERSION + mark_of(master), os.urandom(NONCE_BYTES)
    place = Place("data_key", purpose, key_id)
    return header + nonce + AESGCM(master).encrypt(nonce, key, place.bound_to(header))


def is_wrapped_by(master: bytes, wrapped: bytes) -> bool:
    """Tell whether a wrapped key is this master's."""
    return wrapped[: 1 + MARK_BYTES] == VERSION + mark_of(master)


def unwrap(master: bytes, key_id: int, purpose: str, wrapped: bytes) -> bytes:
    """Decrypt a data key; NotOpened when another master wrapped it or it was changed or moved."""
    if not is_wrapped_by(master, wrapped):
        raise NotOpened(f"data key {key_id} was wrapped by another master key than the one that is here")
    header, rest = wrapped[: 1 + MARK_BYTES], wrapped[1 + MARK_BYTES :]
    place = Place("data_key", purpose, key_id)
    try:
        return AESGCM(master).decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], place.bound_to(header))
    except (InvalidTag, ValueError):
        raise NotOpened(f"data key {key_id} has been changed since it was stored") from None


@dataclass(frozen=True)
class DataKey:
    """A data key at work; what it is made of shows nowhere."""

    id: int
    cipher: AESGCM
    search: bytes

    @classmethod
    def of(cls, key_id: int, key: bytes) -> DataKey:
        """Derive the two keys that a data key stands for."""
        return cls(key_id, AESGCM(_derive(key, b"citygrid field")), _derive(key, b"citygrid search"))

    def __repr__(self) -> str:
        return f"DataKey({self.id})"


class Keyring:
    """The data keys of a database: the newest encrypts, all that are known decrypt."""

    def __init__(self, master: bytes, purpose: str, wrapped: Mapping[int, bytes], active: tuple[int, ...]):
        """Take wrapped keys by id; `active` are those in use, of which the last one encrypts."""
        self._master = master
        self._purpose = purpose
        self._wrapped = wrapped
        self._known: dict[int, DataKey] = {}
        self.active = active
        self.newest = self._key(active[-1])

    def encrypt(self, place: Place, text: str) -> bytes:
        """Encrypt a text for its place: version, id of the data key, nonce, ciphertext."""
        header, nonce = header_of(self.newest.id), os.urandom(NONCE_BYTES)
        return header + nonce + self.newest.cipher.encrypt(nonce, text.encode(), place.bound_to(header))

    def decrypt(self, place: Place, sealed: bytes) -> str:
        """Decrypt what was encrypted for this place; NotOpened when it was changed, or its key is lost."""
        header, rest = sealed[:5], sealed[5:]
        if header[:1] != VERSION or len(rest) <= NONCE_BYTES:
            raise NotOpened(f"the ciphertext of {place.relation} {place.key} has an unknown form")
        cipher = self._key(int.from_bytes(header[1:])).cipher
        try:
            text = cipher.decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], place.bound_to(header))
        except InvalidTag:
            raise NotOpened(
                f"the ciphertext of {place.relation} {place.key}, {place.column}, has been changed or moved"
            ) from None
        return text.decode()

    def digest(self, relation: str, column: str, normal: str) -> bytes:
        """Hash a normalised value for exact search with the newest key, 32 bytes."""
        return _digest(self.newest, relation, column, normal)

    def digests(self, relation: str, column: str, normal: str) -> list[bytes]:
        """Hash a value with every key in use: while keys are rotated, rows carry the one or the other."""
        return [_digest(self._key(key_id), relation, column, normal) for key_id in self.active]

    def _key(self, key_id: int) -> DataKey:
        if key_id not in self._known:
            if key_id not in self._wrapped:
                raise NotOpened(f"data key {key_id} is not in this database")
            key = unwrap(self._master, key_id, self._purpose, self._wrapped[key_id])
            self._known[key_id] = DataKey.of(key_id, key)
        return self._known[key_id]


def header_of(key_id: int) -> bytes:
    """Write the first five bytes of a ciphertext: version and the data key's id."""
    return VERSION + key_id.to_bytes(4)


def _digest(key: DataKey, relation: str, column: str, normal: str) -> bytes:
    # Relation and column go in: the same phone in two tables must not be seen to be the same.
    return hmac.digest(key.search, f"{relation}|{column}|{normal}".encode(), "sha256")


def _derive(key: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=purpose).derive(key)
