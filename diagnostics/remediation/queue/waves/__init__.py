"""Waves as the worker sees them: a draft becomes a plan, and a plan goes on ring by ring.

`plan_drafts` and `advance_waves` find what is due in a region; killed anywhere, they go on there.
"""

from diagnostics.remediation.queue.waves.advancing import advance_waves
from diagnostics.remediation.queue.waves.planning import plan_drafts

__all__ = ["advance_waves", "plan_drafts"]
