"""Plans of change for grids (网格调整单)."""
