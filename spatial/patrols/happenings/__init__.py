"""What devices tell that is no fix."""
