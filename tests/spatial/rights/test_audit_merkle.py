"""The Merkle tree, against RFC 6962's own recursive words and its published vectors."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial.rights.audit.merkle import Tree, root_of

LEAVES = [
    bytes.fromhex(text)
    for text in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
"""Of the test vectors of google/certificate-transparency (merkle_tree_test): roots of the first n leaves."""


def by_the_words(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962 section 2.1, word for word: split at the largest power of two below n."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + by_the_words(leaves[:k]) + by_the_words(leaves[k:])).digest()


@pytest.mark.parametrize("count", range(1, 9))
def test_the_published_roots(count: int) -> None:
    assert root_of(LEAVES[:count]).hex() == ROOTS[count - 1]


@given(st.lists(st.binary(max_size=40), max_size=70))
def test_it_is_the_tree_of_the_rfc(leaves: list[bytes]) -> None:
    assert root_of(leaves) == by_the_words(leaves)


@given(st.lists(st.binary(min_size=1, max_size=8), min_size=1, max_size=20), st.data())
def test_any_change_shows(leaves: list[bytes], data: st.DataObject) -> None:
    root, at = root_of(leaves), data.draw(st.integers(0, len(leaves) - 1))
    assert root_of([*leaves[:at], leaves[at] + b"!", *leaves[at + 1 :]]) != root
    assert root_of(leaves[:at] + leaves[at + 1 :]) != root
    assert root_of([*leaves, leaves[at]]) != root


def test_a_node_cannot_pass_for_a_leaf() -> None:
    left, right = (hashlib.sha256(b"\x00" + leaf).digest() for leaf in (b"a", b"b"))
    assert root_of([left + right]) != root_of([b"a", b"b"])


def test_a_tree_holds_one_hash_a_level() -> None:
    tree = Tree()
    for number in range(10_000):
        tree.add(number.to_bytes(4))
    assert len(tree._peaks) == bin(10_000).count("1")
