"""Dispatch (派遣): from a point and a matter to the one who is responsible, with the reason."""

from spatial.events.dispatch.decide import Asked, Considered, Decision, Dispatcher
from spatial.events.dispatch.explanations import keep, keep_by_hand, rule_by_hand
from spatial.events.dispatch.reading import Dispatchers, still_holds

__all__ = [
    "Asked", "Considered", "Decision", "Dispatcher", "Dispatchers", "keep", "keep_by_hand", "rule_by_hand",
    "still_holds",
]  # fmt: skip
