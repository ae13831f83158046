"""Everything that can be set from outside, in one frozen object that is passed as an argument.

Each field is the environment variable `CITYGRID_<FIELD>`; docs/2-settings.md lists them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from spatial.errors import InvalidInput


@dataclass(frozen=True)
class Secret:
    """A text that does not show itself in logs and tracebacks."""

    value: str

    def __repr__(self) -> str:
        return "Secret('***')"

    __str__ = __repr__


@dataclass(frozen=True)
class Settings:
    """What a deployment decides."""

    home: Path = Path(".citygrid")
    """State folder: private cluster, demo files, compiled indexes, logs."""
    host: str = "127.0.0.1"
    """Address the API listens on."""
    port: int = 8000
    """Port the API listens on."""
    workers: int = 2
    """API worker processes."""
    database_url: Secret | None = None
    """An existing PostGIS to use in place of the private cluster (postgresql://…)."""
    demo: bool = True
    """Load the demo city into an empty database."""
    pool_size: int = 8
    """Database connections per API worker."""
    max_upload_mb: int = 256
    """Largest request body that is read, in MiB."""
    max_points: int = 5_000_000
    """Most points that one locate request may carry."""
    token_hours: int = 12
    """Life of a log-in token."""
    log_level: str = "info"
    """debug, info, warning or error."""

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> Settings:
        """Read the settings from the environment; a bad value is an error that names the variable."""
        source = os.environ if env is None else env
        given = {}
        for field in fields(cls):
            name = f"CITYGRID_{field.name.upper()}"
            if source.get(name):
                given[field.name] = _cast(name, str(field.type), source[name])
        return cls(**given)  # type: ignore[arg-type]


def _cast(name: str, type_name: str, text: str) -> object:
    try:
        return _CASTS[type_name](text)
    except (ValueError, KeyError):
        raise InvalidInput.at(name, f"'{text}' is not a valid {type_name}") from None


def _flag(text: str) -> bool:
    return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}[text.lower()]


def _positive(text: str) -> int:
    number = int(text)
    if number <= 0:
        raise ValueError(text)
    return number


_CASTS: dict[str, Callable[[str], object]] = {
    "Path": lambda text: Path(text).absolute(),
    "Secret | None": Secret,
    "bool": _flag,
    "int": _positive,
    "str": str,
}
