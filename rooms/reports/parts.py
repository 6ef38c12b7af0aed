"""Which models stand inside a model: what walks over the schema needs to know."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel


def parts_of(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models that an annotation names, inside lists and unions too."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in getattr(annotation, "__args__", ()):
        yield from parts_of(argument)


def field_names(model: type[BaseModel]) -> Iterator[str]:
    """The names of all fields of a model and of the models in it."""
    for name, field in model.model_fields.items():
        yield name
        for part in parts_of(field.annotation):
            yield from field_names(part)


def inner_fields(model: type[BaseModel]) -> Iterator[tuple[type[BaseModel], tuple[str, ...]]]:
    """For a model and each model in it, which of its fields hold models."""
    inner = {name: list(parts_of(field.annotation)) for name, field in model.model_fields.items()}
    yield model, tuple(name for name, parts in inner.items() if parts)
    for parts in inner.values():
        for part in parts:
            yield from inner_fields(part)
