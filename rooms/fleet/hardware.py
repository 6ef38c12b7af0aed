"""What the rooms are fitted with: certified systems and peripherals with their firmware.

Restated from Microsoft's list of certified hardware of 2024-09-17. Firmware is text, as makers
write it. USB vendors are the makers'; a product id stands only where it was seen in public.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from rooms.kinds import PeripheralKind, RoomType


@dataclass(frozen=True)
class Part:
    """One peripheral as it is bought."""

    kind: PeripheralKind
    name: str
    vendor_id: str
    firmware: str
    product_id: str = ""


@dataclass(frozen=True)
class Kit:
    """The camera and audio of a room, and whether they hang on a hub of their own."""

    parts: tuple[Part, ...]
    hub: bool = False


@dataclass(frozen=True)
class System:
    """A compute unit with its console."""

    manufacturer: str
    model: str
    console: str
    hdmi_ingest: bool = True


CAMERA, MICROPHONE = PeripheralKind.CAMERA, PeripheralKind.MICROPHONE
SPEAKER, SPEAKERPHONE = PeripheralKind.SPEAKER, PeripheralKind.SPEAKERPHONE
LOGITECH, POLY, JABRA, YAMAHA, SHURE, CRESTRON = "046D", "095D", "0B0E", "0499", "14ED", "14BE"
HUDDLY, AVER, EPOS, LENOVO, BOSE, YEALINK = "2BD9", "2574", "1395", "17EF", "05A7", "6993"

SYSTEMS: Final[tuple[System, ...]] = (
    System("Logitech", "Logitech Tap + Intel NUC", "Logitech Tap"),
    System("Dell", "Dell OptiPlex 7000 + Logitech Tap", "Logitech Tap"),
    System("Lenovo", "Lenovo ThinkSmart Hub 500", "ThinkSmart Hub display"),
    System("Lenovo", "Lenovo ThinkSmart Core Full Room Kit", "ThinkSmart Controller"),
    System("Crestron", "Crestron Flex UC-C160-T", "Crestron TS-1070 console"),
    System("Crestron", "Crestron Flex UC-CX100-T", "Crestron TS-1070 console"),
    System("HP", "HP Elite Slice G2", "HP Center of Room Control"),
    System("Poly", "Poly G40-T", "Poly GC8"),
    System("Poly", "Poly G85-T", "Poly GC8"),
    System("Yealink", "Yealink MVC400", "Yealink MTouch II"),
    System("Yealink", "Yealink MVC800", "Yealink MTouch II"),
    System("HP", "HP Presence Small Space", "HP Center of Room Control", hdmi_ingest=False),
)

SMALL_KITS: Final[tuple[Kit, ...]] = (
    Kit(
        (
            Part(CAMERA, "Logitech MeetUp", LOGITECH, "video 1.0.156", "0866"),
            Part(SPEAKERPHONE, "Logitech MeetUp Speakerphone", LOGITECH, "audio 1.0.172", "0867"),
        )
    ),
    Kit(
        (
            Part(CAMERA, "Poly Studio", POLY, "1.1.2.000570"),
            Part(SPEAKERPHONE, "Poly Studio audio", POLY, "1.1.2.000570"),
        )
    ),
    Kit(
        (
            Part(CAMERA, "Jabra PanaCast 50", JABRA, "8.0.7"),
            Part(SPEAKERPHONE, "Jabra Speak 710", JABRA, "1.8.0"),
        )
    ),
    Kit(
        (
            Part(CAMERA, "Bose VB1", BOSE, "19.2"),
            Part(SPEAKERPHONE, "Bose VB1 audio", BOSE, "19.2"),
        )
    ),
    Kit(
        (
            Part(CAMERA, "Lenovo ThinkSmart Cam", LENOVO, "1.0.111.4"),
            Part(SPEAKERPHONE, "Lenovo ThinkSmart Bar", LENOVO, "0.9.3"),
        )
    ),
    Kit(
        (
            Part(CAMERA, "Huddly S1", HUDDLY, "1.4.0"),
            Part(SPEAKERPHONE, "EPOS Expand SP30", EPOS, "2.1.52"),
        )
    ),
)
MEDIUM_KITS: Final[tuple[Kit, ...]] = (
    Kit(
        (
            Part(CAMERA, "Logitech Rally Bar", LOGITECH, "10.3.82"),
            Part(SPEAKERPHONE, "Logitech Rally Bar audio", LOGITECH, "10.3.82"),
        )
    ),
    Kit(
        (
            Part(CAMERA, "Poly EagleEye Cube", POLY, "1.2.0"),
            Part(SPEAKERPHONE, "Poly Trio C60", POLY, "5.9.5.3066"),
        )
    ),
    Kit(
        (
            Part(CAMERA, "Yealink UVC84", YEALINK, "262.410.0.10"),
            Part(SPEAKERPHONE, "Yealink CP900", YEALINK, "100.20.0.29"),
        ),
        hub=True,
    ),
    Kit(
        (
            Part(CAMERA, "Crestron Huddly IQ", CRESTRON, "1.02.09.33901"),
            Part(SPEAKERPHONE, "Jabra Speak 810", JABRA, "1.2.23"),
        )
    ),
    Kit(
        (
            Part(CAMERA, "Logitech Group", LOGITECH, "8.5.778"),
            Part(SPEAKERPHONE, "Logitech Group Speakerphone", LOGITECH, "8.5.778"),
        ),
        hub=True,
    ),
)
LARGE_KITS: Final[tuple[Kit, ...]] = (
    Kit(
        (
            Part(CAMERA, "Logitech Rally", LOGITECH, "1.2.4"),
            Part(MICROPHONE, "Logitech Rally Mic Pod", LOGITECH, "1.2.4"),
            Part(SPEAKER, "Logitech Rally Speaker", LOGITECH, "1.2.4"),
        ),
        hub=True,
    ),
    Kit(
        (
            Part(CAMERA, "AVer CAM520 Pro", AVER, "0.0.1000.73"),
            Part(MICROPHONE, "Biamp Tesira Forte + Sennheiser TCC2", EPOS, "3.12.0.15 + 1.3.3"),
            Part(SPEAKER, "Yamaha YVC-1000MS", YAMAHA, "1.0.0"),
        ),
        hub=True,
    ),
    Kit(
        (
            Part(CAMERA, "Poly EagleEye Director II", POLY, "2.1.0.10"),
            Part(MICROPHONE, "Shure MXA910", SHURE, "4.1"),
            Part(SPEAKER, "Shure P300", SHURE, "4.1"),
        ),
        hub=True,
    ),
)
CONTENT_CAMERAS: Final[tuple[Part, ...]] = (
    Part(PeripheralKind.CONTENT_CAMERA, "Logitech Brio", LOGITECH, "V2.2.50"),
    Part(PeripheralKind.CONTENT_CAMERA, "Logitech Scribe", LOGITECH, "1.1.1"),
    Part(PeripheralKind.CONTENT_CAMERA, "Huddly Canvas", HUDDLY, "1.3.25"),
)
KITS: Final[dict[RoomType, tuple[Kit, ...]]] = {
    RoomType.FOCUS: SMALL_KITS,
    RoomType.SMALL: SMALL_KITS,
    RoomType.MEDIUM: MEDIUM_KITS,
    RoomType.LARGE: LARGE_KITS,
}
# How many rooms of a hundred are of which size.
TYPES: Final[dict[RoomType, int]] = {
    RoomType.FOCUS: 15,
    RoomType.SMALL: 35,
    RoomType.MEDIUM: 35,
    RoomType.LARGE: 15,
}
ROOMY: Final = (RoomType.MEDIUM, RoomType.LARGE)
CAPACITY: Final[dict[RoomType, tuple[int, int]]] = {
    RoomType.FOCUS: (2, 4),
    RoomType.SMALL: (4, 6),
    RoomType.MEDIUM: (6, 12),
    RoomType.LARGE: (12, 16),
}
