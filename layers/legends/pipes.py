"""The looks of pipes: a colour for what flows in them, a sign for how a valve stands."""

from __future__ import annotations

from layers.legends.legend import Class, Labels, Legend, Mark, Stroke, Symbol, always

MEDIA = (
    ("#0753c2", "给水", "Water", "water"),
    ("#3dc5cd", "雨水", "Storm water", "storm"),
    ("#5e7909", "污水", "Sewage", "sewer"),
    ("#b5af65", "雨污合流", "Combined sewage", "combined"),
    ("#e979ae", "燃气", "Gas", "gas"),
    ("#caa400", "供热供水", "Heat, supply", "heat_supply"),
    ("#8d723f", "供热回水", "Heat, return", "heat_return"),
    ("#e32111", "电力", "Power", "power"),
    ("#51908a", "通信", "Telecommunications", "telecom"),
    ("#165325", "工业", "Industrial", "industrial"),
)
"""What flows: colour, titles, kind of the network.

Near what surveys draw (water blue, gas pink), yet told apart by those who see no red or green.
"""

STANDS = (
    ("#1a9850", "开启的阀门", "Open valve", "open"),
    ("#1a1a1a", "关闭的阀门", "Closed valve", "closed"),
    ("#d55e00", "不能操作的阀门", "Valve that cannot be turned", "stuck"),
    ("#5b6b7d", "其他设备", "Other devices", "other"),
)
"""How devices stand: colour, titles, word."""

_CODE = ("code", "code")


def _pipes() -> Legend:
    classes = tuple(
        Class(
            title, title_en,
            Symbol(strokes=(Stroke(colour, ((12, 1.0), (15, 2.2), (18, 4.5)), always(0.95)),)),
            values=(medium,), others=medium == "industrial",
        )
        for colour, title, title_en, medium in MEDIA
    )  # fmt: skip
    return Legend(classes, "medium", min_zoom=12, order=35)


def _nodes() -> Legend:
    classes = tuple(
        Class(
            title, title_en, Symbol(mark=Mark("circle", colour, ((15, 2.4), (19, 6)), rim_px=0.8)),
            values=(medium,), others=medium == "industrial",
        )
        for colour, title, title_en, medium in MEDIA
    )  # fmt: skip
    return Legend(classes, "medium", min_zoom=16, order=36)


def _devices() -> Legend:
    classes = tuple(
        Class(
            title, title_en, Symbol(mark=Mark("diamond", colour, ((14, 6), (16, 10), (19, 16)), rim_px=1.2)),
            values=(word,), others=word == "other",
        )
        for colour, title, title_en, word in STANDS
    )  # fmt: skip
    labels = Labels(_CODE, _CODE, ((17, 10), (19, 12)), "#27323d", min_zoom=17, priority=2)
    return Legend(classes, "stands", labels=labels, min_zoom=14, order=198)


PIPES = {"pipes": _pipes(), "pipe_nodes": _nodes(), "pipe_devices": _devices()}
"""Layer → its look as delivered."""
