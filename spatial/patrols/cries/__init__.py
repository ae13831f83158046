"""Cries for help (求救): who takes them, and what they were."""
