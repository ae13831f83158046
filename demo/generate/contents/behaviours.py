"""How matters behave: how often they come, at which hour, on which days, where, and who reports them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

DAY = (1, 1, 0.6, 0.5, 0.6, 2, 6, 12, 18, 22, 21, 16, 12, 15, 19, 20, 18, 15, 12, 9, 7, 5, 3, 2)
RUSH = (1, 0.6, 0.4, 0.3, 0.5, 2, 8, 20, 24, 16, 11, 12, 13, 11, 10, 11, 14, 21, 23, 17, 12, 8, 5, 2)
STALLS = (1.5, 0.8, 0.4, 0.3, 0.5, 3, 10, 15, 11, 8, 10, 16, 14, 8, 8, 9, 13, 20, 25, 26, 21, 13, 7, 3)
NIGHT = (14, 9, 5, 3, 2, 2, 2.5, 3, 3, 3, 3, 3, 5, 4, 3, 3, 4, 5, 8, 13, 20, 26, 27, 22)
MEALS = (1, 0.5, 0.3, 0.2, 0.3, 1, 3, 6, 5, 4, 9, 20, 21, 10, 5, 5, 9, 20, 26, 22, 14, 8, 4, 2)
MORNING = (1, 0.6, 0.5, 0.6, 1.5, 6, 16, 22, 23, 19, 15, 12, 9, 11, 13, 13, 12, 10, 8, 6, 5, 4, 3, 2)
"""Weights of the 24 hours of a day in Beijing."""

SOURCES = ("hotline", "app", "patrol", "public", "internet", "sensor")


@dataclass(frozen=True)
class Behaviour:
    """How one group of matters comes about.

    weekend, rain: factor of the daily rate on such days. places: weight of each kind of spot
    (`hot:<kind>`, street, component, inside). sources: weights in the order of SOURCES.
    """

    hours: tuple[float, ...] = DAY
    weekend: float = 0.75
    rain: float = 1.0
    places: dict[str, float] = field(default_factory=lambda: {"street": 0.6, "hot:any": 0.3, "inside": 0.1})
    sources: tuple[float, ...] = (0.3, 0.22, 0.3, 0.12, 0.05, 0.01)
    deadline_h: int = 48


BEHAVIOURS: dict[str, Behaviour] = {
    "parking": Behaviour(
        RUSH,
        0.7,
        0.9,
        {"hot:station": 0.36, "hot:school": 0.12, "hot:hospital": 0.14, "hot:shop": 0.16, "street": 0.22},
        (0.34, 0.26, 0.27, 0.1, 0.02, 0.01),
        8,
    ),
    "stalls": Behaviour(
        STALLS,
        1.15,
        0.45,
        {"hot:station": 0.3, "hot:market": 0.22, "hot:shop": 0.2, "hot:campus": 0.12, "street": 0.16},
        (0.24, 0.24, 0.4, 0.09, 0.03, 0.0),
        8,
    ),
    "litter": Behaviour(
        MORNING,
        0.8,
        0.9,
        {"street": 0.5, "hot:market": 0.13, "hot:home": 0.22, "inside": 0.15},
        (0.2, 0.24, 0.46, 0.08, 0.02, 0.0),
        12,
    ),
    "night": Behaviour(
        NIGHT,
        1.35,
        0.5,
        {"hot:night": 0.6, "hot:home": 0.2, "street": 0.1, "inside": 0.1},
        (0.62, 0.18, 0.04, 0.12, 0.04, 0.0),
        24,
    ),
    "smoke": Behaviour(
        MEALS,
        1.15,
        0.8,
        {"hot:night": 0.36, "hot:shop": 0.34, "hot:market": 0.1, "inside": 0.2},
        (0.56, 0.18, 0.1, 0.12, 0.04, 0.0),
        72,
    ),
    "works": Behaviour(
        DAY,
        0.5,
        0.6,
        {"hot:site": 0.68, "street": 0.32},
        (0.36, 0.16, 0.34, 0.1, 0.04, 0.0),
        48,
    ),
    "works_at_night": Behaviour(
        NIGHT,
        0.8,
        0.4,
        {"hot:site": 0.9, "inside": 0.1},
        (0.74, 0.14, 0.02, 0.07, 0.03, 0.0),
        12,
    ),
    "drains": Behaviour(
        DAY,
        0.8,
        6.0,
        {"component": 0.25, "street": 0.75},
        (0.26, 0.2, 0.3, 0.08, 0.02, 0.14),
        12,
    ),
    "lamps": Behaviour(
        NIGHT,
        0.8,
        1.4,
        {"component": 0.25, "street": 0.75},
        (0.3, 0.22, 0.32, 0.1, 0.0, 0.06),
        48,
    ),
    "facility": Behaviour(
        DAY,
        0.55,
        1.2,
        {"component": 0.2, "street": 0.65, "hot:any": 0.15},
        (0.2, 0.2, 0.5, 0.07, 0.01, 0.02),
        72,
    ),
    "green": Behaviour(
        DAY,
        0.75,
        0.7,
        {"component": 0.1, "hot:park": 0.45, "street": 0.45},
        (0.2, 0.24, 0.46, 0.08, 0.02, 0.0),
        72,
    ),
    "water": Behaviour(
        DAY,
        0.9,
        1.8,
        {"hot:water": 0.85, "inside": 0.15},
        (0.22, 0.22, 0.38, 0.12, 0.04, 0.02),
        72,
    ),
    "adverts": Behaviour(
        DAY,
        0.5,
        0.8,
        {"hot:station": 0.26, "hot:home": 0.3, "hot:shop": 0.12, "street": 0.32},
        (0.1, 0.2, 0.6, 0.06, 0.04, 0.0),
        24,
    ),
    "homes": Behaviour(
        STALLS,
        1.0,
        1.0,
        {"hot:home": 0.7, "inside": 0.3},
        (0.5, 0.24, 0.1, 0.13, 0.03, 0.0),
        72,
    ),
    "fire_lanes": Behaviour(
        NIGHT,
        0.95,
        1.0,
        {"hot:home": 0.72, "hot:night": 0.12, "inside": 0.16},
        (0.5, 0.22, 0.12, 0.15, 0.01, 0.0),
        8,
    ),
}

FREQUENT: dict[str, tuple[float, str]] = {
    "09009": (12.0, "parking"), "09011": (8.6, "parking"), "09010": (7.0, "parking"),
    "09006": (5.6, "stalls"), "09001": (4.6, "stalls"), "09005": (3.8, "stalls"),
    "09012": (2.6, "fire_lanes"), "09020": (1.2, "stalls"), "09002": (0.9, "stalls"),
    "09022": (0.7, "stalls"), "09015": (0.5, "smoke"), "09019": (0.6, "parking"),
    "09016": (0.5, "parking"), "09003": (0.4, "stalls"), "09004": (0.5, "homes"),
    "09021": (0.3, "stalls"), "06010": (6.4, "litter"), "06012": (5.2, "litter"),
    "06042": (3.6, "litter"), "06036": (3.8, "homes"), "06011": (2.2, "litter"),
    "06041": (1.9, "homes"), "06014": (1.0, "litter"), "06035": (1.1, "homes"),
    "06034": (0.6, "homes"), "06037": (0.3, "litter"), "06028": (4.6, "night"),
    "06029": (1.3, "night"), "06027": (2.3, "smoke"), "06013": (2.6, "facility"),
    "06017": (1.7, "green"), "06018": (0.8, "green"), "06045": (0.8, "green"),
    "06020": (0.3, "green"), "06021": (0.5, "green"), "06030": (0.8, "smoke"),
    "06040": (1.0, "homes"), "06001": (1.5, "homes"), "06007": (0.8, "homes"),
    "06004": (0.4, "facility"), "06025": (0.7, "water"), "06026": (0.4, "water"),
    "06024": (0.3, "water"), "06046": (0.2, "water"), "06047": (0.5, "green"),
    "06051": (0.6, "facility"), "06050": (0.5, "facility"), "07001": (4.4, "adverts"),
    "07003": (0.9, "adverts"), "07006": (0.8, "adverts"), "07002": (0.7, "stalls"),
    "07007": (0.4, "adverts"), "08001": (2.2, "works_at_night"), "08004": (1.7, "works"),
    "08002": (1.1, "works"), "08003": (0.4, "works"), "08006": (0.6, "works"),
    "08007": (0.7, "works"), "08012": (0.5, "works"), "08011": (0.4, "works_at_night"),
    "01037": (1.8, "lamps"), "01002": (0.9, "drains"), "01003": (1.1, "drains"),
    "01004": (1.3, "drains"), "01001": (0.6, "facility"), "01005": (0.4, "facility"),
    "01007": (0.5, "facility"), "01010": (0.3, "facility"), "01011": (0.3, "facility"),
    "01013": (0.5, "facility"), "01027": (0.4, "facility"), "01075": (0.3, "homes"),
    "01046": (0.5, "homes"), "01054": (0.6, "homes"), "02010": (0.9, "facility"),
    "02014": (0.7, "facility"), "02017": (0.9, "facility"), "02025": (0.7, "parking"),
    "02004": (0.4, "facility"), "02012": (0.3, "facility"), "03001": (0.8, "facility"),
    "03005": (1.6, "litter"), "03008": (0.3, "facility"), "04002": (1.0, "green"),
    "04007": (0.3, "green"), "04013": (0.6, "green"), "10002": (0.7, "facility"),
}  # fmt: skip
"""Matter code to its share (in per cent of all, roughly) and its behaviour."""

NEVER = frozenset({"10001", "06033", "09013", "09014", "09018", "01021", "01036"})
"""Not in the season or not in this city: snow, slaughtering, draught animals, oil pipelines …"""

RARE_WEIGHT = 0.035
BY_CLASS = {
    "01": "facility", "02": "facility", "03": "facility", "04": "green", "05": "facility", "06": "litter",
    "07": "adverts", "08": "works", "09": "stalls", "10": "facility",
}  # fmt: skip


def behaviour_of(code: str) -> str:
    """Name the behaviour of a matter: its own, else that of its class."""
    return FREQUENT[code][1] if code in FREQUENT else BY_CLASS[code[:2]]


def weights_of(codes: Any) -> np.ndarray:
    """Weigh matters by how often they come; rare ones get a little, those of NEVER nothing. Sums to 1."""
    rare = dict.fromkeys(NEVER, 0.0)
    weight = np.array([FREQUENT[c][0] if c in FREQUENT else rare.get(c, RARE_WEIGHT) for c in codes])
    return weight / weight.sum()
