"""Adapters: what other systems send in words of their own becomes reports, by configuration."""
