"""Units that sensors send in, and how they become those of a rule."""

from __future__ import annotations

UNITS: dict[str, tuple[str, float, float]] = {
    "Pa": ("pressure", 1.0, 0.0),
    "kPa": ("pressure", 1e3, 0.0),
    "MPa": ("pressure", 1e6, 0.0),
    "bar": ("pressure", 1e5, 0.0),
    "m3/s": ("flow", 1.0, 0.0),
    "m3/h": ("flow", 1 / 3600, 0.0),
    "L/s": ("flow", 1e-3, 0.0),
    "m": ("length", 1.0, 0.0),
    "cm": ("length", 1e-2, 0.0),
    "mm": ("length", 1e-3, 0.0),
    "K": ("temperature", 1.0, 0.0),
    "°C": ("temperature", 1.0, 273.15),
    "%LEL": ("explosive limit", 1.0, 0.0),
    "%vol": ("share of volume", 1.0, 0.0),
    "ppm": ("share of volume", 1e-4, 0.0),
    "V": ("voltage", 1.0, 0.0),
    "mg/L": ("concentration", 1.0, 0.0),
    "NTU": ("turbidity", 1.0, 0.0),
    "mm/s": ("speed", 1e-3, 0.0),
    "m/s": ("speed", 1.0, 0.0),
    "1": ("number", 1.0, 0.0),
    "%": ("number", 1e-2, 0.0),
}
"""Each unit with its dimension, and the factor and shift that make it the dimension's first unit.

%LEL and %vol are not turned into one another: the explosive limit depends on the gas.
"""


def convert(value: float, unit: str, wanted: str) -> float | str:
    """Turn a value from one unit into another; gives the reason (text) where that cannot be."""
    if unit == wanted and unit in UNITS:
        return value
    if unit not in UNITS:
        return f"unknown unit {unit!r}"
    dimension, factor, shift = UNITS[unit]
    asked, by, less = UNITS[wanted]
    if dimension != asked:
        return f"{unit} is a {dimension}, and {wanted} a {asked}"
    return (value * factor + shift - less) / by
