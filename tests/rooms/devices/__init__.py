"""Tests of the pages that let devices in and out."""
