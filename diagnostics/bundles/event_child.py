"""Run as a program of its own: chunks of event logs in, their records as JSON out.

The library that understands binary XML is native code, and damaged input has made it loop or take
all memory. Here it can do so without harm: the parent sets a time, and this program its own bounds
for memory. It opens no file and imports nothing of ours. Frames both ways: length, then bytes.
"""

from __future__ import annotations

import io
import resource
import struct
import sys

from evtx import PyEvtxParser

READY = b"ready"
MOST_MEMORY = 768 * 1024 * 1024
MOST_RECORDS = 4096
MOST_BYTES = 8 * 1024 * 1024


def main() -> None:
    """Answer each frame with one: how many records could not be read, and those that could."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    inlet, outlet = sys.stdin.buffer, sys.stdout.buffer
    outlet.write(READY)
    outlet.flush()
    while len(head := inlet.read(4)) == 4:
        raw = inlet.read(struct.unpack("<I", head)[0])
        failed, records = read(raw)
        payload = b"\n".join(records)
        outlet.write(struct.pack("<II", len(payload), failed) + payload)
        outlet.flush()


def read(raw: bytes) -> tuple[int, list[bytes]]:
    """How many records failed, and the others as JSON without line breaks."""
    failed, taken = 0, 0
    records: list[bytes] = []
    iterator = PyEvtxParser(io.BytesIO(raw), 1, None, True).records_json()
    while failed + len(records) < MOST_RECORDS and taken < MOST_BYTES:
        try:
            record = next(iterator)
        except StopIteration:
            break
        except RuntimeError:
            failed += 1
            continue
        if record is None:
            break
        told = record["data"].encode("utf-8", "replace")
        taken += len(told)
        records.append(told)
    return failed, records


if __name__ == "__main__":
    main()
