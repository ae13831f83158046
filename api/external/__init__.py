"""External services: the guarded way out, registering, harvesting, watching, the door of pictures."""
