"""A collected file: read on its page, and taken away once where that is offered."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup

from access.residency import region
from diagnostics.models import CollectionFile, Download
from tests.acts import granted
from tests.diagnostics.collections import HEALTH, OWNER, VIEW
from tests.diagnostics.sending import APP
from tests.rooms.incidents import acts

LINES = (
    b"2026-11-22T08:31:07.123Z [Error] [Devices] Camera gone\r\n"
    b"2026-11-22T08:31:08.123Z [Info] [Auth] Signed in as mara.lindqvist@contoso.example\r\n"
)


@pytest.fixture
def page(tenant, ready, settings) -> str:
    settings.DIAGNOSTICS_DOWNLOADS = True
    ready((APP, "app_log", LINES))
    with region("eu"):
        file = CollectionFile.objects.using(OWNER).get()
    return f"/t/{tenant.reference}/files/{file.reference}/"


def secret_of(response) -> str:
    assert response.status_code == 200
    (field,) = BeautifulSoup(response.content, "html.parser").select("input[name=secret]")
    return str(field["value"])


@pytest.fixture
def client(sign_in, asha, bo, tenant, page):
    granted(asha, tenant, [bo], VIEW)
    return sign_in(asha)


def test_file_is_taken_once_with_its_watermark(client, page, superuser):
    secret = secret_of(client.post(page, {"reason": "Send it to the maker"}))
    taken = client.post(f"{page}download/", {"secret": secret})
    assert taken.status_code == 200
    assert taken.headers["Content-Disposition"].startswith("attachment; filename=")
    lines = [json.loads(line) for line in taken.content.splitlines()]
    assert lines[0] == lines[-1]
    assert lines[0]["taken_by"] == "Asha"
    assert next(line["text"] for line in lines[1:-1]) == "Camera gone"
    assert b"lindqvist" not in taken.content
    assert client.post(f"{page}download/", {"secret": secret}).status_code == 403
    subject = acts(superuser, "file.%")
    assert [kind for kind, _, _ in subject] == ["file.download_made", "file.downloaded"]


def test_link_ends_after_ten_minutes(client, page, held_clock):
    secret = secret_of(client.post(page, {"reason": "Send it to the maker"}))
    held_clock.shift(timedelta(minutes=10, seconds=5))
    assert client.post(f"{page}download/", {"secret": secret}).status_code == 403


def test_link_ends_with_the_grant(sign_in, asha, bo, tenant, page, held_clock):
    grant = granted(asha, tenant, [bo], VIEW)
    client = sign_in(asha)
    held_clock.hold(grant.ends_at - timedelta(seconds=30))
    secret = secret_of(client.post(page, {"reason": "Send it to the maker"}))
    with region("eu"):
        assert Download.objects.using(OWNER).get().ends_at == grant.ends_at
    held_clock.hold(grant.ends_at)
    assert client.post(f"{page}download/", {"secret": secret}).status_code == 403


def test_link_is_nobody_elses(client, sign_in, bea, page):
    secret = secret_of(client.post(page, {"reason": "Send it to the maker"}))
    assert sign_in(bea).post(f"{page}download/", {"secret": secret}).status_code == 403


def test_link_is_not_used_by_looking(client, page):
    secret_of(client.post(page, {"reason": "Send it to the maker"}))
    assert client.get(f"{page}download/").status_code == 405


@pytest.mark.parametrize("reason", ["", "…"])
def test_without_a_reason_there_is_no_link(client, page, reason):
    assert client.post(page, {"reason": reason}).status_code == 422


def test_not_offered_says_so(client, page, settings):
    settings.DIAGNOSTICS_DOWNLOADS = False
    assert "switched off" in client.get(page).content.decode()
    assert client.post(page, {"reason": "Send it to the maker"}).status_code == 422


def test_too_large_a_file_is_not_offered(client, page):
    with region("eu"):
        CollectionFile.objects.using(OWNER).update(stored_bytes=33 * 1024 * 1024)
    assert "larger than one download" in client.get(page).content.decode()


def test_closed_file_holds_no_value(sign_in, asha, bo, tenant, page):
    granted(asha, tenant, [bo], HEALTH)
    text = sign_in(asha).get(page).content.decode()
    assert "SkypeRoomSystem" not in text
