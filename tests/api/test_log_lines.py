"""Where the lines of a log go."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import io, sys
from api.logs import configure, log
from spatial.settings import Settings
first = sys.stderr = io.StringIO()
configure(Settings())
log.warning("to the first")
sys.stderr = second = io.StringIO()
first_text = first.getvalue()
first.close()
log.warning("to the second")
sys.stdout.write(first_text + second.getvalue())
"""


def test_a_line_goes_to_the_standard_error_of_its_moment() -> None:
    """A command that was run within a process took its output away: every later line was an error."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert [word in done.stdout for word in ("to the first", "to the second")] == [True, True]
    assert done.stderr == ""
