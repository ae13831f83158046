"""Keys and ciphertexts: what is lost, moved or changed is said so, and never guessed."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from spatial.errors import Conflict, Unavailable
from spatial.rights.envelope import (
    Keyring,
    Place,
    audit_key,
    is_wrapped_by,
    make_master,
    mark_of,
    master_file,
    read_master,
    unwrap,
    wrap,
)
from spatial.settings import Settings

MASTER = bytes(range(32))
PHONE = Place("worker", "phone", 17)


def ring(*ids: int, master: bytes = MASTER) -> Keyring:
    return Keyring(master, "personal", {n: wrap(master, n, "personal", bytes([n]) * 32) for n in ids}, ids)


def test_a_new_master_key_is_its_owner_s_alone(tmp_path: Path) -> None:
    path = tmp_path / "secrets" / "master"
    key = make_master(path)
    assert len(key) == 32
    assert read_master(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_a_master_key_is_never_written_over(tmp_path: Path) -> None:
    key = make_master(tmp_path / "master")
    with pytest.raises(Conflict, match="already"):
        make_master(tmp_path / "master")
    assert read_master(tmp_path / "master") == key


def test_a_missing_master_key_is_not_made_by_reading(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="missing: put it back from its backup"):
        read_master(tmp_path / "master")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "holds 0 bytes"),
        ("AAAA", "holds 3 bytes"),
        ("not base64!", "cannot be read"),
        ("é", "cannot be read"),
    ],
)
def test_what_is_no_master_key_is_refused(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "master"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    with pytest.raises(Unavailable, match=said):
        read_master(path)


def test_a_master_key_that_everybody_may_read_is_refused(tmp_path: Path) -> None:
    make_master(tmp_path / "master")
    (tmp_path / "master").chmod(0o644)
    with pytest.raises(Unavailable, match="chmod 600"):
        read_master(tmp_path / "master")


def test_the_master_key_may_lie_elsewhere(tmp_path: Path) -> None:
    assert master_file(Settings(home=tmp_path)) == tmp_path / "secrets" / "master"
    elsewhere = Settings.from_env({"CITYGRID_MASTER_KEY_FILE": str(tmp_path / "key")})
    assert master_file(elsewhere) == tmp_path / "key"


def test_derived_keys_have_nothing_in_common() -> None:
    derived = {MASTER, audit_key(MASTER), audit_key(bytes(32)), mark_of(MASTER), mark_of(bytes(32))}
    assert len(derived) == 5
    assert len(audit_key(MASTER)) == 32


def test_a_value_comes_back_at_its_own_place() -> None:
    for text in ("13812345678", "", "张三丰", "x" * 10_000):
        assert ring(1).decrypt(PHONE, ring(1).encrypt(PHONE, text)) == text


def test_the_same_value_is_never_encrypted_to_the_same_bytes() -> None:
    keys = ring(1)
    assert len({keys.encrypt(PHONE, "13812345678") for _ in range(100)}) == 100


@pytest.mark.parametrize(
    "place",
    [Place("worker", "phone", 18), Place("worker", "name", 17), Place("reporter", "phone", 17)],
    ids=["row", "column", "table"],
)
def test_a_ciphertext_is_worth_nothing_elsewhere(place: Place) -> None:
    with pytest.raises(Unavailable, match="changed or moved"):
        ring(1).decrypt(place, ring(1).encrypt(PHONE, "13812345678"))


def test_every_bit_of_a_ciphertext_counts() -> None:
    keys = ring(1)
    sealed = keys.encrypt(PHONE, "13812345678")
    for bit in range(len(sealed) * 8):
        changed = bytearray(sealed)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(Unavailable):
            keys.decrypt(PHONE, bytes(changed))
    for length in range(len(sealed)):
        with pytest.raises(Unavailable):
            keys.decrypt(PHONE, sealed[:length])


def test_the_header_cannot_name_another_key() -> None:
    """Both keys are there, and the wrong one is not tried."""
    same = {n: wrap(MASTER, n, "personal", bytes(32)) for n in (1, 2)}
    keys = Keyring(MASTER, "personal", same, (1, 2))
    sealed = keys.encrypt(PHONE, "13812345678")
    assert sealed[:5] == b"\x01\0\0\0\x02"
    with pytest.raises(Unavailable, match="changed or moved"):
        keys.decrypt(PHONE, b"\x01\0\0\0\x01" + sealed[5:])


def test_older_keys_decrypt_and_the_newest_encrypts() -> None:
    sealed = ring(1).encrypt(PHONE, "13812345678")
    both = ring(1, 2)
    assert both.decrypt(PHONE, sealed) == "13812345678"
    with pytest.raises(Unavailable, match="data key 2 is not in this database"):
        ring(1).decrypt(PHONE, both.encrypt(PHONE, "13812345678"))


def test_a_wrapped_key_opens_with_its_master_at_its_place_only() -> None:
    wrapped = wrap(MASTER, 1, "personal", b"k" * 32)
    assert unwrap(MASTER, 1, "personal", wrapped) == b"k" * 32
    assert is_wrapped_by(MASTER, wrapped)
    assert not is_wrapped_by(bytes(32), wrapped)
    with pytest.raises(Unavailable, match="another master key"):
        unwrap(bytes(32), 1, "personal", wrapped)
    for key_id, purpose, stored in [
        (2, "personal", wrapped),
        (1, "other", wrapped),
        (1, "personal", wrapped[:-1]),
    ]:
        with pytest.raises(Unavailable, match="has been changed"):
            unwrap(MASTER, key_id, purpose, stored)
    assert b"k" * 8 not in wrapped


def test_digests_find_the_same_value_in_the_same_column_only() -> None:
    keys = ring(1)
    phone = keys.digest("worker", "phone", "13812345678")
    assert len(phone) == 32
    assert phone == ring(1).digest("worker", "phone", "13812345678")
    assert phone in ring(1, 2).digests("worker", "phone", "13812345678")
    others = [
        keys.digest("worker", "name", "13812345678"),
        keys.digest("reporter", "phone", "13812345678"),
        keys.digest("worker", "phone", "13812345679"),
        ring(2).digest("worker", "phone", "13812345678"),
    ]
    assert len({phone, *others}) == 5


def test_keys_do_not_show_themselves() -> None:
    keys = ring(7)
    assert repr(keys.newest) == "DataKey(7)"
    assert "\\x" not in repr(keys)
