"""Colours: contrast, difference, and what people with colour-vision deficiency see of them."""

from __future__ import annotations

import hashlib
import math

Rgb = tuple[float, float, float]
Matrix = tuple[Rgb, Rgb, Rgb]

GROUND = "#f4f2ed"
"""The land of our base map."""

OKABE_ITO = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00")
"""Okabe and Ito (2008): told apart with every colour-vision deficiency; black and yellow left out."""

DEFICIENCIES: dict[str, Matrix] = {
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
"""On linear RGB: Machado, Oliveira and Fernandes (2009), severity 1.0."""


def stable_colour(name: str) -> str:
    """Choose a colour for a name: always the same, wherever and whenever it is asked."""
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")
    return OKABE_ITO[number % len(OKABE_ITO)]


def rgb(colour: str) -> tuple[int, int, int]:
    """Split #rrggbb into 0 to 255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def contrast(one: str, other: str) -> float:
    """Compare luminances, 1 to 21 (WCAG 2.1); 3 is the least for what is drawn, 4.5 for small text."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def difference(one: str, other: str, deficiency: str | None = None) -> float:
    """Measure how different two colours look (CIE76 in L*a*b*); some 10 is seen at a glance."""
    first, second = (_lab(_seen(_linear(colour), deficiency)) for colour in (one, other))
    return math.dist(first, second)


def _linear(colour: str) -> Rgb:
    red, green, blue = (_unfold(part / 255) for part in rgb(colour))
    return red, green, blue


def _unfold(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _luminance(colour: str) -> float:
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _seen(linear: Rgb, deficiency: str | None) -> Rgb:
    if deficiency is None:
        return linear
    red, green, blue = (min(1.0, max(0.0, _dot(row, linear))) for row in DEFICIENCIES[deficiency])
    return red, green, blue


def _dot(row: Rgb, colour: Rgb) -> float:
    return sum(weight * part for weight, part in zip(row, colour, strict=True))


def _lab(linear: Rgb) -> Rgb:
    """D65; the constants are those of sRGB and CIE 15."""
    x = _dot((0.4124564, 0.3575761, 0.1804375), linear) / 0.95047
    y = _dot((0.2126729, 0.7151522, 0.0721750), linear)
    z = _dot((0.0193339, 0.1191920, 0.9503041), linear) / 1.08883
    f, g, h = (t ** (1 / 3) if t > 216 / 24389 else (24389 / 27 * t + 16) / 116 for t in (x, y, z))
    return 116 * g - 16, 500 * (f - g), 200 * (g - h)
