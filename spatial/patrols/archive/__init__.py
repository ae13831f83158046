"""Days of fixes that are old enough lie in files (GeoParquet), and answer from there."""
