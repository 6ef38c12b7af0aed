"""Tests of enrolment through the device surface."""
