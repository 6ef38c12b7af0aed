"""Reads a response as HTML and names what a reader, a keyboard or a strict policy would trip over.

`problems(html)` works on whole pages and on fragments; a fragment has no title and need have no h1.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import pairwise

VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
SVG_VOID = {"path", "rect", "circle", "use", "line"}
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
NAMELESS_INPUTS = {"hidden", "submit", "button", "reset", "image"}
REFERENCES = ("aria-describedby", "aria-labelledby", "aria-controls", "for", "commandfor", "form")

Attributes = dict[str, str]


@dataclass
class Element:
    """An element that is open, or that is judged when everything has been read."""

    tag: str
    attributes: Attributes
    line: int
    text: str = ""
    parents: tuple[str, ...] = ()

    @property
    def named(self) -> bool:
        """Whether its attributes give it a name."""
        return bool(self.attributes.get("aria-label") or self.attributes.get("aria-labelledby"))

    def __str__(self) -> str:
        shown = self.attributes.get("id") or self.attributes.get("name") or ""
        return f"line {self.line}: <{self.tag}{' ' + shown if shown else ''}>"


@dataclass
class Reader(HTMLParser):
    """Collects what the rules below judge."""

    open: list[Element] = field(default_factory=list)
    closed: list[Element] = field(default_factory=list)
    found: list[str] = field(default_factory=list)
    doctype: bool = False

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_decl(self, decl: str) -> None:
        self.doctype = self.doctype or decl.lower().startswith("doctype")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        for name in {name for name in names if names.count(name) > 1}:
            self.found.append(f"line {self.getpos()[0]}: <{tag}> has {name} twice")
        parents = tuple(element.tag for element in self.open)
        attributes = {name: value or "" for name, value in attrs}
        element = Element(tag, attributes, self.getpos()[0], parents=parents)
        if tag in VOID:
            self.closed.append(element)
        else:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self.open or self.open[-1].tag != tag:
            inside = self.open[-1].tag if self.open else "nothing"
            self.found.append(f"line {self.getpos()[0]}: </{tag}> closes inside {inside}")
            if tag not in [element.tag for element in self.open]:
                return
        while self.open:
            element = self.open.pop()
            self.closed.append(element)
            if self.open:
                # A name given to a part counts for the whole, as it does for readers.
                self.open[-1].text += " " + (element.attributes.get("aria-label") or element.text)
            if element.tag == tag:
                break

    def handle_data(self, data: str) -> None:
        if self.open:
            self.open[-1].text += data

    def finish(self) -> None:
        """Whatever is still open at the end was never closed."""
        self.close()
        for element in self.open:
            self.found.append(f"{element} is never closed")
        self.closed.extend(self.open)
        self.closed.sort(key=lambda element: element.line)


def problems(html: str) -> list[str]:
    """Every problem in words, with its line; an empty list when there is none."""
    reader = Reader()
    reader.feed(html)
    reader.finish()
    elements = reader.closed
    page = any(element.tag == "html" for element in elements)
    rules = [repeated_ids, inline_code, unnamed, loose_tables, headings]
    found = [*reader.found, *(line for rule in rules for line in rule(elements))]
    return found + (whole_page(elements, doctype=reader.doctype) if page else [])


def repeated_ids(elements: list[Element]) -> list[str]:
    """An id names one element."""
    ids = [element.attributes["id"] for element in elements if "id" in element.attributes]
    return [
        f"id {name!r} is used {ids.count(name)} times" for name in {*ids} if ids.count(name) > 1
    ]


def inline_code(elements: list[Element]) -> list[str]:
    """Nothing that the Content-Security-Policy would stop, and nothing that evaluates text."""
    found = []
    for element in elements:
        for name, value in element.attributes.items():
            if name == "style" or name.startswith(("on", "hx-on")):
                found.append(f"{element} has an inline {name}")
            if value.strip().lower().startswith(("javascript:", "js:")):
                found.append(f"{element} runs code in {name}")
            if name == "hx-trigger" and "[" in value:
                found.append(f"{element} filters its trigger with code")
        if element.tag == "style" or (element.tag == "script" and element.text.strip()):
            found.append(f"{element} is inline")
    return found


def unnamed(elements: list[Element]) -> list[str]:
    """Controls, links, buttons, pictures and dialogs have names."""
    labels = {e.attributes.get("for") for e in elements if e.tag == "label" and e.text.strip()}
    found = []
    for element in elements:
        kind = element.attributes.get("type", "text")
        control = element.tag in ("select", "textarea") or (
            element.tag == "input" and kind not in NAMELESS_INPUTS
        )
        labelled = element.attributes.get("id") in labels or "label" in element.parents
        if control and not labelled and not element.named:
            found.append(f"{element} has no label")
        linked = element.tag == "a" and "href" in element.attributes
        if (linked or element.tag in ("button", "summary")) and not (
            element.text.strip() or element.named
        ):
            found.append(f"{element} has no name")
        if element.tag == "img" and "alt" not in element.attributes:
            found.append(f"{element} has no alt")
        hidden = element.attributes.get("aria-hidden") == "true"
        if element.tag == "svg" and not hidden and not element.named:
            found.append(f"{element} is neither hidden nor named")
        if element.tag == "dialog" and not element.named:
            found.append(f"{element} has no name")
        if element.attributes.get("role") == "region" and not element.named:
            found.append(f"{element} is a region without a name")
    return found


def loose_tables(elements: list[Element]) -> list[str]:
    """A table has a caption, and every header cell says what it heads."""
    found = []
    captions = sum(element.tag == "caption" for element in elements)
    tables = [element for element in elements if element.tag == "table"]
    if captions < len(tables):
        found.append(f"{len(tables) - captions} of {len(tables)} tables have no caption")
    for element in elements:
        if element.tag == "th" and element.attributes.get("scope") not in ("col", "row"):
            found.append(f"{element} has no scope")
    return found


def headings(elements: list[Element]) -> list[str]:
    """Levels go down one step at a time. A dialog is a page of its own."""
    levels = [
        (element, HEADINGS.index(element.tag) + 1)
        for element in elements
        if element.tag in HEADINGS and "dialog" not in element.parents
    ]
    found = [f"{element} is empty" for element, _ in levels if not element.text.strip()]
    for (_, before), (element, level) in pairwise(levels):
        if level > before + 1:
            found.append(f"{element} follows an h{before}")
    return found


def whole_page(elements: list[Element], *, doctype: bool) -> list[str]:
    """What a page has and a fragment has not: language, title, one h1, one main, its targets."""
    tags = [element.tag for element in elements]
    found = [f"{tags.count(tag)} {tag} elements" for tag in ("h1", "main") if tags.count(tag) != 1]
    by_tag = {element.tag: element for element in elements}
    if not doctype:
        found.append("no doctype")
    if not by_tag["html"].attributes.get("lang"):
        found.append("no language")
    if "title" not in by_tag or not by_tag["title"].text.strip(" ·"):
        found.append("no title")
    ids = {element.attributes.get("id") for element in elements}
    for element in elements:
        for name in REFERENCES:
            for target in element.attributes.get(name, "").split():
                if target not in ids:
                    found.append(f"{element} refers to {target!r} by {name}, which is not there")
        target = element.attributes.get("href", "")
        if element.tag == "a" and target.startswith("#main") and "main" not in ids:
            found.append("the skip link leads nowhere")
    return found
