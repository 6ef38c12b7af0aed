"""Made-up tenants in real cities: where their rooms are and what they are fitted with.

`plans`, `places`, `names`, `hardware` and `software` are plain values, for the demo's seed and the
simulator. The rest makes whole tenants from event records, for tests.
"""
