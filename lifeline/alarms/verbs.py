"""What people and the plant may do to an alarm, and when it is refused."""

from __future__ import annotations

from dataclasses import replace

from lifeline.alarms.rules import Rule
from lifeline.alarms.states import Command, Event, Phase, Refused, State, Transition

NEEDS_REASON = frozenset({Event.SHELVED, Event.SUPPRESSED, Event.REMOVED})


def obey(rule: Rule, state: State, command: Command) -> tuple[State, list[Transition]] | Refused:
    """Do what a command says, at its time; gives the reason where it may not be."""
    why = refusal(rule, state, command)
    if why is not None:
        return Refused(why)
    after = unveil(rule, state, _done(state, command))
    told = Transition(
        command.at_ms, command.event, state.shown, after.shown, after.severity, after.occurrence,
        command.by, command.reason,
    )  # fmt: skip
    return after, [told]


def refusal(rule: Rule, state: State, command: Command) -> str | None:
    """Tell why a command may not be; None where it may."""
    if not command.by.strip():
        return "by: somebody must answer for it"
    if command.event in NEEDS_REASON and not command.reason.strip():
        return "reason: say why it is hidden"
    if not _fits(state, command.event):
        return f"{command.event.name.lower()}: not of an alarm that is {state.shown.name.lower()}"
    if command.event is Event.SHELVED:
        until = command.until_ms
        if until is None or not command.at_ms < until <= command.at_ms + rule.shelf_max_ms:
            return f"until_ms: needed, later than now, and within {rule.shelf_max_ms} ms"
        if until <= state.clock_ms:
            return "until_ms: is over by now"
    return None


def _fits(state: State, event: Event) -> bool:
    """Tell whether an alarm as it is can be done this to."""
    return {
        Event.ACKNOWLEDGED: state.shown in (Phase.UNACKNOWLEDGED, Phase.RETURNED),
        Event.RESET: state.shown is Phase.LATCHED,
        # A shelf may be given a new end, and one out of service needs none.
        Event.SHELVED: not state.is_out_of_service,
        Event.UNSHELVED: state.shelved_until_ms is not None,
        Event.SUPPRESSED: not state.is_suppressed,
        Event.UNSUPPRESSED: state.is_suppressed,
        Event.REMOVED: not state.is_out_of_service,
        Event.RESTORED: state.is_out_of_service,
    }.get(event, False)


def _done(state: State, command: Command) -> State:
    event = command.event
    if event is Event.ACKNOWLEDGED:
        stays = Phase.LATCHED if state.latch else Phase.NORMAL
        return replace(state, phase=Phase.ACKNOWLEDGED if state.severity else stays)
    if event is Event.RESET:
        return replace(state, phase=Phase.NORMAL, latch=False)
    if event in (Event.SHELVED, Event.UNSHELVED):
        return replace(state, shelved_until_ms=command.until_ms if event is Event.SHELVED else None)
    if event in (Event.SUPPRESSED, Event.UNSUPPRESSED):
        return replace(state, is_suppressed=event is Event.SUPPRESSED)
    return replace(state, is_out_of_service=event is Event.REMOVED)


def unveil(rule: Rule, before: State, after: State) -> State:
    """Set the phase of what comes into sight or goes out of it.

    What comes into sight must be acknowledged anew: nobody has seen how it got to where it is. A latch
    that stood before stands still.
    """
    if before.is_hidden == after.is_hidden:
        return after
    if after.is_hidden:
        return replace(after, phase=Phase.NORMAL)
    if after.severity:
        return replace(after, phase=Phase.UNACKNOWLEDGED, latch=rule.is_latched)
    return replace(after, phase=Phase.RETURNED if after.latch else Phase.NORMAL)
