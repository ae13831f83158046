"""Accounts for the pages, made and settled through the server's own routes."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import Any

import httpx


@dataclass(frozen=True)
class Account:
    """Somebody who can log in."""

    username: str
    password: str
    id: int = 0


class Accounts:
    """Makes accounts as the demo administrator does."""

    def __init__(self, client: httpx.Client, administrator: Account, token: str) -> None:
        self.client = client
        self.administrator = administrator
        self._headers = _bearer(token)
        self._known: dict[str, Account] = {}

    def newcomer(self, display_name: str = "新来的", **rights: Any) -> Account:
        """Make an account that still has the one-time password."""
        username = f"u{secrets.token_hex(4)}"
        body = {
            "username": username,
            "display_name": display_name,
            "role": "viewer",
            "reach": "city",
        } | rights
        made = self._post("/api/accounts", body)
        return Account(username, made["password"], made["id"])

    def settled(self, display_name: str = "王建国", **rights: Any) -> Account:
        """Give an account with a password of its own; the same one for the same name and rights."""
        key = repr((display_name, sorted(rights.items())))
        if key not in self._known:
            self._known[key] = self._settle(self.newcomer(display_name, **rights))
        return self._known[key]

    def revoke_all(self, account: Account) -> None:
        """End every session and key of an account, as an administrator does."""
        for key in self._get(f"/api/accounts/{account.id}/keys")["keys"]:
            path = f"/api/accounts/{account.id}/keys/{key['id']}"
            self.client.delete(path, headers=self._headers).raise_for_status()

    def reset(self, account: Account) -> Account:
        """Give an account a one-time password again."""
        return replace(account, password=self._post(f"/api/accounts/{account.id}/password", {})["password"])

    def cookies(self, account: Account) -> list[dict[str, Any]]:
        """Log an account in; gives the session's cookies as Playwright takes them."""
        url = str(self.client.base_url).rstrip("/")
        form = {"username": account.username, "password": account.password}
        answer = httpx.post(f"{url}/api/auth/session", data=form).raise_for_status()
        own = {"url": url, "httpOnly": True, "sameSite": "Strict"}
        return [{"name": name, "value": value, **own} for name, value in answer.cookies.items()]

    def organisation(self) -> dict[str, Any]:
        """Name an organisation of the demo city."""
        return self._get("/api/organisations")["organisations"][0]

    def audit(self, **filters: str) -> list[dict[str, Any]]:
        """Read the newest entries of the audit log."""
        answer = self.client.get("/api/audit", params=filters, headers=self._headers).raise_for_status()
        return answer.json()["entries"]

    def _settle(self, account: Account) -> Account:
        form = {"username": account.username, "password": account.password}
        answer = self.client.post("/api/auth/token", data=form).raise_for_status()
        chosen = f"Quiet-{secrets.token_hex(6)}-9"
        body = {"old": account.password, "new": chosen}
        headers = _bearer(answer.json()["access_token"])
        self.client.post("/api/me/password", json=body, headers=headers).raise_for_status()
        return replace(account, password=chosen)

    def _get(self, path: str) -> dict[str, Any]:
        return self.client.get(path, headers=self._headers).raise_for_status().json()

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = self.client.post(path, json=body or None, headers=self._headers)
        assert answer.is_success, answer.text
        return answer.json()


def _bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}
