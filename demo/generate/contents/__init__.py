"""What stands and happens in the demo city: people, duties, places, components, events, patrols, addresses.

Everything is made from the drawn coverage and the real features by one seed, and says of each row whether it
is real or generated. Times are kept relative to the day of loading, so the files are the same every time.
"""

from demo.generate.contents.make import generate_contents

__all__ = ["generate_contents"]
