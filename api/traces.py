"""Traces of lifeline networks: what to shut and who is cut off, what hangs together, where it comes from."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi import Path as InPath

from api.dependencies import CityOf, ConnectionOf
from api.me import not_kept
from api.schemas.complaints import ComplaintsSent
from api.schemas.traces import TraceSent
from lifeline.complaints import asking as complaints
from lifeline.traces.answers import answer
from lifeline.traces.asking import trace

router = APIRouter(tags=["lifeline"], dependencies=[Depends(not_kept)])

Json = dict[str, Any]
Name = Annotated[str, InPath(min_length=1, max_length=60)]


@router.post("/api/lifeline/networks/{name}/traces")
def ask(name: Name, connection: ConnectionOf, city: CityOf, sent: TraceSent) -> Json:
    """Ask a network: nothing is changed by it, and the answer says of which edition it is."""
    known, held = city.networks.current(connection, name)
    question = sent.question()
    return answer(connection, known, held, question, trace(connection, known, held, question), sent.geometry)


@router.post("/api/lifeline/networks/{name}/complaints")
def complain(name: Name, connection: ConnectionOf, city: CityOf, sent: ComplaintsSent) -> Json:
    """Find where citizens complain together, and what valve, pump or pipe lies upstream of all of them."""
    known, held = city.networks.current(connection, name)
    return complaints.ask(connection, known, held, sent.asked())
