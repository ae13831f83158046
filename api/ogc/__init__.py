"""The OGC API door: every layer of the catalogue as a standard collection.

`app.ogc_app` is the whole of it for the outside. Nothing here imports pygeoapi before the first request,
because that costs seconds on a cold machine.
"""
