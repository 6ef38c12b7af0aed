"""The parameters of a remediation as a form: what the newest reports let one choose."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from django import forms

from diagnostics.forms.collections import CHANNEL_CHOICES, HOURS, QUERY_CHOICES
from diagnostics.kinds import PartKind
from diagnostics.remediation.catalogue import Action, Component, KnownReleases
from diagnostics.remediation.catalogue import parameters as schemas
from diagnostics.remediation.catalogue.installed import installed
from diagnostics.remediation.catalogue.parameters import ToVersion, UsbTarget
from diagnostics.remediation.device import DeviceNow
from rooms.reports.schema import PeripheralSeen

Choices = list[tuple[str, str]]
LOGS: Final = [
    (kind.value, str(kind.label))
    for kind in (PartKind.APP_LOG, PartKind.TEAMS_LOG, PartKind.AGENT_LOG)
]


class ParametersForm(forms.Form):
    """The base of every form for parameters; this one asks nothing."""

    def told(self) -> dict[str, Any]:
        """What was chosen, as the action's schema reads it."""
        return {}


class CacheForm(ParametersForm):
    """Which caches are emptied."""

    teams_cache = forms.BooleanField(label="Empty the cache of Teams as well", required=False)

    def told(self) -> dict[str, Any]:
        """As ClearCache reads it."""
        return {"teams_cache": self.cleaned_data["teams_cache"]}


class UsbForm(ParametersForm):
    """One port or hub of the newest report."""

    place = forms.ChoiceField(
        label="Port or hub",
        help_text="From the newest report; what is not connected stands first.",
        error_messages={
            "required": "Choose a port or hub.",
            "invalid_choice": "The newest report names none such. Choose one of the list.",
        },
    )

    def told(self) -> dict[str, Any]:
        """As ResetUsb reads it."""
        target, _, at = self.cleaned_data["place"].partition(":")
        return {"target": target, "at": at}


class VersionForm(ParametersForm):
    """A known release of what every device has."""

    version = forms.ChoiceField(
        label="Version",
        help_text="Known releases, newest first.",
        error_messages={
            "required": "Choose a version.",
            "invalid_choice": "There is no such version. Choose one of the list.",
        },
    )

    def told(self) -> dict[str, Any]:
        """As AppVersion, OsVersion and AgentVersion read it."""
        return {"version": self.cleaned_data["version"]}


class ReleaseForm(ParametersForm):
    """A known release of something with a name of its own: a peripheral, or a driver."""

    release = forms.ChoiceField(
        label="What, and to which version",
        help_text="What the newest report names, with its known releases, newest first.",
        error_messages={
            "required": "Choose a version.",
            "invalid_choice": "There is no such version of it. Choose one of the list.",
        },
    )
    named = "model"

    def told(self) -> dict[str, Any]:
        """As FirmwareVersion and DriverVersion read it."""
        # No version has a bar in it; a name might.
        version, _, name = self.cleaned_data["release"].partition("|")
        return {self.named: name, "version": version}


class DriverForm(ReleaseForm):
    """A known release of a driver."""

    named = "driver"


class LogsForm(ParametersForm):
    """Which logs, of how many hours back from when it runs."""

    channels = forms.MultipleChoiceField(
        label="Event logs",
        choices=CHANNEL_CHOICES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    kinds = forms.MultipleChoiceField(
        label="Other logs and queries",
        choices=[*LOGS, *QUERY_CHOICES],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    hours = forms.ChoiceField(label="Entries of the last", choices=HOURS, initial="24")

    def clean(self) -> dict[str, Any]:
        """At least one thing to collect."""
        typed: dict[str, Any] = super().clean() or {}
        if not self.errors and not (typed["channels"] or typed["kinds"]):
            raise forms.ValidationError("Choose at least one thing to collect.")
        return typed

    def told(self) -> dict[str, Any]:
        """As CollectLog reads it."""
        typed = self.cleaned_data
        events = [
            {"kind": PartKind.EVENT_LOG.value, "channel": channel} for channel in typed["channels"]
        ]
        others = [{"kind": kind} for kind in typed["kinds"]]
        return {"parts": [*events, *others], "hours": int(typed["hours"])}


FORMS: Final[dict[type[schemas.Parameters], type[ParametersForm]]] = {
    schemas.Nothing: ParametersForm,
    schemas.ClearCache: CacheForm,
    schemas.ResetUsb: UsbForm,
    schemas.AppVersion: VersionForm,
    schemas.OsVersion: VersionForm,
    schemas.AgentVersion: VersionForm,
    schemas.FirmwareVersion: ReleaseForm,
    schemas.DriverVersion: DriverForm,
    schemas.CollectLog: LogsForm,
}


def parameters_form(
    action: Action,
    devices: Sequence[DeviceNow],
    releases: KnownReleases,
    sent: Mapping[str, Any] | None = None,
    told: Mapping[str, Any] | None = None,
) -> ParametersForm:
    """The form of an action, with what these devices let one choose.

    `sent` is what was posted; `told` are parameters to begin with, else the likeliest choice.
    """
    form = FORMS[action.parameters](sent, initial=_initial(told or {}))
    for name, field in form.fields.items():
        fill = FILL.get(name)
        if fill is None or not isinstance(field, forms.ChoiceField):
            continue
        choices = fill(action, devices, releases)
        field.choices = choices
        if choices and form.initial.get(name) not in dict(choices):
            form.initial[name] = choices[0][0]
        if not choices:
            field.help_text = "The newest report names nothing to choose from."
    return form


def _initial(told: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters as the fields hold them."""
    initial = dict(told)
    if "at" in told:
        initial["place"] = f"{told['target']}:{told['at']}"
    for name in ("model", "driver"):
        if name in told:
            initial["release"] = f"{told['version']}|{told[name]}"
    if "parts" in told:
        initial["channels"] = [one["channel"] for one in told["parts"] if one.get("channel")]
        initial["kinds"] = [one["kind"] for one in told["parts"] if not one.get("channel")]
        initial["hours"] = str(told["hours"])
    return initial


def _places(action: Action, devices: Sequence[DeviceNow], releases: KnownReleases) -> Choices:
    """Ports with what hangs there, lost things first; then hubs."""
    seen = [one for device in devices if device.report for one in device.report.peripherals]
    ports: dict[str, list[PeripheralSeen]] = {}
    hubs: dict[str, list[PeripheralSeen]] = {}
    for one in seen:
        if one.port:
            ports.setdefault(one.port, []).append(one)
        if one.parent:
            hubs.setdefault(one.parent, []).append(one)
    return [
        *_listed(UsbTarget.PORT, "", ports),
        *_listed(UsbTarget.HUB, "Hub with ", hubs),
    ]


def _listed(target: UsbTarget, what: str, found: Mapping[str, list[PeripheralSeen]]) -> Choices:
    rows = []
    for at, hung in found.items():
        lost = sorted({one.name for one in hung if not (one.connected and one.usable)})
        names = ", ".join(sorted({one.name for one in hung}))
        label = f"{what}{names}" if target == UsbTarget.HUB else f"{at}: {names}"
        words = f" (not connected: {', '.join(lost)})" if lost else ""
        rows.append((not lost, label, (f"{target.value}:{at}", f"{label}{words}")))
    return [choice for *_, choice in sorted(rows)]


def _versions(action: Action, devices: Sequence[DeviceNow], releases: KnownReleases) -> Choices:
    """Known releases for the platforms of these devices, with what is installed."""
    schema = action.parameters
    assert issubclass(schema, ToVersion)  # noqa: S101 - the form is of such a schema
    component, there = schema.component, set[str]()
    for device in devices:
        if device.report is not None:
            there |= installed(device.report, schema.model_construct(version=""))
    known = dict.fromkeys(
        version
        for platform in dict.fromkeys(device.platform for device in devices)
        for version in releases.versions(component, platform)
    )
    return [(one, f"{one} (installed)" if one in there else one) for one in known]


def _releases(action: Action, devices: Sequence[DeviceNow], releases: KnownReleases) -> Choices:
    """Known releases of what these devices name."""
    schema = action.parameters
    assert issubclass(schema, ToVersion)  # noqa: S101 - the form is of such a schema
    component = schema.component
    there: dict[str, set[str]] = {}
    for name, version in _named(component, devices):
        there.setdefault(name, set()).add(version)
    return [
        (f"{version}|{name}", _release_words(name, version, there[name]))
        for name in sorted(there)
        for version in releases.versions(component, name)
    ]


def _named(component: Component, devices: Sequence[DeviceNow]) -> Iterable[tuple[str, str]]:
    for device in devices:
        if device.report is None:
            continue
        if component is Component.FIRMWARE:
            yield from ((one.name, one.firmware) for one in device.report.peripherals)
        else:
            yield from ((one.component, one.installed) for one in device.report.versions)


def _release_words(name: str, version: str, there: set[str]) -> str:
    others = ", ".join(sorted(one for one in there if one))
    if version in there:
        return f"{name}: {version} (installed)"
    return f"{name}: {version} (now {others})" if others else f"{name}: {version}"


Fill = Callable[[Action, Sequence[DeviceNow], KnownReleases], Choices]
FILL: Final[dict[str, Fill]] = {"place": _places, "version": _versions, "release": _releases}
