"""Signatures of messages that come in: Standard Webhooks, and the plain HMAC of everybody else. Pure.

    {"scheme": "standard-webhooks"}
    {"scheme": "hmac", "header": "x-hub-signature-256", "prefix": "sha256=", "algorithm": "sha256",
     "encoding": "hex", "timestamp": "x-timestamp", "content": "{timestamp}.{body}"}

A message that is signed with its time is taken for some minutes only. One without is taken whenever it comes:
sent again it is the same report, by its external id.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from spatial.errors import InvalidInput, Problem, Unauthenticated
from spatial.partners.signing import PREFIX

Json = dict[str, Any]
STANDARD, HMAC = "standard-webhooks", "hmac"
TOLERANCE_S = 300
"""How far the clock of a sender may be off."""
LEAST_SECRET = 16
"""Characters of a secret that is somebody else's."""
_ALGORITHMS = ("sha256", "sha384", "sha512", "sha1")
_HEADER = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")
_OURS = frozenset({"authorization", "cookie", "host", "content-length", "content-type"})
_KNOWN = ("scheme", "header", "prefix", "algorithm", "encoding", "timestamp", "content", "tolerance_s")


def check_signature(given: object, where: str = "options.signature") -> list[Problem]:
    """Say what is wrong with how messages are signed."""
    if not isinstance(given, dict):
        return [Problem(where, "must say how messages are signed")]
    problems = [Problem(f"{where}.{name[:60]}", "is not known here") for name in given if name not in _KNOWN]
    tolerance = given.get("tolerance_s", TOLERANCE_S)
    if not isinstance(tolerance, int) or isinstance(tolerance, bool) or not 1 <= tolerance <= 3600:
        problems.append(Problem(f"{where}.tolerance_s", "must be between 1 and 3600"))
    if given.get("scheme") == STANDARD:
        return problems
    if given.get("scheme") != HMAC:
        return [*problems, Problem(f"{where}.scheme", f"must be one of {STANDARD}, {HMAC}")]
    return [*problems, *_hmac_problems(given, where)]


def _hmac_problems(given: Mapping[str, Any], where: str) -> Iterator[Problem]:
    for name in ("header", "timestamp"):
        if (name == "header" or name in given) and not _is_header(given.get(name)):
            yield Problem(f"{where}.{name}", "must be the name of a header in small letters")
    if given.get("algorithm", "sha256") not in _ALGORITHMS:
        yield Problem(f"{where}.algorithm", f"must be one of {', '.join(_ALGORITHMS)}")
    if given.get("encoding", "hex") not in ("hex", "base64"):
        yield Problem(f"{where}.encoding", "must be hex or base64")
    prefix, content = given.get("prefix", ""), given.get("content", "{body}")
    if not isinstance(prefix, str) or len(prefix) > 40:
        yield Problem(f"{where}.prefix", "must be a text of 40 characters at most")
    if not isinstance(content, str) or len(content) > 100 or content.count("{body}") != 1:
        yield Problem(f"{where}.content", "must be a text with {body} in it, and {timestamp} where it is")
    elif ("{timestamp}" in content) != ("timestamp" in given):
        yield Problem(f"{where}.timestamp", "and {timestamp} in the content go together")


def _is_header(name: object) -> bool:
    return isinstance(name, str) and bool(_HEADER.fullmatch(name)) and name not in _OURS


def check_secret(scheme: str, secret: str) -> None:
    """See that a secret can be one of a scheme; InvalidInput at `secret`."""
    if scheme == STANDARD:
        if _key(secret) is None:
            raise InvalidInput.at("secret", "must be whsec_ and 24 to 64 bytes in base64")
    elif not LEAST_SECRET <= len(secret) <= 500:
        raise InvalidInput.at("secret", f"must have {LEAST_SECRET} to 500 characters")


def _key(secret: str) -> bytes | None:
    """Decode a secret of Standard Webhooks; None: it is none."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (ValueError, binascii.Error):
        return None
    return key if 24 <= len(key) <= 64 else None


def is_signed(signature: Json | None, headers: Mapping[str, str]) -> bool:
    """Tell whether a message says that it is signed as it should be; headers: by names in small letters."""
    if not signature:
        return False
    name = "webhook-signature" if signature["scheme"] == STANDARD else signature["header"]
    return bool(headers.get(name))


def verify(
    signature: Json, secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now_s: float
) -> None:
    """See that a message is signed by one of the secrets, and not long ago; Unauthenticated."""
    if signature["scheme"] == STANDARD:
        _verify_standard(signature, secrets, headers, body, now_s)
    else:
        _verify_hmac(signature, secrets, headers, body, now_s)


def _verify_standard(
    signature: Json, secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now_s: float
) -> None:
    name, sent = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    _check_time(sent, signature, now_s)
    signed = f"{name}.{sent}.".encode() + body
    given = [
        each.removeprefix("v1,")
        for each in headers.get("webhook-signature", "").split(" ")[:20]
        if each.startswith("v1,")
    ]
    for secret in secrets:
        key = _key(secret)
        if key is None:
            # It is of another scheme, before the adapter was changed.
            continue
        right = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        if any(hmac.compare_digest(right.encode(), each.encode()) for each in given):
            return
    raise Unauthenticated("the signature is not by the secret of this adapter")


def _verify_hmac(
    signature: Json, secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now_s: float
) -> None:
    sent = headers.get(signature["timestamp"], "") if "timestamp" in signature else ""
    if "timestamp" in signature:
        _check_time(sent, signature, now_s)
    before, _, behind = signature.get("content", "{body}").partition("{body}")
    signed = b"".join(
        (before.replace("{timestamp}", sent).encode(), body, behind.replace("{timestamp}", sent).encode())
    )
    given = headers.get(signature["header"], "").strip()
    prefix = signature.get("prefix", "")
    for secret in secrets:
        mac = hmac.new(secret.encode(), signed, signature.get("algorithm", "sha256"))
        is_hex = signature.get("encoding", "hex") == "hex"
        right = mac.hexdigest() if is_hex else base64.b64encode(mac.digest()).decode()
        plain = given.removeprefix(prefix)
        if given.startswith(prefix) and hmac.compare_digest(
            right.encode(), (plain.lower() if is_hex else plain).encode()
        ):
            return
    raise Unauthenticated("the signature is not by the secret of this adapter")


def _check_time(text: str, signature: Json, now_s: float) -> None:
    """Take seconds and milliseconds since 1970."""
    if not re.fullmatch(r"\d{9,14}", text, re.ASCII):
        raise Unauthenticated("the time of the signature is missing, or no number of seconds")
    sent_s = int(text) / (1000 if len(text) > 11 else 1)
    if abs(now_s - sent_s) > signature.get("tolerance_s", TOLERANCE_S):
        raise Unauthenticated("the signature is too old, or the clock of the sender is wrong")
