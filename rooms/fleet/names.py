"""Names for rooms and buildings, borrowed from plants, birds, stones and weather."""

from typing import Final

ROOM_NAMES: Final = (
    "Alder", "Aspen", "Aurora", "Beacon", "Birch", "Brook", "Cedar", "Cobalt", "Comet", "Coral",
    "Cove", "Delta", "Dune", "Ember", "Fern", "Fjord", "Flint", "Garnet", "Glade", "Grove",
    "Harbour", "Hazel", "Heron", "Horizon", "Indigo", "Iris", "Jade", "Juniper", "Kestrel",
    "Lagoon", "Larch", "Lark", "Laurel", "Linden", "Lotus", "Lynx", "Maple", "Marlin", "Meadow",
    "Mesa", "Mistral", "Nova", "Oak", "Onyx", "Opal", "Orchard", "Osprey", "Otter", "Pebble",
    "Pine", "Plover", "Quarry", "Quartz", "Raven", "Reef", "Rowan", "Saffron", "Sage", "Sierra",
    "Slate", "Sparrow", "Spruce", "Summit", "Swift", "Tern", "Thistle", "Tide", "Topaz",
    "Tundra", "Vale", "Violet", "Walnut", "Willow", "Wren", "Zenith", "Zephyr",
)  # fmt: skip

BUILDINGS: Final = ("North", "Harbour", "Station", "Canal", "Garden", "Tower", "Mill", "Bridge")
