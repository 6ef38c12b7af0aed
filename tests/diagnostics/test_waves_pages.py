"""The pages of waves: drafting one, its plan, votes without a grant, and what holds it."""

from __future__ import annotations

import re

import pytest
from bs4 import BeautifulSoup
from django.db import connections
from django.test.utils import CaptureQueriesContext

from access.residency import region
from diagnostics.models import Remediation, RemediationNotice, RemediationVote, Wave
from tests.acts import granted
from tests.diagnostics.collections import OWNER
from tests.diagnostics.waves import (
    DIGEST,
    HEALTH,
    INVENTORY,
    RESTART,
    item_of,
    now_of,
    planned,
    rings_for,
    wave_of,
)
from tests.factories import computer_of, furnish
from tests.people import code_of


def words(response) -> str:
    return BeautifulSoup(response.content, "html.parser").get_text(" ", strip=True)


@pytest.fixture
def devices(tenant) -> list:
    small = furnish(tenant, rooms=4)
    return [computer_of(tenant, room.pk) for room in small.rooms]


@pytest.fixture
def waves(tenant) -> str:
    return f"/t/{tenant.reference}/waves/"


def page_of(wave: Wave) -> str:
    return f"/t/{wave.tenant_reference}/waves/{wave.reference}/"


def vote(client, wave: Wave, staff, answer: str = "approve", **changed: str):
    sent = {"answer": answer, "reason": "", "digest": wave.digest, "code": code_of(staff)}
    return client.post(f"{page_of(wave)}decide/", sent | changed)


# -- Drafting -------------------------------------------------------------------------------------


def draft_form(client, address: str) -> dict[str, str]:
    """What the browser would send: the fields of the form as they are shown."""
    soup = BeautifulSoup(client.get(address).content, "html.parser")
    form = soup.find("form", method="post", attrs={"action": re.compile("^.action=")})
    fields = {}
    for field in form.find_all(["input", "select", "textarea"]):
        kind = field.get("type", "")
        if kind in ("checkbox", "radio") and not field.has_attr("checked"):
            continue
        fields[field["name"]] = field.get("value", "on" if kind == "checkbox" else "")
    return fields


def test_drafting_is_closed_without_the_grants(sign_in, asha, bo, tenant, waves, devices):
    granted(asha, tenant, [bo], RESTART)
    response = sign_in(asha).get(f"{waves}new/?action=restart_app")
    assert "Drafting a wave of this tenant" in words(response)
    assert devices[0].room.ring not in response.content.decode()
    assert sign_in(asha).post(f"{waves}new/?action=restart_app", {}).status_code == 403


def test_wave_is_drafted_for_what_matches(sign_in, asha, bo, tenant, waves, devices):
    granted(asha, tenant, [bo], RESTART, HEALTH, INVENTORY)
    client = sign_in(asha)
    address = f"{waves}new/?action=restart_app&ring={devices[0].room.ring}"
    assert "on 1 device" in words(client.get(address))
    sent = draft_form(client, address)
    response = client.post(f"{waves}new/?action=restart_app", sent | {"reason": "It hangs"})
    assert response.status_code == 303
    with region("eu"):
        wave = Wave.objects.using(OWNER).get()
    assert wave.state == "draft"
    assert wave.selection == {"ring": [devices[0].room.ring]}
    assert [one["name"] for one in wave.rings] == [devices[0].room.ring]
    assert "The plan is being worked out" in words(client.get(response["Location"]))
    # The list of rooms writes several values of a filter with commas.
    assert "on 1 device" in words(
        client.get(f"{waves}new/?action=restart_app&status=unhealthy,warning")
    )


def test_selection_that_is_not_the_page_s_own_drafts_nothing(
    sign_in, asha, bo, tenant, waves, devices
):
    granted(asha, tenant, [bo], RESTART, HEALTH, INVENTORY)
    client = sign_in(asha)
    address = f"{waves}new/?action=restart_app"
    sent = draft_form(client, address) | {"reason": "It hangs"}
    text = sent["selection"]
    changed = text[:8] + ("a" if text[8] != "a" else "b") + text[9:]
    response = client.post(address, sent | {"selection": changed})
    assert response.status_code == 400
    assert "changed on its way" in words(response)
    # One that was made for another action does not fit either.
    assert client.post(f"{waves}new/?action=restart_device", sent).status_code == 400
    without = {name: value for name, value in sent.items() if not name.endswith("-part")}
    response = client.post(address, without | {"reason": "It hangs again"})
    assert response.status_code == 422
    assert "Choose at least one ring" in words(response)
    assert "It hangs again" in response.content.decode()
    with region("eu"):
        assert not Wave.objects.using(OWNER).exists()


def test_selection_that_matches_others_by_now_is_refused(
    sign_in, asha, bo, tenant, waves, devices, superuser
):
    granted(asha, tenant, [bo], RESTART, HEALTH, INVENTORY)
    client = sign_in(asha)
    address = f"{waves}new/?action=restart_app"
    sent = draft_form(client, address) | {"reason": "It hangs"}
    superuser["eu"].execute(
        "update rooms_device set state = 'unenrolled' where id = %s", [devices[0].pk]
    )
    response = client.post(address, sent)
    assert response.status_code == 409
    assert "Nothing was drafted" in words(response)
    again = draft_form(client, address)
    assert client.post(address, again | {"reason": "It hangs"}).status_code == 303


# -- The plan and the votes -----------------------------------------------------------------------


def test_approver_decides_without_a_grant(sign_in, asha, bo, tenant, devices):
    wave = planned(asha, tenant, devices)
    client = sign_in(bo)
    text = words(client.get(page_of(wave)))
    assert "4 devices, 1 left out" in text
    assert DIGEST in text
    assert "Nothing is heard of the device" in text
    assert vote(client, wave, bo).status_code == 303
    now = now_of(wave)
    assert (now.state, now.mover) == ("approved", "approver")
    assert now.approval_ends_at is not None
    with region("eu"):
        notice = RemediationNotice.objects.using(OWNER).get()
    assert (notice.staff_id, notice.code) == (asha.pk, "decided")


def test_more_than_ten_devices_take_two_votes(sign_in, asha, bo, bea, tenant, devices):
    wave = planned(asha, tenant, devices, votes_needed=2)
    vote(sign_in(bo), wave, bo)
    assert now_of(wave).state == "planned"
    assert "1 of 2 needed" in words(sign_in(bea).get(page_of(wave)))
    assert "You have voted" in words(sign_in(bo).get(page_of(wave)))
    vote(sign_in(bea), wave, bea)
    assert now_of(wave).state == "approved"


def test_vote_that_is_not_open_is_not_kept(sign_in, asha, bo, tenant, devices):
    wave = planned(asha, tenant, devices[:1])
    client = sign_in(bo)
    assert vote(client, wave, bo, digest="b" * 64).status_code == 409
    assert vote(client, wave, bo, code="000000").status_code == 422
    own = sign_in(asha)
    assert "Approvers of the tenant decide" in words(own.get(page_of(wave)))
    assert vote(own, wave, asha).status_code == 403
    assert now_of(wave).state == "planned"
    with region("eu"):
        assert not RemediationVote.objects.using(OWNER).exists()


def test_refusal_says_why_and_cancels(sign_in, asha, bo, tenant, devices):
    wave = planned(asha, tenant, devices)
    client = sign_in(bo)
    assert vote(client, wave, bo, "refuse").status_code == 422
    assert vote(client, wave, bo, "refuse", reason="Too many at once").status_code == 303
    assert (now_of(wave).state, now_of(wave).why) == ("cancelled", "Too many at once")
    assert "Too many at once" in words(client.get(page_of(wave)))


def test_plan_lists_every_device_and_who_is_left_out(sign_in, asha, tenant, devices):
    wave = planned(asha, tenant, devices)
    client = sign_in(asha)
    text = words(client.get(f"{page_of(wave)}plan/"))
    assert all(device.reference in text for device in devices)
    assert "Europe/Berlin" in text
    staging = words(client.get(f"{page_of(wave)}plan/?ring=Staging"))
    assert devices[0].reference in staging
    assert devices[1].reference not in staging
    assert "DV-0000AAAA" in words(client.get(f"{page_of(wave)}plan/?part=excluded"))


# -- Acting ---------------------------------------------------------------------------------------


MOVES = (
    ("approved", "start", "running"),
    ("running", "pause", "paused"),
    ("paused", "resume", "running"),
    ("running", "stop", "stopped"),
    ("planned", "cancel", "cancelled"),
)


def test_whoever_ordered_it_holds_it_without_a_grant(sign_in, asha, tenant, devices):
    client = sign_in(asha)
    for state, act, to in MOVES:
        wave = wave_of(asha, tenant, state=state, digest=DIGEST)
        page = f"{page_of(wave)}{act}/"
        assert client.get(page).status_code == 200
        sent = {"reason": "The help desk asks for it"}
        assert client.post(page, sent).status_code == 303, act
        now = now_of(wave)
        assert (now.state, now.mover, now.why) == (to, "requester", sent["reason"])


def test_act_that_is_not_open_changes_nothing(sign_in, asha, bo, tenant):
    running = wave_of(asha, tenant, state="running", digest=DIGEST)
    agreed = wave_of(asha, tenant, state="approved", digest=DIGEST)
    done = wave_of(asha, tenant, state="done", digest=DIGEST)
    client = sign_in(asha)
    assert client.post(f"{page_of(running)}stop/", {"reason": ""}).status_code == 422
    assert client.post(f"{page_of(done)}pause/", {"reason": "Wait"}).status_code == 409
    assert sign_in(bo).post(f"{page_of(agreed)}start/", {"reason": ""}).status_code == 403
    assert [now_of(one).state for one in (running, agreed, done)] == [
        "running", "approved", "done",
    ]  # fmt: skip


def test_approver_stops_it_and_whoever_ordered_it_is_told(sign_in, asha, bo, bea, tenant, devices):
    wave = planned(asha, tenant, devices, state="running")
    sent = {"reason": "Rooms do not come back"}
    assert sign_in(bo).post(f"{page_of(wave)}stop/", sent).status_code == 303
    with region("eu"):
        told = set(RemediationNotice.objects.using(OWNER).values_list("staff_id", "code"))
    assert told == {(asha.pk, "wave_stopped"), (bea.pk, "wave_stopped")}


def test_rolling_back_takes_an_approver_and_a_fresh_code(sign_in, asha, bo, tenant):
    restarts = wave_of(asha, tenant, state="stopped", digest=DIGEST)
    wave = wave_of(
        asha, tenant, state="stopped", digest=DIGEST, action="update_app",
        parameters={"version": "4.13.132.0"}, scope="remediate.update",
    )  # fmt: skip
    page = f"{page_of(wave)}roll-back/"
    sent = {"reason": "The firmware is bad"}
    assert sign_in(asha).post(page, sent | {"code": code_of(asha)}).status_code == 403
    client = sign_in(bo)
    assert "has no way back" in words(client.get(f"{page_of(restarts)}roll-back/"))
    assert client.post(page, sent).status_code == 422
    assert client.post(page, sent | {"code": code_of(bo)}).status_code == 303
    assert now_of(wave).state == "rolling_back"


def test_others_find_no_wave(sign_in, asha, casey, eli, tenant, waves, devices):
    wave = planned(asha, tenant, devices)
    assert sign_in(casey).get(page_of(wave)).status_code == 404
    assert sign_in(eli).get(page_of(wave)).status_code == 404
    response = sign_in(eli).get(waves)
    assert wave.reference not in response.content.decode()
    assert "The waves of others" in words(response)


# -- How far it is --------------------------------------------------------------------------------


@pytest.fixture
def running(asha, tenant, devices) -> Wave:
    """One that has worked, one that failed, one that waits and one that runs."""
    wave = wave_of(
        asha, tenant, state="stopped", mover="system", digest=DIGEST, devices=4,
        why="3 actions in a row failed.",
    )  # fmt: skip
    states = (
        ("succeeded", "success", "Staging"), ("failed", "failed", "Staging"),
        ("approved", "agreed", "General"), ("running", "working", "General"),
    )  # fmt: skip
    with region("eu"):
        rings_for(wave, {"Staging": 2, "General": 2})
        for place, (device, (state, reason, ring)) in enumerate(zip(devices, states, strict=True)):
            item_of(wave, device, state=state, reason_code=reason, ring=ring, place=place)
    return wave


def test_page_counts_by_ring_and_says_why_it_stopped(sign_in, asha, running):
    response = sign_in(asha).get(page_of(running))
    text = words(response)
    assert "It stopped itself: 3 actions in a row failed." in text
    assert "1 seen to have worked, 1 failed" in text
    assert "1 under way, 1 waiting" in text
    picture = BeautifulSoup(response.content, "html.parser").find("svg", role="img")
    assert picture["aria-label"].startswith("Rings from the inside out. Staging: 1 seen")
    assert {path["class"][0] for path in picture.find_all("path")} == {
        "ok", "bad", "brand", "none",
    }  # fmt: skip


def test_approver_without_a_grant_sees_what_can_be_stopped(sign_in, bo, running):
    text = words(sign_in(bo).get(page_of(running)))
    assert "2 sent or ended, closed to you" in text
    assert "seen to have worked" not in text.replace("0 seen", "")
    assert "open with access to health" in text


def test_page_costs_the_same_however_many_devices(sign_in, asha, tenant, running, devices):
    """Counted in the database: the statements of the page do not grow."""
    client = sign_in(asha)
    client.get(page_of(running))
    with CaptureQueriesContext(connections["eu"]) as few:
        client.get(page_of(running))
    with region("eu"):
        Remediation.objects.using(OWNER).filter(wave=running, state="succeeded").update(ring="X")
    with CaptureQueriesContext(connections["eu"]) as more:
        client.get(page_of(running))
    assert len(more) == len(few)


def test_page_asks_for_news_and_gets_none(sign_in, asha, tenant, devices):
    wave = planned(asha, tenant, devices, state="running")
    client = sign_in(asha)
    soup = BeautifulSoup(client.get(page_of(wave)).content, "html.parser")
    asks = soup.find(id="wave-live")["hx-get"]
    headers = {"HX-Request": "true", "HX-Target": "wave-live"}
    assert client.get(page_of(wave) + asks, headers=headers).status_code == 204
    with region("eu"):
        Remediation.objects.using(OWNER).filter(wave=wave, ring="Staging").update(state="approved")
        Remediation.objects.using(OWNER).filter(wave=wave, ring="Staging").update(
            state="failed", reason_code="failed"
        )
    news = client.get(page_of(wave) + asks, headers=headers)
    assert news.status_code == 200
    assert "2 failed" in words(news)
    assert b"<html" not in news.content
