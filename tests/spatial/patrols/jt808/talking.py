"""A session and a terminal that talk, without a line between them."""

from __future__ import annotations

from spatial.patrols.protocols.jt808 import Authenticate, Limits, Register, Session, Take
from spatial.patrols.protocols.jt808.messages import Registered
from spatial.patrols.protocols.jt808.session import Asked
from tests.spatial.patrols.encoder_jt808 import Answer, Terminal, answers

CODE = "0123456789abcdef"


def drain(session: Session) -> list[Asked]:
    """Take everything that is asked now."""
    found = []
    while (asked := session.next()) is not None:
        found.append(asked)
    return found


def known(terminal: Terminal, limits: Limits | None = None) -> Session:
    """Make a session in which a terminal is authenticated already."""
    session = Session(limits)
    session.receive(terminal.authenticate(CODE), 0.0)
    (asked,) = drain(session)
    assert isinstance(asked, Authenticate)
    session.authenticated(asked, asked.authentication.code == CODE)
    session.output()
    return session


def say(session: Session, data: bytes, now_s: float = 0.0) -> tuple[list[Asked], list[Answer]]:
    """Send bytes; have all fixes taken; give what was asked, and what was answered."""
    session.receive(data, now_s)
    asked = drain(session)
    for each in asked:
        if isinstance(each, Take):
            session.taken(each)
    return asked, answers(session.output())


def settle(session: Session, asked: Asked) -> None:
    """Answer whatever was asked."""
    match asked:
        case Take():
            session.taken(asked)
        case Register():
            session.registered(asked, Registered.DONE, CODE)
        case Authenticate():
            session.authenticated(asked, is_good=True)
