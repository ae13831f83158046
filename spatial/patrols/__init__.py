"""GPS fixes and patrols (巡查)."""
