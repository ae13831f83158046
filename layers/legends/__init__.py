"""How layers look: the one place for their classes, colours, symbols and labels, and every writer of them.

`legend.Legend` is the definition; maplibre, qgis, sld, sprite and picture write it for those who draw.
"""
