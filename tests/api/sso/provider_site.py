"""A real OpenID provider: django-oauth-toolkit behind Django's own log-in form, on an inherited socket.

Run as a process of its own: `python -m tests.api.sso.provider_site <fd> <config.json>`. The configuration:
`issuer`, `folder`, `client_id`, `client_secret`, `redirect_uri`, `id_token_seconds` and `people`
(username → password).
"""

from __future__ import annotations

import json
import secrets
import socket
import sys
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import django
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings

LOGIN_FORM = """<form method="post">{% csrf_token %}{{ form }}<input type="submit" value="Log in"></form>"""


def configure(config: dict[str, Any]) -> None:
    """Set Django up with nothing but what an OpenID provider needs."""
    settings.configure(
        SECRET_KEY=secrets.token_urlsafe(32),
        ALLOWED_HOSTS=["localhost"],
        ROOT_URLCONF="tests.api.sso.provider_urls",
        USE_TZ=True,
        LOGIN_URL="/login/",
        DATABASES={
            "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": config["folder"] + "/db.sqlite"}
        },
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "oauth2_provider",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
        ],
        TEMPLATES=[_templates()],
        OAUTH2_PROVIDER=_oauth2(config),
    )
    django.setup()


def _templates() -> dict[str, Any]:
    loaders = [
        ("django.template.loaders.locmem.Loader", {"registration/login.html": LOGIN_FORM}),
        "django.template.loaders.app_directories.Loader",
    ]
    return {"BACKEND": "django.template.backends.django.DjangoTemplates", "OPTIONS": {"loaders": loaders}}


def _oauth2(config: dict[str, Any]) -> dict[str, Any]:
    return {
        "OIDC_ENABLED": True,
        "OIDC_ISS_ENDPOINT": config["issuer"],
        "OIDC_RSA_PRIVATE_KEY": _private_key(),
        "OAUTH2_VALIDATOR_CLASS": "tests.api.sso.provider_urls.Validator",
        "SCOPES": {"openid": "who you are", "profile": "your name", "email": "your address"},
        "PKCE_REQUIRED": True,
        "COMPLIANT_BCP_RFC9700_PKCE_METHOD": True,
        "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True,
        "ID_TOKEN_EXPIRE_SECONDS": config["id_token_seconds"],
    }


def _private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    kind = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return key.private_bytes(*kind).decode()


def fill(config: dict[str, Any]) -> None:
    """Make the tables, the people and the one client."""
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from oauth2_provider.models import Application

    call_command("migrate", verbosity=0)
    for name, password in config["people"].items():
        User.objects.create_user(name, f"{name}@example.org", password, first_name=name.title())
    Application.objects.create(
        name="citygrid",
        client_id=config["client_id"],
        client_secret=config["client_secret"],
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE,
        redirect_uris=config["redirect_uri"],
        algorithm=Application.RS256_ALGORITHM,
    )


class Server(ThreadingMixIn, WSGIServer):
    """One thread a request, as a browser expects."""

    daemon_threads = True


class Quiet(WSGIRequestHandler):
    """Says nothing of each request."""

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def main(fd: int, config: dict[str, Any]) -> None:
    """Serve until the process is ended."""
    configure(config)
    fill(config)
    from django.core.wsgi import get_wsgi_application

    listener = socket.socket(fileno=fd)
    host, port = listener.getsockname()[:2]
    server = Server((host, port), Quiet, bind_and_activate=False)
    server.socket.close()
    server.socket = listener
    server.server_name, server.server_port = "localhost", port
    server.setup_environ()
    server.set_app(get_wsgi_application())
    server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text(encoding="utf-8")))
