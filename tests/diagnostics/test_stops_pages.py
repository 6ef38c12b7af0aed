"""Emergency stops of the queue: placed by one person at once, released by two approvers."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from django.db import ProgrammingError

from access.residency import REGIONS, region
from diagnostics.models import EmergencyStop, Wave
from tests.diagnostics.waves import planned, standing
from tests.factories import computer_of, furnish
from tests.outage import down
from tests.people import code_of

PAGE = "/remediation/stops/"
STOP = {"level": "everything", "tenant": "", "action": "", "reason": "A bad firmware is out"}


def words(response) -> str:
    return BeautifulSoup(response.content, "html.parser").get_text(" ", strip=True)


def rows() -> list[EmergencyStop]:
    found = []
    for alias in REGIONS:
        with region(alias):
            found += EmergencyStop.objects.using(f"{alias}_owner").order_by("placed_at")
    return found


def release(client, staff, **changed: str):
    soup = BeautifulSoup(client.get(PAGE).content, "html.parser")
    link = soup.find("a", href=lambda href: href and href.endswith("/release/"))["href"]
    form = BeautifulSoup(client.get(link).content, "html.parser")
    seen = form.find("input", attrs={"name": "seen"})["value"]
    sent = {"seen": seen, "reason": "The maker took it back", "code": code_of(staff)}
    return client.post(link, sent | changed)


def test_everything_is_stopped_in_every_region(sign_in, asha):
    assert sign_in(asha).post(PAGE, STOP).status_code == 303
    placed = rows()
    assert len(placed) == len(REGIONS)
    assert {(one.level, one.placed_by_label) for one in placed} == {("everything", asha.name)}
    text = words(sign_in(asha).get(PAGE))
    assert "All remediation" in text
    assert "A bad firmware is out" in text


def test_tenant_is_stopped_in_its_own_region(sign_in, bo, tenant):
    sent = STOP | {"level": "tenant", "tenant": tenant.reference}
    assert sign_in(bo).post(PAGE, sent).status_code == 303
    (stop,) = rows()
    assert (stop.target, stop.stopped_tenant_id) == (tenant.reference, tenant.pk)


def test_stop_that_may_not_be_placed_is_not(sign_in, asha, dana, other_tenant):
    client = sign_in(asha)
    others = STOP | {"level": "tenant", "tenant": other_tenant.reference}
    assert client.post(PAGE, others).status_code == 422
    assert client.post(PAGE, STOP | {"reason": " "}).status_code == 422
    assert sign_in(dana).post(PAGE, STOP).status_code == 403
    assert rows() == []
    client.post(PAGE, STOP)
    assert "All remediation" in words(sign_in(dana).get(PAGE))


def test_release_that_is_not_open_changes_nothing(sign_in, asha, bo):
    client = sign_in(asha)
    client.post(PAGE, STOP)
    page = f"{PAGE}{rows()[0].reference}/release/"
    assert "Approvers release" in words(client.get(page))
    assert client.post(page, {"seen": "x"}).status_code == 403
    approver = sign_in(bo)
    assert release(approver, bo, seen="another").status_code == 409
    assert release(approver, bo, code="000000").status_code == 422
    assert all(one.release_asked_at is None for one in rows())


def test_two_approvers_release_it(sign_in, asha, bo, bea, tenant):
    sign_in(asha).post(PAGE, STOP)
    assert release(sign_in(bo), bo).status_code == 303
    with pytest.raises(ProgrammingError, match="second person"), standing(bo, tenant, "stop"):
        EmergencyStop.objects.update(released_by_person=bo.person_id, released_by_label=bo.name)
    assert all(one.release_asked_by_label == bo.name for one in rows())
    assert "You asked for the release" in words(sign_in(bo).get(PAGE))
    assert release(sign_in(bea), bea).status_code == 303
    assert all(one.released_by_label == bea.name for one in rows())
    text = words(sign_in(bo).get(PAGE))
    assert "No stop of remediation is in force." in text
    assert "The maker took it back" in text


def test_region_that_does_not_answer_is_named(sign_in, asha):
    with down("us"):
        response = sign_in(asha).post(PAGE, STOP)
    assert response.status_code == 503
    assert "Not stopped in" in words(response)
    assert len(rows()) == len(REGIONS) - 1


def test_stop_holds_the_start_of_a_wave_at_once(sign_in, asha, bo, tenant):
    small = furnish(tenant, rooms=1)
    wave = planned(asha, tenant, [computer_of(tenant, small.rooms[0].pk)], state="approved")
    sign_in(bo).post(PAGE, STOP | {"level": "action", "action": "restart_app"})
    client = sign_in(asha)
    page = f"/t/{tenant.reference}/waves/{wave.reference}/"
    assert "Emergency stop in force." in words(client.get(page))
    assert client.post(f"{page}start/", {"reason": ""}).status_code == 409
    with pytest.raises(ProgrammingError, match="emergency stop"), standing(asha, tenant):
        Wave.objects.filter(pk=wave.pk).update(state="running", mover="requester")
