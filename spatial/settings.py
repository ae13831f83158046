"""Everything that can be set from outside, in one frozen object that is passed as an argument.

Each field is the environment variable `CITYGRID_<FIELD>`; docs/2-settings.md lists them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit

from spatial.errors import InvalidInput, Problem
from spatial.urls import is_safe_url


@dataclass(frozen=True)
class Secret:
    """A text that does not show itself in logs and tracebacks."""

    value: str

    def __repr__(self) -> str:
        return "Secret('***')"

    __str__ = __repr__


LEAST_LOG_DAYS = 180
"""Network logs are kept for six months at least: Cybersecurity Law of the PRC (网络安全法)."""

Count = int
"""A whole number; 0 stands for no limit."""
LogDays = int
"""How long a log is kept: 180 days at least."""
Words = tuple[str, ...]
Origins = tuple[str, ...]
Pairs = tuple[tuple[str, str], ...]
Networks = tuple[IPv4Network | IPv6Network, ...]
_IN_WORDS = {
    "Count": "whole number",
    "LogDays": "number of days, 180 at least",
    "Networks": "list of addresses and networks",
    "Origins": "list of origins such as https://map.example",
    "Pairs": "list of name=value",
}


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
    app_database_url: Secret | None = None
    """The same database as the role the workers connect as; `migrate` makes that role unless this is set."""
    demo: bool = True
    """Load the demo city into an empty database."""
    pool_size: int = 8
    """Database connections per API worker."""
    statement_seconds: int = 30
    """Longest that one statement of a request may take in the database."""
    max_upload_mb: int = 256
    """Largest file that is read, in MiB, at doors that take files."""
    max_body_kb: int = 1024
    """Largest body of any other request, in KiB."""
    requests_at_once: Count = 200
    """Requests of one client address that one worker works on at once."""
    quota_per_minute: Count = 6000
    """Requests a minute of one key that has no quota of its own."""
    open_quota_per_minute: Count = 1200
    """Requests a minute of one client address without a key, or with one that is not known yet."""
    public_reports_per_minute: Count = 10
    """Reports of the public a minute from one address."""
    public_reports_per_minute_all: Count = 300
    """Reports of the public a minute from everywhere."""
    public_lookups_per_minute: Count = 120
    """Times a minute that one address may look for places, addresses and codes; a wrong code counts ten."""
    public_lookups_per_minute_all: Count = 6000
    """The same from everywhere."""
    public_tiles_per_minute: Count = 900
    """Tiles of the public's map a minute for one address; a view of it asks for about thirty."""
    public_tiles_per_minute_all: Count = 30_000
    """The same from everywhere."""
    public_reports_per_day: Count = 200
    """Reports of the public a day from one address; photos: three times as many."""
    public_photos_mb_per_day: Count = 4096
    """Room that photos of the public may take in a day, from everywhere, in MiB."""
    public_photos_free_mb: Count = 2048
    """Room on the disk, in MiB, that photos of the public leave to everything else."""
    max_points: int = 5_000_000
    """Most points that one locate request may carry."""
    publish_schemas: Words = ("public",)
    """Schemas of the database whose tables may be published over HTTP."""
    master_key_file: Path | None = None
    """The key that protects personal data; default <home>/secrets/master."""
    export_hours: int = 24
    """How long the file of an export is kept."""
    export_disk_mb: int = 4096
    """Room for the files of all exports, in MiB."""
    exports_per_account: int = 10
    """Exports that one account may have at a time, waiting ones included."""
    reveals_per_hour: int = 60
    """Clear texts and searches of personal data that one account may have in an hour."""
    plan_own_approval: bool = False
    """Let who drafted a plan of grids approve it as well: for cities with a single administrator."""
    fix_days: int = 180
    """How many days back fixes are sorted in by day; those that come later than that are kept as too old."""
    cry_minutes: Count = 2
    """Minutes that a cry for help waits for somebody who takes it before it goes up a level; 0: never."""
    archive_url: str | None = None
    """Where old fixes lie in files: a folder or s3://…; default <home>/archive."""
    archive_after_days: Count = 180
    """How many days fixes stay in the database before they go to the archive; 0: for good."""
    archive_full_days: Count = 0
    """How many days they stay whole in the archive before they are thinned out; 0: for good."""
    archive_thin_m: int = 10
    """How far off, in metres, a thinned track may be at the time of any of its fixes."""
    archive_days: Count = 0
    """How many days they are kept at all; 0: for good."""
    dask_scheduler: str | None = None
    """The scheduler (tls://… or tcp://…) of machines that questions to the archive are calculated on."""
    heat_people: int = 3
    """Different people that must have been in a part of the city before readers without a right to tracks see
    it on the heat map."""
    audit_days: LogDays = 365
    """How long the audit log is kept; it goes by whole months."""
    token_hours: int = 12
    """Life of a log-in token."""
    log_level: str = "info"
    """debug, info, warning or error."""
    tls_certificate: Path | None = None
    """The certificate with its chain (PEM); the API then speaks https alone."""
    tls_key: Path | None = None
    """The private key of the certificate (PEM)."""
    trusted_proxies: Networks = ()
    """Addresses and networks whose X-Forwarded headers are believed."""
    hosts: Words = ()
    """Names the city is called by; a request for another is refused. Empty: any name."""
    cors_origins: Origins = ()
    """Web pages of other origins that may read with a key."""
    external_networks: Networks = ()
    """Private addresses and networks where services of other platforms may be; all others are closed."""
    external_hosts: Words = ()
    """Names of services that may lead to private addresses."""
    external_ca_file: Path | None = None
    """The authorities (PEM) that certificates of services are checked by, in place of the machine's."""
    external_mb: int = 1024
    """Most that one harvest of a service may read, in MiB."""
    external_seconds: int = 1800
    """Longest that one harvest of a service may take."""
    external_cache_mb: int = 64
    """Room in each API worker for pictures of other platforms, in MiB."""
    open311_jurisdiction: str = ""
    """What this city is called in Open311 (jurisdiction_id); empty: any name is taken."""
    base_maps: Pairs = ()
    """Base maps (底图) of other platforms that may be used, each with its review number (审图号)."""
    base_maps_file: Path | None = None
    """Base maps of the deployment's own (TOML)."""
    tianditu_key: Secret | None = None
    """The key (tk) that Tianditu (天地图) is asked with."""
    gaode_key: Secret | None = None
    """The key that Gaode (高德) is asked with, where the contract has one."""
    attachments: str | None = None
    """Where photos and other files of events are kept: a folder or s3://…; default <home>/attachments."""
    sms_gateway: Secret | None = None
    """Where text messages go: smpp(s)://user:password@host, an https address, or log: for none at all."""
    sms_gateway_file: Path | None = None
    """How an HTTP gateway is asked and what it answers (TOML)."""
    sms_receipt_secret: Secret | None = None
    """What an HTTP gateway proves itself with when it brings receipts; without it the door is closed."""
    sms_per_hour: Count = 2000
    """Short messages that one account may send in an hour."""
    oidc_issuer: str | None = None
    """The provider of single sign-on (单点登录): an https address, letter by letter as it names itself."""
    oidc_client_id: str | None = None
    """The name that the provider knows us by."""
    oidc_client_secret: Secret | None = None
    """What we prove it with; none for a public client, which PKCE protects alone."""
    oidc_title: str = "Single sign-on"
    """What the log-in page calls the provider."""
    oidc_link: str = "preferred_username"
    """The claim that is the user name of an account here, for somebody who comes for the first time."""
    oidc_create: bool = False
    """Make an account for somebody who has none: a viewer of no area."""
    oidc_ca_file: Path | None = None
    """The authorities (PEM) that the provider's certificate is checked by, in place of the machine's."""

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> Settings:
        """Read the settings from the environment; a bad value is an error that names the variable."""
        source = os.environ if env is None else env
        given = {}
        for field in fields(cls):
            name = f"CITYGRID_{field.name.upper()}"
            if source.get(name):
                given[field.name] = _cast(name, str(field.type), source[name])
        settings = cls(**given)  # type: ignore[arg-type]
        if problems := [
            *_sign_on_problems(settings), *_tls_problems(settings), *_sms_problems(settings),
        ]:  # fmt: skip
            raise InvalidInput(problems)
        return settings


def _cast(name: str, type_name: str, text: str) -> object:
    try:
        return _CASTS[type_name](text)
    except (ValueError, KeyError):
        kind = _IN_WORDS.get(type_name, type_name)
        raise InvalidInput.at(name, f"'{text}' is not a valid {kind}") from None


def _flag(text: str) -> bool:
    return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}[text.lower()]


def _positive(text: str) -> int:
    number = int(text)
    if number <= 0:
        raise ValueError(text)
    return number


def _sign_on_problems(settings: Settings) -> list[Problem]:
    issuer, ca_file = settings.oidc_issuer, settings.oidc_ca_file
    checks = [
        (
            "ISSUER",
            issuer and (not is_safe_url(issuer) or "?" in issuer),
            "must be an https address (http only on this machine)",
        ),
        ("ISSUER", settings.oidc_client_id and not issuer, "must be set beside CITYGRID_OIDC_CLIENT_ID"),
        ("CLIENT_ID", issuer and not settings.oidc_client_id, "must be set beside CITYGRID_OIDC_ISSUER"),
        ("CA_FILE", ca_file and not ca_file.is_file(), "is no file"),
    ]
    return [Problem(f"CITYGRID_OIDC_{name}", reason) for name, wrong, reason in checks if wrong]


def _tls_problems(settings: Settings) -> list[Problem]:
    given = {"CERTIFICATE": settings.tls_certificate, "KEY": settings.tls_key}
    if not any(given.values()):
        return []
    missing = [name for name, path in given.items() if path is None or not path.is_file()]
    return [
        Problem(f"CITYGRID_TLS_{name}", "must name a file; certificate and key go together")
        for name in missing
    ]


def _sms_problems(settings: Settings) -> tuple[Problem, ...]:
    """Read what the settings say of the gateway, which knows them itself: hence the late import."""
    if settings.sms_gateway is None:
        return ()
    from spatial.partners.messages.gateways import read_address
    from spatial.partners.messages.http_template import read_template

    try:
        read_address(settings.sms_gateway.value)
        read_template(settings.sms_gateway_file)
    except InvalidInput as error:
        return error.problems
    return ()


def _count(text: str) -> int:
    return 0 if text.strip() == "0" else _positive(text)


def _log_days(text: str) -> int:
    if (days := int(text)) < LEAST_LOG_DAYS:
        raise ValueError(text)
    return days


def _words(text: str) -> Words:
    return tuple(word.strip().lower() for word in text.split(",") if word.strip())


def _pairs(text: str) -> Pairs:
    parts = (word.partition("=") for word in text.split(",") if word.strip())
    return tuple((name.strip().lower(), value.strip()) for name, _, value in parts)


def _networks(text: str) -> Networks:
    return tuple(ip_network(word) for word in _words(text))


def _origins(text: str) -> Origins:
    """Read origins as browsers write them: scheme, host and port, and nothing behind."""
    origins = _words(text)
    for origin in origins:
        parts = urlsplit(origin)
        if (
            parts.scheme not in ("http", "https")
            or origin != f"{parts.scheme}://{parts.netloc}"
            or not parts.hostname
            or "@" in origin
        ):
            raise ValueError(origin)
    return origins


_CASTS: dict[str, Callable[[str], object]] = {
    "Path": lambda text: Path(text).absolute(),
    "Path | None": lambda text: Path(text).absolute(),
    "Secret | None": Secret,
    "bool": _flag,
    "int": _positive,
    "Count": _count,
    "LogDays": _log_days,
    "Words": _words,
    "Pairs": _pairs,
    "Networks": _networks,
    "Origins": _origins,
    "str": str,
    "str | None": str,
}
