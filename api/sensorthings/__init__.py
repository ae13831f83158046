"""The door of OGC SensorThings 1.1 under /sensorthings/v1.1."""
