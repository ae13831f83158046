"""Bodies of the routes of external services; what is not listed is refused by its name."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from api.schemas.accounts import Body
from api.schemas.layers import Code, Column, Line, Name, Seconds, Text, Words
from layers.external.protocols import mode_of
from layers.external.store import Change, Secret, Wanted
from spatial.errors import InvalidInput

Url = Annotated[str, Field(min_length=1, max_length=2_000)]
Remote = Annotated[str, Field(min_length=1, max_length=300)]
Protocol = Literal["wms", "wmts", "wfs", "ogcapi", "arcgis"]
HeaderName = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,60}$")]
ParameterName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,60}$")]
Value = Annotated[SecretStr, Field(min_length=1, max_length=4_000)]
Minutes = Annotated[int, Field(ge=0, le=527_040)]
HARVEST_MINUTES, CHECK_MINUTES, LEAST_MINUTES = 1_440, 15, 5
_HEADERS_OF_OURS = ("host", "content-length", "transfer-encoding", "connection", "accept-encoding", "cookie2")


class Opening(Body):
    """What a service is opened with: one of the three, or nothing."""

    user: Line | None = None
    password: Value | None = None
    secret_header: HeaderName | None = None
    secret_query: ParameterName | None = None
    secret: Value | None = None
    """The value of the header or parameter."""

    def opened_with(self) -> Secret | None:
        """Put it together; InvalidInput for half of it, or more than one."""
        ways = [self.user, self.secret_header, self.secret_query]
        if sum(each is not None for each in ways) > 1:
            raise InvalidInput.at("user", "send a user, a secret_header or a secret_query: one of them")
        if self.user is not None:
            if self.password is None or ":" in self.user:
                raise InvalidInput.at("password", "must be sent with the user, who has no colon")
            return Secret("basic", self.user, _line(self.password, "password"))
        if self.secret_header is None and self.secret_query is None:
            if self.password is not None or self.secret is not None:
                raise InvalidInput.at("user", "must be sent with a password; a secret needs its name")
            return None
        if self.secret is None:
            raise InvalidInput.at("secret", "must be sent with its name")
        if (self.secret_header or "").lower() in _HEADERS_OF_OURS:
            raise InvalidInput.at("secret_header", "is not for secrets")
        kind = "header" if self.secret_header is not None else "query"
        value = _line(self.secret, "secret")
        if kind == "header" and not value.isascii():
            raise InvalidInput.at("secret", "must be ASCII to go in a header")
        return Secret(kind, str(self.secret_header or self.secret_query), value)


def _line(value: SecretStr, where: str) -> str:
    text = value.get_secret_value()
    if not text.isprintable():
        raise InvalidInput.at(where, "must be one line")
    return text


class Service(Opening):
    """A service that is looked at."""

    protocol: Protocol
    url: Url


class NewService(Service):
    """A layer of a service, to be registered."""

    layer: Remote
    """What the service calls it."""
    mode: Literal["harvest", "proxy"] | None = None
    every_minutes: Minutes | None = None
    """0: when somebody asks for it alone."""
    name: Name | None = None
    title: Line | None = None
    title_en: Line | None = None
    description: Text | None = None
    group: Line | None = None
    keywords: Words | None = None
    licence: Line | None = None
    attribution: Line | None = None
    review_number: Line | None = None
    """审图号: the number under which the map was reviewed."""
    rights: Text | None = None
    audience: Literal["all", "granted"] = "all"
    organisation: Code | None = None
    crs: Code | None = None
    datum: Literal["wgs84", "cgcs2000", "gcj02", "bd09"] = "wgs84"
    swap_axes: bool = False
    id_column: Column | None = None
    time_column: Column | None = None
    unit_column: Column | None = None
    organisation_column: Column | None = None
    remote_crs: Code | None = None
    """Of those that a WMS offers."""
    format: Line | None = None
    style: Line | None = None
    matrix_set: Line | None = None
    wait: Seconds = 10

    def wanted(self) -> Wanted:
        """Give what is registered; InvalidInput for what does not go together."""
        mode = mode_of(self.protocol, self.mode)
        options = self.model_dump(exclude=_NO_OPTIONS, exclude_none=True)
        asked = {
            "remote_format": self.format,
            "remote_style": self.style,
            "remote_matrix_set": self.matrix_set,
        }
        options |= {key: text for key, text in asked.items() if text is not None}
        if mode == "proxy" and self.datum not in ("wgs84", "cgcs2000"):
            raise InvalidInput.at("datum", "pictures are not shifted: register one in WGS-84 or CGCS2000")
        minutes = every(self.every_minutes, HARVEST_MINUTES if mode == "harvest" else CHECK_MINUTES)
        return Wanted(
            self.protocol, mode, self.url, self.layer, self.name, options, minutes, self.opened_with()
        )


_NO_OPTIONS = {
    "protocol", "url", "layer", "mode", "every_minutes", "name", "wait", "user", "password", "secret_header",
    "secret_query", "secret", "format", "style", "matrix_set",
}  # fmt: skip


class ServiceChange(Opening):
    """What shall be different in how a service is asked."""

    url: Url | None = None
    every_minutes: Minutes | None = None
    forget_secret: bool = False

    def change(self) -> Change:
        """Give the change."""
        minutes = None if self.every_minutes is None else every(self.every_minutes, 0)
        return Change(self.url, minutes, self.opened_with(), self.forget_secret)


def every(minutes: int | None, usual: int) -> int:
    """Check an interval; InvalidInput for one that would be a burden to the service."""
    if minutes is not None and 0 < minutes < LEAST_MINUTES:
        raise InvalidInput.at("every_minutes", f"must be {LEAST_MINUTES} at least, or 0 for never by itself")
    return usual if minutes is None else minutes
