"""Alarms (报警) of lifeline sensors by ISA-18.2: rules as data, one alarm per condition, live or replayed.

Everything here is pure: times are whole milliseconds since 1970 UTC, states are values, and what somebody
did wrong comes back as a reason. `machine.step` moves one alarm by one word; `batch.advance` moves many at
once; `replay.replay` moves one over its history. The three agree to the
bit.
"""
