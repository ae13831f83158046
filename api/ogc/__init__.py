"""The OGC API door: every layer of the catalogue as a standard collection.

`app.ogc_app` is the whole of it for the outside.
"""
