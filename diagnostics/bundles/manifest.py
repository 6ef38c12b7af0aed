"""manifest.json: what a device says it put into the bundle. A closed schema."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from diagnostics.bundles import paths
from diagnostics.bundles.refusal import RefusedBundle
from diagnostics.kinds import CHANNELS, PartKind

MOST_FILES: Final = 127
# Why a part is missing. Any other word is the device's own, and nobody knows what it tells.
WHYS: Final = frozenset(
    {
        "access_denied",
        "empty",
        "failed",
        "no_channel",
        "no_such_log",
        "not_known",
        "not_on_this_platform",
        "timed_out",
        "too_large",
    }
)

Reference = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2,4}-[0-9A-Z-]{1,40}$")]


class Closed(BaseModel):
    """What is not listed is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ListedFile(Closed):
    """One file, and the SHA-256 of its unpacked bytes."""

    path: Annotated[str, StringConstraints(max_length=paths.LONGEST)]
    kind: PartKind
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    bytes: Annotated[int, Field(ge=0, le=2**32)]

    @model_validator(mode="after")
    def check_place(self) -> ListedFile:
        """A file stands where those of its kind stand, and a channel is one of the agent's list."""
        if not paths.stands_right(self.kind, self.path):
            raise ValueError("a file of this kind does not stand there")
        if self.kind == PartKind.EVENT_LOG and paths.channel_of(self.path) not in CHANNELS:
            raise ValueError("no such channel can be ordered")
        return self


class LeftOut(Closed):
    """A part of the order that the device could not fulfil. `why` is a code of the agent."""

    kind: PartKind
    why: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,40}$")]

    @property
    def code(self) -> str:
        """The code, if it is one of those that say no more than they should; else "other"."""
        code = self.why.casefold()
        return code if code in WHYS else "other"


class Manifest(Closed):
    """The whole of it, in its first format."""

    format: Literal[1]
    collection: Reference
    device: Reference
    made_at: AwareDatetime
    files: Annotated[tuple[ListedFile, ...], Field(max_length=MOST_FILES)]
    left_out: Annotated[tuple[LeftOut, ...], Field(max_length=MOST_FILES)] = ()


def read_manifest(raw: bytes) -> Manifest:
    """The manifest in these bytes. RefusedBundle: manifest_invalid."""
    try:
        manifest = Manifest.model_validate_json(raw, strict=True)
    except ValidationError as wrong:
        raise RefusedBundle("manifest_invalid") from wrong
    if len({file.path.casefold() for file in manifest.files}) != len(manifest.files):
        raise RefusedBundle("manifest_invalid")
    return manifest
