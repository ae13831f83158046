"""Alarms as rows: rules that people keep, the state of each condition, and what was told of it."""
