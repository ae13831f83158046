"""What a person at the console sees of long work."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress

from rich.console import Console
from rich.progress import Progress as Bar


class Progress:
    """Says on the console what happens, with a spinner where there is a terminal and times everywhere."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False, markup=False, soft_wrap=True)

    def say(self, text: str) -> None:
        """Write a line with the time of day."""
        self.show(f"{time.strftime('%H:%M:%S')} {text}")

    def show(self, text: str = "") -> None:
        """Write a plain line; a console that has gone (closed terminal or pipe) is no reason to stop."""
        # rich turns a broken pipe into SystemExit.
        with suppress(OSError, SystemExit):
            self._console.print(text)

    @contextmanager
    def step(self, text: str, *, speaks: bool = False) -> Iterator[None]:
        """Show that `text` is being done, and how long it took; `speaks`: the step writes lines itself."""
        began = time.monotonic()
        spinner = self._console.is_terminal and not speaks
        if not spinner:
            self.show(f"· {text} …")
        with self._console.status(text) if spinner else nullcontext():
            yield
        self.show(f"✓ {text} ({time.monotonic() - began:.1f} s)")


@contextmanager
def bar(title: str) -> Iterator[Callable[[str, float], None]]:
    """Give a function that is told (what, share done): a moving bar on a terminal, lines elsewhere."""
    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        yield lambda text, share: console.print(f"· {title} {share:4.0%} {text}")
        return
    with Bar(console=console) as moving:
        task = moving.add_task(title, total=1.0)
        yield lambda text, share: moving.update(task, completed=share, description=f"{title}: {text}")
