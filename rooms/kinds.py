"""What a room, device or peripheral is: words that tables, reports and signals share."""

from __future__ import annotations

from django.db import models


class Platform(models.TextChoices):
    """What the device runs; severities of signals depend on it."""

    WINDOWS = "windows", "Windows"
    ANDROID = "android", "Android"


class DeviceKind(models.TextChoices):
    """What the device is for."""

    COMPUTE = "compute", "Compute"
    CONSOLE = "console", "Touch console"
    VIDEO_BAR = "video_bar", "Video bar"
    PANEL = "panel", "Panel"


class PeripheralKind(models.TextChoices):
    """What the peripheral does."""

    CAMERA = "camera", "Camera"
    CONTENT_CAMERA = "content_camera", "Content camera"
    MICROPHONE = "microphone", "Microphone"
    SPEAKER = "speaker", "Speaker"
    SPEAKERPHONE = "speakerphone", "Speakerphone"
    FRONT_DISPLAY = "front_display", "Front of room display"
    CONSOLE_DISPLAY = "console_display", "Console display"
    HDMI_INGEST = "hdmi_ingest", "HDMI ingest"
    MOTION_SENSOR = "motion_sensor", "Motion sensor"
    HUB = "hub", "USB hub"


class RoomType(models.TextChoices):
    """The published room sizes."""

    FOCUS = "focus", "Focus"
    SMALL = "small", "Small"
    MEDIUM = "medium", "Medium"
    LARGE = "large", "Large"
