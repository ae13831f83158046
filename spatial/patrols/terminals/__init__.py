"""Terminals on a line without keys (JT/T 808, GT06): who they are goes by the table of devices alone."""
