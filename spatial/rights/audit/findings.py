"""What verification may find, each kind in words for the person who must explain it."""

from __future__ import annotations

from dataclasses import dataclass

KINDS = {
    "changed row": "a row does not have the hash it was written with",
    "changed rows": "rows under a seal are not those that were sealed: changed with their hashes, or swapped",
    "removed rows": "fewer rows than were sealed",
    "inserted rows": "rows that stand under a seal, or where one should be, and were never sealed",
    "wrong date": "a row is dated outside of the time in which its transaction can have written it",
    "foreign row": "a row claims to come from a database that this log has no seals of",
    "missing month": "a month's rows are gone and no drop is in the chain",
    "wrong drop": "a month went that should have stayed, or not as its drop says",
    "removed roots": "numbers of the chain are missing",
    "broken chain": "a root does not name the root before it",
    "forged root": "a root was not made, or not left, by a process that has the key",
    "unknown key": "a root names a key that is not here, so it cannot be proved",
    "truncated tail": "the file knows roots that the database has lost",
    "differs from file": "a root is not the one that the file keeps",
    "missing in file": "the file has lost roots, or was never given them",
    "broken file": "a line of the file is not a root",
    "log set back": "the file shows the chain going on from an earlier root: the database was put back",
    "unwatched": "a trigger or function of the log is missing or altered: changes may have gone unrecorded",
}
"""Kinds of findings."""


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it must be: its kind, where, and what."""

    kind: str
    where: str
    text: str

    def __post_init__(self) -> None:
        assert self.kind in KINDS, self.kind

    def __str__(self) -> str:
        return f"{self.kind}: {self.where}: {self.text}"
