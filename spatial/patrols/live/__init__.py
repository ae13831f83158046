"""Where everybody is now: a scene that follows the commits, and frames of it for those who watch."""
