"""What the made-up rooms run, and by how many of a hundred: app, Windows, agent, rings.

The releases are those of the public release notes of 2022 (rooms/releases.py).
"""

from __future__ import annotations

from typing import Final

# Installed releases, by how many rooms of a hundred run them; the first two are supported.
APPS: Final = {"4.13.132.0": 78, "4.12.138.0": 17, "4.12.126.0": 3, "4.11.17.0": 2}
WINDOWS: Final = {"10.0.19044.1889": 82, "10.0.19042.1889": 15, "10.0.18363.2037": 3}
AGENTS: Final = {"1.2.44.0": 80, "1.2.43.0": 20}
RINGS: Final = {"General": 85, "Staging": 8, "Executive": 7}

ANDROID_APP: Final = "1.0.96.2022051402"
ANDROID_BUILDS: Final = {"10": 70, "9": 30}
PANEL_APP: Final = "1.0.97.2022060101"
