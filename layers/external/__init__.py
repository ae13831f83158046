"""Layers that come from other platforms: WMS, WMTS, WFS, OGC API - Features, ArcGIS REST."""
