"""Commands to devices: signed by the region, verified by the device, never run twice.

Imported by the service and by the simulated devices; needs neither Django nor a database.
"""

from rooms.commands.envelope import Command, Malformed
from rooms.commands.keys import (
    BadKeys,
    CommandKey,
    KeyRing,
    PublicKey,
    TrustedKeys,
    key_id_of,
    sign_keys,
    trust_first,
    trust_keys,
)
from rooms.commands.ledger import Earlier, Ledger
from rooms.commands.signing import sign_command
from rooms.commands.verifying import Untrusted, Why, verify_command

__all__ = [
    "BadKeys",
    "Command",
    "CommandKey",
    "Earlier",
    "KeyRing",
    "Ledger",
    "Malformed",
    "PublicKey",
    "TrustedKeys",
    "Untrusted",
    "Why",
    "key_id_of",
    "sign_command",
    "sign_keys",
    "trust_first",
    "trust_keys",
    "verify_command",
]
