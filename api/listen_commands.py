"""`citygrid listen jt808`, `gt06`: servers for terminals in the field; `mqtt`: what phones tell a broker."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import typer

from spatial.settings import Settings

app = typer.Typer(help="Take fixes from terminals over TCP, and from a broker of MQTT.", no_args_is_help=True)

Host = Annotated[str, typer.Option(help="Address to listen on")]
Port = Annotated[int, typer.Option(help="Port to listen on; 0: any that is free")]
Lines = Annotated[int, typer.Option(help="Most lines at a time")]
PerAddress = Annotated[int, typer.Option(help="Most lines at a time from one address")]
Strangers = Annotated[int, typer.Option(help="Most of them that have not said who they are yet")]
Idle = Annotated[int, typer.Option(help="Seconds after which a silent line is closed")]


@app.command()
def jt808(
    port: Port = 7611, host: Host = "0.0.0.0", lines: Lines = 20_000, per_address: PerAddress = 2_000,
    strangers: Strangers = 500, idle: Idle = 900,
) -> None:  # fmt: skip
    """Listen for terminals of JT/T 808 (2011, 2013, 2019) until Ctrl-C or SIGTERM."""
    settings = _prepared()
    from api.listen import House, LineLimits
    from api.listen_jt808 import PROTOCOL, Downlinks, Jt808Line, Leavings

    async def serve() -> None:
        limits = LineLimits(lines, per_address, strangers, idle)
        house = House(settings, PROTOCOL, limits)
        downlinks, leavings = Downlinks(house), Leavings()
        tidy = asyncio.create_task(downlinks.tidy())
        await house.serve(lambda: Jt808Line(house, downlinks, leavings), host, port, _say)
        tidy.cancel()

    _run(serve)


@app.command()
def gt06(
    port: Port = 5023, host: Host = "0.0.0.0", lines: Lines = 20_000, per_address: PerAddress = 2_000,
    strangers: Strangers = 500, idle: Idle = 900,
) -> None:  # fmt: skip
    """Listen for trackers of GT06 until Ctrl-C or SIGTERM."""
    settings = _prepared()
    from api.listen import House, LineLimits
    from api.listen_gt06 import PROTOCOL, Gt06Line

    async def serve() -> None:
        house = House(settings, PROTOCOL, LineLimits(lines, per_address, strangers, idle))
        await house.serve(lambda: Gt06Line(house), host, port, _say)

    _run(serve)


@app.command()
def mqtt(
    broker: Annotated[str, typer.Option(help="mqtt://user@host:port or mqtts://user@host:port")],
    password_file: Annotated[Path | None, typer.Option(help="File with the password of the user")] = None,
    ca_file: Annotated[
        Path | None, typer.Option(help="Authorities (PEM) of the broker's certificate")
    ] = None,
    topic: Annotated[str, typer.Option(help="What to follow")] = "owntracks/#",
    identifier: Annotated[str, typer.Option(help="Name of the session that the broker keeps")] = "citygrid",
) -> None:
    """Follow OwnTracks on an MQTT broker until Ctrl-C or SIGTERM."""
    settings = _prepared()
    from api.fixes_mqtt import Follower
    from api.fixes_mqtt import broker as read

    password = password_file.read_text(encoding="utf-8").strip() if password_file else None
    found = read(broker, password, ca_file, topic=topic, identifier=identifier)
    _run(lambda: Follower(settings, found).run(lambda: typer.echo("following")))


def _prepared() -> Settings:
    """Before the heavy libraries are imported."""
    from api.serve import prepare, refuse_too_powerful
    from spatial.database.roles import app_url_of

    settings = Settings.from_env()
    prepare(settings)
    refuse_too_powerful(app_url_of(settings))
    return settings


def _run(serve: Callable[[], Awaitable[None]]) -> None:
    import uvloop

    async def main() -> None:
        await serve()

    uvloop.run(main())


def _say(port: int) -> None:
    """The port stands alone on the standard output, for whoever asked for any."""
    typer.echo(str(port))
