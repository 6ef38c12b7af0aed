"""How an update is undone: the same action again, to the version that stood there before."""

from __future__ import annotations

from diagnostics.remediation.catalogue.parameters import Parameters, ToVersion
from diagnostics.remediation.catalogue.releases import KnownReleases


def back_to(told: Parameters, platform: str, was: str, releases: KnownReleases) -> ToVersion | None:
    """The parameters that bring back what `was` installed, or None when there is no way back.

    A version that is no known release any more, such as a recalled one, is not gone back to.
    """
    if not isinstance(told, ToVersion) or was in ("", told.version):
        return None
    if not releases.has(told.component, told.model_on(platform), was):
        return None
    return told.model_copy(update={"version": was})
