"""Prints the table of fairness in docs/35-patrols.md: how often true walkers fall short, stated and observed.

python -m bench.fairness
"""

from __future__ import annotations

from tests.spatial.patrols.compliance.fairness import PHONES, SHARES, calibrate

RUNS = 400


def main() -> None:
    """Print the table."""
    print("| phone | σ, m | " + " | ".join(f"< {share:.0%}" for share in SHARES) + " | accused | told |")
    print("|---" * (4 + len(SHARES)) + "|")
    for name, phone in PHONES.items():
        found = calibrate(phone, RUNS)
        cells = [f"{s:.3f} / {o:.3f}" for s, o in zip(found.stated, found.observed, strict=True)]
        ends = f"{found.accused:.3f} | {found.told:.2f}"
        print(f"| {name} | {phone.sigma_m:g} | {' | '.join(cells)} | {ends} |")


if __name__ == "__main__":
    main()
