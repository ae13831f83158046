"""How an HTTP gateway is asked and what its answers mean: a file of the deployment's (TOML). Pure.

method = "POST"
form = "json"                       # json, form or query
idempotent = true                   # the same {reference} twice makes one message
[headers]
authorization = "Bearer …"
[fields]
to = "{number}"
text = "{text}"
ref = "{reference}"
[answer]
id = "data.id"                      # where the gateway's name of the message stands
ok_path = "code"
ok = ["0", "OK"]
later = ["THROTTLED"]
[receipts]
items = "reports"                   # a list; without it the whole body is one receipt
id = "msgid"
state = "status"
delivered = ["DELIVRD"]
expired = ["EXPIRED"]
failed = ["UNDELIV", "REJECTD"]
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from spatial.errors import InvalidInput
from spatial.partners.messages.gateways import Order, Outcome, Receipt, Verdict, kept_id, without_numbers

SETTING = "CITYGRID_SMS_GATEWAY_FILE"
FORMS = ("json", "form", "query")
MOST_RECEIPTS = 1000
RETRY_S = 30.0
_NAMES = ("number", "text", "reference")


@dataclass(frozen=True)
class Template:
    """A gateway's manner, as the file says; without a file these."""

    method: str = "POST"
    form: str = "json"
    idempotent: bool = False
    per_second: int = 10
    country: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    fields: Mapping[str, Any] = field(
        default_factory=lambda: {"to": "{number}", "text": "{text}", "reference": "{reference}"}
    )
    answer: Mapping[str, Any] = field(default_factory=lambda: {"id": "id"})
    receipts: Mapping[str, Any] = field(
        default_factory=lambda: {
            "id": "id", "state": "status", "delivered": ["delivered", "DELIVRD"],
            "expired": ["expired", "EXPIRED"],
            "failed": ["failed", "UNDELIV", "REJECTD", "DELETED", "UNKNOWN"],
        }
    )  # fmt: skip


@dataclass(frozen=True)
class Request:
    """What is to be asked."""

    method: str
    url: str = field(repr=False)
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)


_TABLES = {
    "headers": frozenset[str](),
    "fields": frozenset[str](),
    "answer": frozenset({"id", "ok_path", "ok", "later"}),
    "receipts": frozenset({"items", "id", "state", "reason", "delivered", "expired", "failed"}),
}
_LISTS = frozenset({"ok", "later", "delivered", "expired", "failed"})
_WHATS: dict[str, tuple[type, str]] = {
    "method": (str, "GET, POST or PUT"), "form": (str, "json, form or query"),
    "idempotent": (bool, "true or false"), "per_second": (int, "a number"), "country": (str, "digits"),
}  # fmt: skip


def read_template(path: Path | None) -> Template:
    """Read the file of a gateway; InvalidInput says what is wrong and shows no value."""
    if path is None:
        return Template()
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _wrong(f"cannot be read ({type(error).__name__})") from None
    for name, value in given.items():
        _check(name, value)
    made = Template(**given)
    if made.method not in ("GET", "POST", "PUT") or made.form not in FORMS or made.per_second < 1:
        raise _wrong("needs method GET, POST or PUT, form json, form or query, and per_second of 1 at least")
    if "{number}" not in json.dumps(made.fields) or "{text}" not in json.dumps(made.fields):
        raise _wrong("needs {number} and {text} in [fields]")
    return made


def _check(name: str, value: Any) -> None:
    if name in _TABLES:
        if not isinstance(value, dict):
            raise _wrong(f"needs [{name}] as a table")
        if _TABLES[name] and (more := value.keys() - _TABLES[name]):
            raise _wrong(f"has '{min(more)}' in [{name}], which is not known")
        for key, each in value.items() if name != "fields" else ():
            _check_value(name, key, each)
    elif name not in _WHATS:
        raise _wrong(f"has '{name[:40]}', which is not known")
    elif type(value) is not _WHATS[name][0]:
        raise _wrong(f"needs {_WHATS[name][1]} as '{name}'")


def _check_value(table: str, key: str, value: Any) -> None:
    if key in _LISTS:
        good = isinstance(value, list) and all(isinstance(each, str) for each in value)
    else:
        good = isinstance(value, str) and value.isprintable()
    if not good:
        raise _wrong(f"needs {'a list of texts' if key in _LISTS else 'a text'} as '{key}' in [{table}]")


def _wrong(reason: str) -> InvalidInput:
    return InvalidInput.at(SETTING, reason)


def request_of(template: Template, url: str, order: Order) -> Request:
    """Write the request that hands an order over."""
    values = dict(zip(_NAMES, (order.number, order.text, order.reference), strict=True))
    filled = _filled(template.fields, values)
    headers = {"accept": "application/json", **{key.lower(): each for key, each in template.headers.items()}}
    if template.form == "json":
        headers["content-type"] = "application/json; charset=utf-8"
        return Request(template.method, url, headers, json.dumps(filled, ensure_ascii=False).encode())
    encoded = urlencode({name: str(value) for name, value in filled.items()})
    if template.form == "query":
        return Request(template.method, f"{url}{'&' if '?' in url else '?'}{encoded}", headers, b"")
    headers["content-type"] = "application/x-www-form-urlencoded; charset=utf-8"
    return Request(template.method, url, headers, encoded.encode())


def _filled(value: Any, values: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _filled(each, values) for name, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, values) for each in value]
    if not isinstance(value, str):
        return value
    # In one pass: a text that holds {number} shows no number.
    parts = value.split("{")
    return parts[0] + "".join(_hole(part, values) for part in parts[1:])


def _hole(part: str, values: Mapping[str, str]) -> str:
    name, end, rest = part.partition("}")
    return values[name] + rest if end and name in values else "{" + part


def judge(template: Template, order: Order, status: int, headers: Mapping[str, str], body: bytes) -> Outcome:
    """Say what an answer means for an order."""
    if status in (429, 503):
        wait = headers.get("retry-after", "")
        wait_s = min(float(wait), 900.0) if wait.isascii() and wait.isdigit() else RETRY_S
        return Outcome(order, "later", reason=f"the gateway answers {status}", wait_s=max(wait_s, 1.0))
    if status >= 500:
        return Outcome(order, "uncertain", reason=f"the gateway answers {status}")
    if not 200 <= status < 300:
        return Outcome(order, "refused", reason=f"the gateway answers {status}")
    return _read(template, order, body)


def _read(template: Template, order: Order, body: bytes) -> Outcome:
    rules = template.answer
    found = parsed(body)
    if "ok_path" in rules:
        said = _at(found, rules["ok_path"])
        verdict: Verdict = "uncertain" if said is None else "refused"
        if said in rules.get("ok", ()):
            verdict = "taken"
        elif said in rules.get("later", ()):
            verdict = "later"
        if verdict != "taken":
            reason = "the gateway's answer cannot be read"
            if said is not None:
                reason = "the gateway says " + without_numbers(said)[:60]
            return Outcome(order, verdict, reason=reason, wait_s=RETRY_S if verdict == "later" else 0.0)
    return Outcome(order, "taken", kept_id(_at(found, rules.get("id", "")) or "") or order.reference)


def parsed(body: bytes) -> Any:
    """Read JSON; None for what is none, or nested beyond reason."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _at(value: Any, path: str) -> str | None:
    """Find what stands at a path of names and numbers (data.0.id), as text; None when it is not there."""
    for name in path.split(".") if path else ():
        if isinstance(value, dict):
            value = value.get(name)
        elif isinstance(value, list) and name.isascii() and name.isdigit() and int(name) < len(value):
            value = value[int(name)]
        else:
            return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value)


def receipts_of(template: Template, sent: Any) -> list[Receipt]:
    """Read the receipts of a message to us; those that say nothing final are left out.

    InvalidInput for what is no receipt at all, or more than MOST_RECEIPTS.
    """
    rules = template.receipts
    items = sent
    for name in filter(None, str(rules.get("items", "")).split(".")):
        items = items.get(name) if isinstance(items, dict) else None
    listed = items if isinstance(items, list) else [items]
    if len(listed) > MOST_RECEIPTS:
        raise InvalidInput.at("body", f"has {len(listed)} receipts; {MOST_RECEIPTS} is the most")
    found = [_receipt(rules, each) for each in listed]
    if all(each is None for each in found):
        raise InvalidInput.at("body", "is no receipt of this gateway")
    return [each for each in found if each is not None and each.state]


def _receipt(rules: Mapping[str, Any], item: Any) -> Receipt | None:
    identifier = kept_id(_at(item, rules.get("id", "id")) or "")
    said = _at(item, rules.get("state", "status"))
    if identifier is None or said is None:
        return None
    state = next((each for each in ("delivered", "expired", "failed") if said in rules.get(each, ())), "")
    given = _at(item, rules["reason"]) if "reason" in rules else ""
    reason = " ".join(filter(None, (said, given))) if state != "delivered" else ""
    return Receipt(identifier, state, without_numbers(reason)[:100])
