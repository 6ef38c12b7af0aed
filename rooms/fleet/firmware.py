"""Firmware that is newer than what the made-up rooms were fitted with. All of it is made up.

So that there is something to update to, and something that goes wrong: a release may be bad, and
whatever runs it is found by Windows and used by nobody.
"""

from __future__ import annotations

from typing import Final

# Newest first.
NEWER: Final[dict[str, tuple[str, ...]]] = {
    "Poly EagleEye Cube": ("1.3.9", "1.3.1"),
    "Logitech Group": ("8.6.101", "8.5.910"),
    "Crestron Huddly IQ": ("1.02.11.40114",),
    "Huddly S1": ("1.4.7",),
    "Logitech MeetUp": ("video 1.0.244",),
}
# Whoever runs one of these loses its camera: Windows reports a problem with it.
BAD: Final[frozenset[tuple[str, str]]] = frozenset(
    {("Poly EagleEye Cube", "1.3.9"), ("Logitech Group", "8.6.101")}
)
