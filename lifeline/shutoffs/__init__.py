"""Shut-offs (停水、停气 …): planned, announced, run valve by valve, and checked against each other."""
