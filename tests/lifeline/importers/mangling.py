"""Files that somebody, or a bad line, has damaged."""

from __future__ import annotations

from hypothesis import strategies as st

from lifeline.importers.found import Found


def mangled(data: st.DataObject, text: str) -> bytes:
    """Change some bytes of a file, take some away and put some in."""
    content = bytearray(text.encode())
    for _ in range(data.draw(st.integers(1, 30))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
        content = content or bytearray(b"x")
    return bytes(content)


def check_whole(found: Found) -> None:
    """Check that each link goes from one node that is there to another, and has a code of its own."""
    codes = {node.code for node in found.nodes}
    assert len(codes) == len(found.nodes)
    assert all({link.tail, link.head} <= codes and link.tail != link.head for link in found.links)
    assert len({link.code for link in found.links}) == len(found.links)
