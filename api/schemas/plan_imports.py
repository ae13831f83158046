"""What is said of a file that is brought into a plan, in its form or in the address."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.accounts import Body
from api.schemas.layers import Code, Column, Line, Seconds
from grid_editor.cleaning import Tolerances
from grid_editor.import_coverage import ImportOptions
from grid_editor.import_into_plan import Wish

USUAL = Tolerances()
Metres = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]


class ImportFields(BaseModel):
    """Where the units stand in a file, how it is mended, and what becomes of units that it does not have."""

    model_config = ConfigDict(extra="forbid")

    filename: Annotated[str, Field(max_length=255)] | None = None
    layer: Line | None = None
    crs: Code | None = None
    datum: Literal["wgs84", "cgcs2000", "gcj02", "bd09"] = "wgs84"
    encoding: Code | None = None
    swap_axes: bool = False
    code: Column | None = None
    name: Column | None = None
    parent: Column | None = None
    snap_m: Metres = USUAL.snap_m
    gap_width_m: Metres = USUAL.gap_width_m
    overlap: Literal["longest_border", "largest", "smallest", "first"] = USUAL.overlap
    whole: bool = False
    nest: bool = True
    wait: Seconds = 0

    @property
    def wish(self) -> Wish:
        """As the job process takes it."""
        options = ImportOptions(
            self.layer, self.crs, self.datum, self.encoding, self.swap_axes, self.code, self.name, self.parent
        )
        return Wish(options, Tolerances(self.snap_m, self.gap_width_m, self.overlap), self.whole, self.nest)


class MicroGrids(Body):
    """Which grids are to be divided into micro-grids, by what, and how much of it one may carry."""

    units: Annotated[list[Code], Field(min_length=1, max_length=100)]
    by: Annotated[str, Field(max_length=40)] = "households"
    most: Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)] = 60.0
    replace: bool = False
    """Draw those anew that a grid has already."""
