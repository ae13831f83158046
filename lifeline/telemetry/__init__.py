"""Telemetry of the lifeline after OGC SensorThings 1.1 (18-088), kept in PostGIS."""
