"""Why somebody may look: the four published reasons for query, and one of our own for auditors.

A purpose justifies categories of data; asking for data that a purpose does not justify is
refused, and the refusal names the purposes that do.
"""

from __future__ import annotations

from django.db import models

from access.scopes import SCOPES, Category, Scope


class Purpose(models.TextChoices):
    """One published reason."""

    IDENTIFY = "identify", "Identify or connect to a device"
    MITIGATE = "mitigate", "Identify, diagnose and mitigate an issue"
    INSIGHT = "insight", "Usage, analytics and insights"
    CONNECTIVITY = "connectivity", "Query and repair connectivity"
    ASSURANCE = "assurance", "Check who had access"


JUSTIFIES: dict[Purpose, frozenset[Category]] = {
    Purpose.IDENTIFY: frozenset({Category.ONGOING}),
    Purpose.MITIGATE: frozenset({Category.ONGOING, Category.AD_HOC, Category.ACT}),
    Purpose.INSIGHT: frozenset({Category.ONGOING, Category.AD_HOC}),
    Purpose.CONNECTIVITY: frozenset({Category.ONGOING, Category.ACT}),
    Purpose.ASSURANCE: frozenset({Category.RECORD}),
}


def justifies(purpose: Purpose, scope: Scope) -> bool:
    """Whether the purpose is a reason to open the scope's data."""
    return SCOPES[scope].category in JUSTIFIES[purpose]


def purposes_for(scope: Scope) -> list[Purpose]:
    """The purposes that justify the scope, in their published order."""
    return [purpose for purpose in Purpose if justifies(purpose, scope)]
