"""Any walk of an alarm, held against a table of ISA-18.2 that is written here and not taken from the code."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from lifeline.alarms.machine import step
from lifeline.alarms.rules import Measure
from lifeline.alarms.states import Command, Event, Refused, Tick, Transition, Value, Word, begin
from lifeline.alarms.text import freeze, thaw
from tests.lifeline.alarms.histories import one

SIGHT = "NORMAL UNACKNOWLEDGED ACKNOWLEDGED RETURNED LATCHED"
HIDDEN = "SHELVED SUPPRESSED OUT_OF_SERVICE"
TABLE = """
RAISED        NORMAL RETURNED LATCHED        > UNACKNOWLEDGED
UPGRADED      UNACKNOWLEDGED ACKNOWLEDGED    > UNACKNOWLEDGED
DOWNGRADED    UNACKNOWLEDGED                 > UNACKNOWLEDGED
DOWNGRADED    ACKNOWLEDGED                   > ACKNOWLEDGED
CLEARED       UNACKNOWLEDGED                 > RETURNED
CLEARED       ACKNOWLEDGED                   > NORMAL LATCHED
ACKNOWLEDGED  UNACKNOWLEDGED                 > ACKNOWLEDGED
ACKNOWLEDGED  RETURNED                       > NORMAL LATCHED
RESET         LATCHED                        > NORMAL
SHELVED       *SIGHT SHELVED                 > SHELVED
SHELVED       SUPPRESSED                     > SUPPRESSED
UNSHELVED     SHELVED                        > NORMAL UNACKNOWLEDGED RETURNED
UNSHELVED     SUPPRESSED                     > SUPPRESSED
UNSHELVED     OUT_OF_SERVICE                 > OUT_OF_SERVICE
SHELF_ENDED   SHELVED                        > NORMAL UNACKNOWLEDGED RETURNED
SHELF_ENDED   SUPPRESSED                     > SUPPRESSED
SHELF_ENDED   OUT_OF_SERVICE                 > OUT_OF_SERVICE
SUPPRESSED    *SIGHT SHELVED                 > SUPPRESSED
SUPPRESSED    OUT_OF_SERVICE                 > OUT_OF_SERVICE
UNSUPPRESSED  SUPPRESSED                     > NORMAL UNACKNOWLEDGED RETURNED SHELVED
UNSUPPRESSED  OUT_OF_SERVICE                 > OUT_OF_SERVICE
REMOVED       *SIGHT SHELVED SUPPRESSED      > OUT_OF_SERVICE
RESTORED      OUT_OF_SERVICE                 > NORMAL UNACKNOWLEDGED RETURNED SHELVED SUPPRESSED
"""
LEGAL = {
    (event, before): set(after.split())
    for line in TABLE.replace("*SIGHT", SIGHT).strip().splitlines()
    for event, _, rest in [line.partition(" ")]
    for left, _, after in [rest.partition(">")]
    for before in left.split()
}
"""(event, state before) → states that may come after."""

ALWAYS = {"ACKNOWLEDGED", "RESET"}
"""Commands that are legal just where the table has them; the others depend on what else hides the alarm."""

SEVEN_S = 7000
COMMANDS = [event for event in Event if event >= Event.ACKNOWLEDGED]


class Walk(RuleBasedStateMachine):
    """An alarm that anybody may do anything to, restarted between any two words."""

    @initialize(is_latched=st.booleans(), on=st.sampled_from([0, 2000]), off=st.sampled_from([0, 3000]))
    def begin(self, is_latched: bool, on: int, off: int) -> None:
        self.law = one(Measure.VALUE, 1.0, 3.0, 5.0, on=on, off=off, deadband=1.0, is_latched=is_latched)
        self.state = begin(self.law, 0)
        self.now = 0
        self.veils: set[str] = set()
        self.until = 0

    def say(self, word: Word) -> tuple[list[Transition], Refused | None]:
        before = self.state
        self.state, told, refused = step(self.law, thaw(freeze(before)), word)
        shown = before.shown
        for each in told:
            assert each.before is shown
            assert each.after.name in LEGAL[each.event.name, each.before.name]
            shown = each.after
            if each.event is Event.SHELF_ENDED:
                self.veils.discard("SHELVED")
                assert each.at_ms == self.until
        assert self.state.shown is shown, "a state changed and nobody was told"
        return told, refused

    @rule(number=st.integers(-1, 6), gap=st.integers(1, 4000))
    def hear(self, number: int, gap: int) -> None:
        self.now += gap
        assert self.say(Value(0, self.now, self.now, float(number), "m"))[1] is None

    @rule(gap=st.integers(0, 9000))
    def wait(self, gap: int) -> None:
        self.now += gap
        self.say(Tick(self.now))

    @rule(event=st.sampled_from(COMMANDS))
    def command(self, event: Event) -> None:
        self.say(Tick(self.now))
        before = self.state.shown.name
        told, refused = self.say(Command(event, self.now, "li", "works", self.now + SEVEN_S))
        is_legal = (event.name, before) in LEGAL
        if event.name not in ALWAYS:
            is_legal = self.veil(event.name)
        assert (refused is None) == is_legal
        assert [each.event for each in told] == [event] * is_legal

    def veil(self, event: str) -> bool:
        """Note what hides the alarm by now; gives whether that could be done."""
        goes = {"UNSHELVED": "SHELVED", "UNSUPPRESSED": "SUPPRESSED", "RESTORED": "REMOVED"}
        if event in goes:
            was = goes[event] in self.veils
            self.veils.discard(goes[event])
            return was
        if event == "SHELVED":
            if "REMOVED" in self.veils:
                return False
            self.until = self.now + SEVEN_S
        elif event in self.veils:
            return False
        self.veils.add(event)
        return True

    @invariant()
    def it_is_shown_as_what_it_is(self) -> None:
        shown = self.state.shown.name
        strongest = [name for name in ("REMOVED", "SUPPRESSED", "SHELVED") if name in self.veils]
        if strongest:
            assert shown == strongest[0].replace("REMOVED", "OUT_OF_SERVICE")
        else:
            is_active = shown in ("UNACKNOWLEDGED", "ACKNOWLEDGED")
            assert shown in SIGHT.split()
            assert is_active == (self.state.severity > 0)
            assert self.law.is_latched or shown != "LATCHED"


Walk.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestWalk = Walk.TestCase
