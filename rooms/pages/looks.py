"""How health shows: the words of statuses and signals, and the models of devices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rooms.signals import SIGNALS
from rooms.states import RoomStatus

if TYPE_CHECKING:
    from rooms.models import Device

# What a list calls each rank of rooms.states.attention_rank, in the order of the ranks.
WARNING: Final = "warning"
SHOWN: Final[dict[str, tuple[str, tuple[int, ...], str]]] = {
    RoomStatus.UNHEALTHY.value: ("Unhealthy", (0, 1), "bad"),
    RoomStatus.UNMONITORED.value: ("Unmonitored", (2,), "off"),
    WARNING: ("Warning", (3,), "warn"),
    RoomStatus.SUPPRESSED.value: ("Suppressed", (4,), "off"),
    RoomStatus.ONBOARDING.value: ("Onboarding", (5,), "brand"),
    RoomStatus.HEALTHY.value: ("Healthy", (9,), "ok"),
}
STATUS_OF_RANK: Final = {rank: key for key, (_, ranks, _) in SHOWN.items() for rank in ranks}


def ranks_of(statuses: tuple[str, ...] | list[str]) -> list[int]:
    """The ranks behind statuses as the list names them."""
    return [rank for status in statuses for rank in SHOWN[status][1]]


def signal_title(code: str, instance: str = "") -> str:
    """The signal in plain words, with its instance; a code we do not know speaks for itself."""
    known = SIGNALS.get(code)
    title = known.title if known else code.replace("_", " ").capitalize()
    return f"{title}, {instance}" if instance else title


def model_words(device: Device) -> str:
    """Maker and model; makers who put their name into the model are not named twice."""
    if device.model.casefold().startswith(device.manufacturer.casefold()):
        return device.model
    return f"{device.manufacturer} {device.model}"
