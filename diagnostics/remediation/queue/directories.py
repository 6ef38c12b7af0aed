"""Customers' directories at Microsoft Graph, and which of their devices is which of ours."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings

from diagnostics.remediation.graph import (
    GraphChannel,
    GraphClient,
    GraphConnection,
    NotThere,
    open_http,
)

Open = Callable[[uuid.UUID], GraphChannel]


def channel_of(directory: uuid.UUID) -> GraphChannel:
    """The channel of a customer's directory, as our own application."""
    connection = GraphConnection(
        str(directory),
        settings.GRAPH_CLIENT_ID,
        settings.GRAPH_CLIENT_SECRET,
        base=settings.GRAPH_BASE,
        login=settings.GRAPH_LOGIN,
    )
    return GraphChannel(GraphClient.of(connection, open_http()))


class Reach:
    """The channels of one wake-up: a directory is opened, and its devices listed, once."""

    def __init__(self, open_channel: Open) -> None:
        self._open = open_channel
        self._channels: dict[uuid.UUID, GraphChannel] = {}
        self._devices: dict[uuid.UUID, dict[str, str]] = {}

    def channel(self, directory: uuid.UUID) -> GraphChannel:
        """The channel of a directory."""
        if directory not in self._channels:
            self._channels[directory] = self._open(directory)
        return self._channels[directory]

    def device(self, directory: uuid.UUID, serial: str) -> str:
        """Graph's id of the device with this serial number. Raises NotThere, and as the client."""
        if directory not in self._devices:
            told = self.channel(directory).client.devices()
            self._devices[directory] = {_serial(one): str(one["id"]) for one in told}
        found = self._devices[directory].get(serial) if serial else None
        if found is None:
            raise NotThere("Microsoft Graph knows no device with this serial number.")
        return found


def _serial(told: Mapping[str, Any]) -> str:
    detail = told.get("hardwareDetail")
    return str(detail.get("serialNumber") or "") if isinstance(detail, Mapping) else ""
