"""Tests of the grid editor."""
