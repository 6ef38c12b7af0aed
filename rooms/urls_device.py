"""The addresses of the device surface; everything is plain ASCII, for paths are signed."""

from django.urls import path

from rooms.views.device_api import commands, document, enrolments, reports

app_name = "device_api"

urlpatterns = [
    path("reports", reports.report_create, name="report_create"),
    path("enrolments", enrolments.enrolment_begin, name="enrolment_begin"),
    path("enrolments/<str:challenge>", enrolments.enrolment_complete, name="enrolment_complete"),
    path("keys", enrolments.key_create, name="key_create"),
    path("commands", commands.commands, name="commands"),
    path("commands/<uuid:command>/answer", commands.command_answer, name="command_answer"),
    path("commands/<uuid:command>/progress", commands.command_progress, name="command_progress"),
    path("command-keys", commands.command_keys, name="command_keys"),
    path("leave", commands.leave, name="leave"),
    path("openapi.json", document.document, name="document"),
    path("healthz", document.healthz, name="healthz"),
]
