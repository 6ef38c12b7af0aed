"""How a device becomes known by its TPM, and renews its key.

Blobs are judged here, by `rooms.tpm`; what must hold under a race is held by the functions of the
schema `device`. Of a refusal after the challenge the device is told one sentence only; the reason
goes into the record.
"""
