"""How much the guard takes on; beyond these a text cannot be judged, and its bundle is refused."""

TEXT_CHARS = 4_000_000  # one text; an entry of an event log has at most 64 KiB
LINE_CHARS = 1_048_576  # one line
NESTING = 12  # an encoded text in an encoded text
DOCUMENT_DEPTH = 64  # objects and arrays in each other
DOCUMENT_NODES = 500_000  # values of one document
DECODINGS = 6  # percent of percent of percent; who needs more is hiding something
KEYS = 20_000  # places in one text that look like a key of something never collected
OPAQUE_BYTES = 4096  # an encoded block of this size must be readable, or of a known harmless form
INFLATED_BYTES = 1_000_000  # what a packed block may become
STARTS = 24  # beginnings of documents tried in one line
