"""Networks in PostGIS: brought in from files, kept, checked, and written out again."""
