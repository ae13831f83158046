"""A request as pygeoapi's functions want it, made from what we have checked ourselves."""

from __future__ import annotations

from collections.abc import Mapping

from pygeoapi.api import APIRequest
from pygeoapi.l10n import str2locale


class CheckedRequest(APIRequest):  # type: ignore[misc]
    """Always for JSON, in a language of ours: its own reading of Accept-Language fails on some headers."""

    def __init__(self, parameters: Mapping[str, str], language: str) -> None:
        self._data = b""
        self._args = dict(parameters)
        self._path_info = ""
        self._raw_locale = language
        self._locale = str2locale(language)
        self._format = None
        self._headers: dict[str, str] = {}


def request_of(parameters: Mapping[str, str], language: str) -> CheckedRequest:
    """Make the request of checked `parameters` in `language` (zh-CN or en-US)."""
    return CheckedRequest(parameters, language)
