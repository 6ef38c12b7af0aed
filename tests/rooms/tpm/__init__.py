"""Tests of the TPM parsers and judgements."""
