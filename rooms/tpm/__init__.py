"""TPM 2.0 as far as enrolment needs it: what a device sends is parsed strictly and judged here.

Pure: bytes in, a judgement out; no database, no settings, no clock. Everything that is wrong
with what a device sent comes out as a `refusal.TpmRefusal`, and as nothing else.
"""
