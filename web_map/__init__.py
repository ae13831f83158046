"""The web map: its built pages and, later, reports with maps."""
