"""Which plane a row lives in: the control plane, or the region that its tenant chose.

A regional model answers only inside `with region("eu"):`. Outside of one it raises, so that
a forgotten region is a loud error and never a read of the wrong continent.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, ClassVar

from django.apps import apps
from django.conf import settings
from django.db import models

if TYPE_CHECKING:
    from access.models import Tenant

CONTROL = "default"

# Models that earlier migrations made in the regions and a later one removed.
GONE_FROM_REGIONS = frozenset({("access", "relationreview")})

_open_region: ContextVar[str | None] = ContextVar("open_region", default=None)


class Region(models.TextChoices):
    """The data centres a tenant may choose."""

    EU = "eu", "EU"
    APAC = "apac", "APAC"
    US = "us", "US"


REGIONS: tuple[str, ...] = tuple(Region.values)

# Where a tenant's data may stand, and the reserved entry's place: the control plane itself.
PLACES: list[tuple[str, str]] = [*Region.choices, (CONTROL, "Control plane")]


class NoRegionOpen(RuntimeError):
    """A regional table was asked for while no region was open."""


class RegionNotServed(LookupError):
    """This portal process holds no database of that region."""


@contextmanager
def region(alias: str) -> Iterator[str]:
    """Open one region for the block. Raises RegionNotServed for one without a database here.

    The control plane opens too, for the tables that stand there as well (`in_control`).
    """
    if alias != CONTROL and alias not in settings.PORTAL_REGIONS:
        raise RegionNotServed(f"This portal does not serve the region {alias!r}.")
    token = _open_region.set(alias)
    try:
        yield alias
    finally:
        _open_region.reset(token)


def current_region() -> str:
    """The open region's alias; NoRegionOpen when there is none."""
    alias = _open_region.get()
    if alias is None:
        raise NoRegionOpen("Open a region first: with residency.region(tenant.region): ...")
    return alias


def region_is_open() -> bool:
    """Whether a region is open in this block."""
    return _open_region.get() is not None


def region_of(tenant: Tenant) -> str:
    """The alias of the region that holds the tenant's data."""
    return str(tenant.region)


def place_words(alias: str) -> str:
    """From where data is shown, as the end of a sentence."""
    return "control plane" if alias == CONTROL else f"{place_name(alias)} data centre"


def place_name(alias: str) -> str:
    """A region's name, or the control plane's, in words."""
    return dict(PLACES)[alias]


class RegionalModel(models.Model):
    """A table that stands in every region, keyed by tenant and never joined across regions.

    With `in_control` it stands in the control plane too, for the reserved entry (docs/adr/0015).
    """

    in_control: ClassVar[bool] = False

    tenant_id = models.UUIDField(editable=False)

    class Meta:
        abstract = True


class RegionalReference(models.Model):
    """A regional table without tenant data: counts, limits and the triage list."""

    in_control: ClassVar[bool] = False

    class Meta:
        abstract = True


def is_regional(model: type[models.Model]) -> bool:
    """Whether the model's table stands in the regions."""
    return issubclass(model, (RegionalModel, RegionalReference))


class PlaneRouter:
    """Send regional models to the open region and all others to the control plane."""

    def db_for_read(self, model: type[models.Model], **hints: Any) -> str:
        """The alias to read from; NoRegionOpen for a regional model outside a region."""
        return current_region() if is_regional(model) else CONTROL

    db_for_write = db_for_read

    def allow_relation(self, one: models.Model, other: models.Model, **hints: Any) -> bool:
        """Rows of different planes are never related."""
        return is_regional(type(one)) == is_regional(type(other))

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        """A table stands in its own plane only; SQL operations name theirs by `plane`."""
        plane = hints.get("plane")
        if plane is not None:
            return bool(plane == ("control" if db == CONTROL else "region"))
        name = hints.get("model_name")
        if name is None:
            return None
        if (app_label, name.lower()) in GONE_FROM_REGIONS:
            return db != CONTROL
        # A migration's picture of a model has lost its base class; the real one is asked.
        model = apps.get_model(app_label, name)
        if db == CONTROL:
            return not is_regional(model) or bool(getattr(model, "in_control", False))
        return is_regional(model)
