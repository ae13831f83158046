"""Draw micro-grids into grids, as one step of a plan."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Response

from api.dependencies import CityOf, ConnectionOf, ReaderOf
from api.me import ONE_OF_FEW, not_kept
from api.paging import Number
from api.plan_texts import done_json
from api.schemas.plan_imports import MicroGrids
from api.tags import MatchNumber, tagged
from grid_editor import editing, store
from grid_editor.generate import (
    Divided,
    divide,
    grids_of,
    operation_of,
    refuse_divided,
    refuse_other_coverages,
)
from grid_editor.plan import check_may_edit

router = APIRouter(tags=["plans"], dependencies=[Depends(not_kept)])

Json = dict[str, Any]
REASONS = {
    "whole": (
        "承载 {load:.0f}，不超过 {most:.0f}，不再划分",
        "carries {load:.0f}, no more than {most:.0f}: it is its only micro-grid",
    ),
    "divided": (
        "承载 {load:.0f}，划分为 {parts} 个，平均 {target:.0f}",
        "carries {load:.0f}: {parts} micro-grids of {target:.0f} on average",
    ),
    "over": (
        "{parts} 个超出，最多 {load:.0f}：沿道路不能再分",
        "{parts} carry more, up to {load:.0f}: along streets they cannot be cut further",
    ),
}
"""Words of the reasons, Chinese and English."""


@router.post("/api/plans/{identifier}/micro-grids", dependencies=[ONE_OF_FEW])
def draw(
    identifier: Number, connection: ConnectionOf, reader: ReaderOf, city: CityOf, sent: MicroGrids,
    match: MatchNumber, answer: Response,
) -> Json:  # fmt: skip
    """Divide grids into micro-grids that carry at most about `most` each; one step, so one undo."""
    plan = store.locked(connection, identifier, match)
    check_may_edit(plan, reader)
    state = editing.state_of(connection, city.bases, plan)
    refuse_other_coverages(state.base.about)
    grids = grids_of(connection, reader, state.base.about, sent.units)
    if not sent.replace:
        refuse_divided(state, reader, grids)
    divided = divide(connection, reader, state.base.about, grids, sent.by, sent.most)
    done = editing.operate(connection, city.bases, reader, identifier, operation_of(divided))
    body = {**done_json(connection, city, reader, done), "micro_grids": [_told(each) for each in divided]}
    return tagged(answer, body)


def _told(divided: Divided) -> Json:
    parts = [{"name": part.name, "area_m2": part.area_m2, "load": part.load} for part in divided.parts]
    reasons = [
        {"key": key, "values": values, "text": REASONS[key][0].format(**values),
         "text_en": REASONS[key][1].format(**values)}
        for key, values in divided.reasons
    ]  # fmt: skip
    grid = divided.grid
    return {"grid": grid.id, "code": grid.code, "load": divided.load, "parts": parts, "reasons": reasons}
