"""A bundle: named files, written as a zip that is the same byte for byte each time."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

Part = bytes | Callable[[], bytes]

# Before 1980 there is no time in a zip; and no other moment is the same each time.
_TIME: Final = (1980, 1, 1, 0, 0, 0)
_MODE: Final = 0o644 << 16
_UNIX: Final = 3
LEVEL: Final = 6


@dataclass
class Bundle:
    """The files of a bundle by path; a large one is a function, called when it is written."""

    parts: dict[str, Part] = field(default_factory=dict)

    def add_json(self, path: str, value: Any) -> None:
        """Add a file of JSON with sorted keys."""
        self.parts[path] = json_bytes(value)

    def add_lines(self, path: str, values: Iterable[Any]) -> None:
        """Add a file with one JSON object a line."""
        lines = [json.dumps(value, sort_keys=True, ensure_ascii=False) for value in values]
        self.parts[path] = "".join(f"{line}\n" for line in lines).encode()

    def read(self, path: str) -> bytes:
        """The content of one file."""
        part = self.parts[path]
        return part if isinstance(part, bytes) else part()

    def write_zip(self, target: IO[bytes]) -> None:
        """Write all files, sorted by path, with one time and one way to compress."""
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as archive:
            for path in sorted(self.parts):
                entry = zipfile.ZipInfo(path, _TIME)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.create_system, entry.external_attr = _UNIX, _MODE
                archive.writestr(entry, self.read(path))

    def write_folder(self, folder: Path) -> None:
        """Write all files into an empty folder. Raises FileExistsError for one that is there."""
        for path in sorted(self.parts):
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("xb") as file:
                file.write(self.read(path))


def json_bytes(value: Any) -> bytes:
    """JSON for people and programs: indented, keys sorted, UTF-8, a newline at the end."""
    return (json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()
