"""Write static/ui/app.css, the one style sheet that pages load, from portal/styles/*.css.

The sources stay short and commented; comments and indentation are left out of what is served.
"""

import re
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

SOURCES = Path(settings.BASE_DIR) / "portal" / "styles"
SHEET = Path(settings.BASE_DIR) / "static" / "ui" / "app.css"

# tokens.css declares the order of the layers, so it comes first; within a layer order does not
# matter but for utilities, which come last.
ORDER = ("tokens", "frame", "components", "list", "requests", "utilities")
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def sheet() -> str:
    """The whole style sheet; the same sources always give the same text."""
    found = {path.stem for path in SOURCES.glob("*.css")}
    if found != set(ORDER):
        raise CommandError(f"Name every source in build_styles.ORDER: {found ^ set(ORDER)}")
    text = "\n".join((SOURCES / f"{name}.css").read_text() for name in ORDER)
    lines = (line.strip() for line in COMMENT.sub("", text).splitlines())
    return "\n".join(line for line in lines if line) + "\n"


class Command(BaseCommand):
    """Write the style sheet, or with --check say whether the committed one is true."""

    help = "Build static/ui/app.css from portal/styles/."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="compare only, write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        text = sheet()
        if options["check"]:
            if not SHEET.exists() or SHEET.read_text() != text:
                raise CommandError("static/ui/app.css is not current: run manage.py build_styles")
            self.stdout.write("static/ui/app.css is current")
            return
        SHEET.write_text(text)
        self.stdout.write(f"wrote {len(text)} bytes to static/ui/app.css")
