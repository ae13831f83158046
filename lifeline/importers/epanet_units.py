"""Units of EPANET: the flow unit of a model says what all others are (EPANET 2.2 User Manual, Appendix A)."""

from __future__ import annotations

from dataclasses import dataclass

FOOT_M, INCH_MM, HORSEPOWER_KW = 0.3048, 25.4, 0.745699872
PSI_M = 1 / 1.4219702063247
"""A pound on the square inch in metres of water, at 4 °C as EPANET has it (0.4333 psi a foot)."""
_GALLON_M3, _IMPERIAL_GALLON_M3 = 0.003785411784, 0.00454609
_ACRE_FOOT_M3 = 1233.48183754752

FLOWS: dict[str, tuple[float, bool]] = {
    "CFS": (FOOT_M**3, False),
    "GPM": (_GALLON_M3 / 60, False),
    "MGD": (_GALLON_M3 * 1e6 / 86_400, False),
    "IMGD": (_IMPERIAL_GALLON_M3 * 1e6 / 86_400, False),
    "AFD": (_ACRE_FOOT_M3 / 86_400, False),
    "LPS": (1e-3, True),
    "LPM": (1e-3 / 60, True),
    "MLD": (1e3 / 86_400, True),
    "CMH": (1 / 3600, True),
    "CMD": (1 / 86_400, True),
    "CMS": (1.0, True),
}
"""m³/s of one, and whether the rest of the model is metric."""
DEFAULT = "GPM"


@dataclass(frozen=True)
class Units:
    """What one of each unit of the file is in ours."""

    name: str
    flow_m3s: float
    is_metric: bool

    @classmethod
    def of(cls, name: str) -> Units:
        """Find them by the flow unit; KeyError for one that there is not."""
        flow_m3s, is_metric = FLOWS[name.upper()]
        return cls(name.upper(), flow_m3s, is_metric)

    @property
    def length_m(self) -> float:
        """Of lengths, levels, heads."""
        return 1.0 if self.is_metric else FOOT_M

    @property
    def diameter_mm(self) -> float:
        """Of pipes and valves; those of tanks are lengths."""
        return 1.0 if self.is_metric else INCH_MM

    @property
    def volume_m3(self) -> float:
        """Of tanks."""
        return self.length_m**3

    @property
    def power_kw(self) -> float:
        """Of pumps."""
        return 1.0 if self.is_metric else HORSEPOWER_KW

    @property
    def pressure_m(self) -> float:
        """Of valve settings."""
        return 1.0 if self.is_metric else PSI_M

    @property
    def darcy_mm(self) -> float:
        """Of roughness by Darcy and Weisbach; that of Hazen and Williams, and of Manning, has none."""
        return 1.0 if self.is_metric else FOOT_M
