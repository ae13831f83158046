"""Open311 GeoReport v2: what other cities ask of us and we of them, and events handed to offices.

https://wiki.open311.org/GeoReport_v2/
"""
