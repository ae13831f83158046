"""Tests of the checks of plans."""
