"""Coordinates and shapes: datums, reference systems, the precision grid, and coverages as nodes and arcs."""
