"""Write looks as a style of MapLibre (style specification, version 8).

Every value of an attribute is a literal inside an expression: nothing that people write can become code.
No glyphs are named: MapLibre 6 draws letters with the fonts of the machine.
"""
