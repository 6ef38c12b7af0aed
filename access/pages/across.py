"""Reading from every region that this portal serves, each in a transaction of its own."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from django.conf import settings
from django.db import InterfaceError, OperationalError

from access import entrance
from access.residency import place_name

if TYPE_CHECKING:
    from access.http import HttpRequest
    from access.scopes import Relation

Answer = TypeVar("Answer")

logger = logging.getLogger(__name__)


@dataclass
class Regions(Generic[Answer]):
    """What the regions answered. One that is down is named on the page, never left out quietly."""

    answers: dict[str, Answer] = field(default_factory=dict)
    down: list[str] = field(default_factory=list)

    @property
    def down_text(self) -> str:
        """The regions that do not answer, by their names."""
        return ", ".join(place_name(alias) for alias in self.down)


def each_region(
    request: HttpRequest,
    read: Callable[[str], Answer],
    *relations: Relation,
    planes: Iterable[str] | None = None,
) -> Regions[Answer]:
    """Call `read` once in each region, entered with what these relations let the person claim.

    `planes` names others than the regions, such as those that may hold the person's grants.
    """
    regions: Regions[Answer] = Regions()
    for alias in settings.PORTAL_REGIONS if planes is None else planes:
        try:
            with entrance.entered_region(request, alias, *relations):
                regions.answers[alias] = read(alias)
        except (OperationalError, InterfaceError):
            logger.exception("The region %s does not answer.", alias)
            regions.down.append(alias)
    return regions
