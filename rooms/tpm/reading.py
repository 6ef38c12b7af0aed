"""Reads a structure of the TPM from the front; every way to fall off its end is a TpmRefusal."""

from __future__ import annotations

from rooms.tpm.refusal import TpmRefusal


class Reader:
    """A cursor over bytes. All numbers are big-endian."""

    def __init__(self, data: bytes, code: str, what: str) -> None:
        """`code` and `what` name the structure in a refusal."""
        self.data = data
        self.code = code
        self.what = what
        self.at = 0

    def refuse(self, why: str) -> TpmRefusal:
        """The refusal to raise, for a reason that completes "The <structure> …"."""
        return TpmRefusal(self.code, f"The {self.what} {why}.")

    def take(self, count: int) -> bytes:
        """The next `count` bytes."""
        end = self.at + count
        if end > len(self.data):
            raise self.refuse("ends too early")
        taken = self.data[self.at : end]
        self.at = end
        return taken

    def number(self, count: int) -> int:
        """The next `count` bytes as a number."""
        return int.from_bytes(self.take(count), "big")

    def sized(self, most: int) -> bytes:
        """A TPM2B: two bytes of length, then so many bytes, at most `most`."""
        size = self.number(2)
        if size > most:
            raise self.refuse(f"holds a part longer than {most} bytes")
        return self.take(size)

    def end(self) -> None:
        """Refuse bytes after the end."""
        if self.at != len(self.data):
            raise self.refuse("goes on after its end")


def sized(data: bytes) -> bytes:
    """The bytes as a TPM2B. OverflowError above 65,535 bytes."""
    return len(data).to_bytes(2, "big") + data
