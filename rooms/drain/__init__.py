"""From the inbox to health: what a worker does with accepted reports, and with the clock alone.

`batch` drains a batch of reports in one transaction: `claim` takes them, `telling` reads them,
`world` loads what they are judged by, `moving` moves signals and incidents on in memory, and
`keeping` writes everything back with a fixed number of statements. `sweep` does the same for
rooms that are due although nothing arrived; `counts` rolls up, `retention` drops what is old.
"""
