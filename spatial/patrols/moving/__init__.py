"""Tracks as moving features (OGC 19-045r3): pieces of the clean track, and what follows from them."""
