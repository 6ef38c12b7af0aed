"""Why a bundle is refused whole: a code for machines, a sentence for people.

A sentence never quotes the bundle: the name of a file may say what must not be stored.
"""

from __future__ import annotations

from typing import Final

SENTENCES: Final[dict[str, str]] = {
    "not_a_zip": "This is not a zip file.",
    "too_large": "The bundle is larger than a device may send.",
    "trailing_data": "Something follows the end of the zip.",
    "prepended_data": "Something stands before the zip.",
    "directory": "The zip's list of files is damaged or disagrees with its files.",
    "too_many_entries": "The zip holds more files than a device may send.",
    "overlap": "Files of the zip overlap, or something stands between them.",
    "zip64": "The zip uses 64-bit sizes, which no bundle needs.",
    "method": "A file is packed by a method other than stored or deflated.",
    "encrypted": "A file of the zip is encrypted.",
    "not_a_file": "The zip holds a folder, a link or a device where only files may be.",
    "path": "A file has a name that a bundle may not have.",
    "duplicate": "Two files have the same name.",
    "bomb": "A file unpacks to far more than it may.",
    "size": "A file is not as long as the zip says.",
    "checksum": "A file is damaged: it does not have the sum that the zip says.",
    "nested_archive": "A file is itself an archive.",
    "manifest_missing": "There is no manifest.json.",
    "manifest_invalid": "manifest.json does not follow the schema.",
    "not_in_manifest": "The zip holds a file that the manifest does not name.",
    "missing_file": "The manifest names a file that the zip does not hold.",
    "manifest_mismatch": "A file is not as long as the manifest says.",
    "sha256": "A file does not have the SHA-256 that the manifest says.",
}


class RefusedBundle(Exception):
    """The whole bundle is refused. `code` is one of SENTENCES."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.sentence = SENTENCES[code]
        super().__init__(f"{code}: {self.sentence}")
