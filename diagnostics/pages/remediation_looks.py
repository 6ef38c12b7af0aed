"""How remediations show: states, columns of the board, addresses and words, the same everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.urls import reverse

from access.scopes import Scope
from diagnostics.models import CoveredBy, Remediation
from diagnostics.remediation.catalogue import ACTIONS, Action, ActionCode
from diagnostics.remediation.catalogue.parameters import UsbTarget
from diagnostics.remediation.queue.notices import path_of
from diagnostics.remediation.reasons import Reason
from diagnostics.remediation.states import ItemState as State
from rooms.pages.rooms_list import HEALTH, INVENTORY

if TYPE_CHECKING:
    from access.gate import Access

ACTING: Final = tuple(dict.fromkeys(action.scope for action in ACTIONS.values()))
SCOPES: Final[tuple[Scope, ...]] = (HEALTH, INVENTORY, *ACTING)
TONES: Final[dict[str, str]] = {
    State.PROPOSED: "warn",
    State.WAITING_FOR_GRANT: "warn",
    State.PAUSED: "warn",
    State.SUCCEEDED: "ok",
    State.FAILED: "bad",
    State.REFUSED: "bad",
    State.CANCELLED: "off",
    State.EXPIRED: "off",
}
# The columns of the board: key, heading, and the states that stand in each.
BOARD: Final[tuple[tuple[str, str, tuple[State, ...]], ...]] = (
    ("proposed", "Proposed", (State.PROPOSED,)),
    ("waiting", "Waiting", (State.WAITING_FOR_GRANT, State.PAUSED)),
    ("scheduled", "Scheduled", (State.APPROVED, State.SCHEDULED)),
    ("sent", "Sent and running", (State.DISPATCHED, State.ACKNOWLEDGED, State.RUNNING)),
    ("verifying", "Verifying", (State.VERIFYING,)),
    (
        "ended",
        "Ended",
        (State.SUCCEEDED, State.FAILED, State.CANCELLED, State.EXPIRED, State.REFUSED),
    ),
)


def tone_of(state: str) -> str:
    """The look of a state; what is under way has one look."""
    return TONES.get(state, "brand")


def action_of(item: Remediation) -> Action | None:
    """Its line of the catalogue; None for one that is not offered any more."""
    return ACTIONS[ActionCode(item.action)] if item.action in ActionCode.values else None


def action_title(code: str) -> str:
    """The action in plain words; one we do not know speaks for itself."""
    return str(ActionCode(code).label) if code in ActionCode.values else code.replace("_", " ")


def parameter_words(parameters: dict[str, Any]) -> str:
    """What the action was told, such as "port USB 3"."""
    told = dict(parameters)
    if "at" in told and "target" in told:
        target = "port" if told["target"] == UsbTarget.PORT else "hub"
        return f"{target} {told['at']}"
    if "version" in told:
        named = told.get("model") or told.get("driver") or ""
        return f"{named} to {told['version']}".strip()
    if "parts" in told:
        parts = ", ".join(str(one.get("channel") or one["kind"]) for one in told["parts"])
        return f"{parts}, the last {told['hours']} hours"
    if "teams_cache" in told:
        return "the app's cache and that of Teams" if told["teams_cache"] else "the app's cache"
    return ", ".join(f"{name} {value}" for name, value in sorted(told.items()))


def item_url(item: Remediation, act: str = "") -> str:
    """The address of an item, or of an act on it."""
    name = f"diagnostics:remediation_{act or 'item'}"
    return reverse(name, args=[item.tenant_reference, item.reference])


def wave_url(tenant: str, reference: str) -> str:
    """The address of a wave."""
    return path_of(tenant, reference)


def device_url(item: Remediation) -> str:
    """The page of its device."""
    return reverse(
        "rooms:device", args=[item.tenant_reference, item.room_reference, item.device_reference]
    )


def reason_words(item: Remediation) -> str:
    """Why it stands where it stands."""
    known = item.reason_code in Reason.values
    return str(Reason(item.reason_code).label) if known else ""


def cover_words(item: Remediation) -> str:
    """What gives the right to send it."""
    if item.covered_by == CoveredBy.POLICY:
        return f"a policy, version {item.policy_version}"
    if item.covered_by == CoveredBy.APPROVAL:
        return "an approval of exactly this"
    return f"grant {item.grant_reference}"


def line_of(item: Remediation) -> dict[str, Any]:
    """One item as lists and cards show it."""
    return {
        "one": item,
        "url": item_url(item),
        "title": action_title(item.action),
        "told": parameter_words(item.parameters),
        "tone": tone_of(item.state),
        "state": item.get_state_display(),
        "why": reason_words(item),
        "cover": cover_words(item),
        "device_url": device_url(item),
    }


def crumbs_of(access: Access, *more: tuple[str, str]) -> list[tuple[str, str]]:
    """Where a page of a tenant's remediations stands."""
    return crumbs_in(access.tenant.reference, *more)


def crumbs_in(tenant: str, *more: tuple[str, str]) -> list[tuple[str, str]]:
    """The same, of a tenant by its reference."""
    board = reverse("diagnostics:remediation", args=[tenant])
    return [
        ("Tenants", reverse("rooms:tenants")),
        (tenant, reverse("rooms:tenant", args=[tenant])),
        ("Remediation", board if more else ""),
        *more,
    ]
