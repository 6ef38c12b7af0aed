"""Write static/ui/icons.svg, the one sprite of every icon we name, from the lucide drawings."""

from importlib import resources
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from zipfile import ZipFile

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.icons import ICONS

SPRITE = Path(settings.BASE_DIR) / "static" / "ui" / "icons.svg"
SVG = "http://www.w3.org/2000/svg"

# Strokes are styled in components.css: a drawing that is used inherits from where it is used.
HEAD = f'<svg xmlns="{SVG}">\n'


def sprite() -> str:
    """The whole sprite as text; the same names always give the same bytes."""
    packed = resources.files("lucide").joinpath("lucide.zip").read_bytes()
    with ZipFile(BytesIO(packed)) as drawings:
        symbols = [symbol(name, drawings.read(f"{ICONS[name]}.svg")) for name in sorted(ICONS)]
    return HEAD + "\n".join(symbols) + "\n</svg>\n"


def symbol(name: str, drawing: bytes) -> str:
    """One `<symbol>` under our name, with the strokes of one lucide drawing."""
    # The bytes come from an installed, hash-locked package, not from a person.
    root = ElementTree.fromstring(drawing)  # noqa: S314 -- trusted input, see above
    strokes = []
    for stroke in root:
        attributes = "".join(f' {key}="{value}"' for key, value in stroke.attrib.items())
        strokes.append(f"<{stroke.tag.removeprefix('{' + SVG + '}')}{attributes}/>")
    return f'<symbol id="{name}" viewBox="0 0 24 24">{"".join(strokes)}</symbol>'


class Command(BaseCommand):
    """Write the sprite, or with --check say whether the committed one is true."""

    help = "Build static/ui/icons.svg from the names in portal/icons.py."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="compare only, write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        text = sprite()
        if options["check"]:
            if not SPRITE.exists() or SPRITE.read_text() != text:
                raise CommandError("static/ui/icons.svg is not current: run manage.py build_icons")
            self.stdout.write(f"static/ui/icons.svg is current: {len(ICONS)} icons")
            return
        SPRITE.parent.mkdir(parents=True, exist_ok=True)
        SPRITE.write_text(text)
        self.stdout.write(f"wrote {len(ICONS)} icons to static/ui/icons.svg")
