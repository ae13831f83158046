"""Grouped figures of events (统计): kept exactly beside the events, for every span, unit and kind."""
