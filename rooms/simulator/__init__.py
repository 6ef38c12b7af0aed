"""A made-up fleet that speaks the device surface, falls ill and gets well again.

A client and nothing more: it has keys and a clock of its own, and knows neither database nor
models (import-linter holds that). The same seed makes the same machines.
"""
