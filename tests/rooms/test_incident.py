"""The page of one incident: closed, open scope by scope, and what it tells of its room."""

from __future__ import annotations

import pytest

from rooms.models import Device, RoomHealth, SignalState
from rooms.states import EntryKind, IncidentState
from tests.acts import granted
from tests.factories import computer_of, entry_of, furnish, incident_of, message_of
from tests.rooms.incidents import HEALTH, INVENTORY, WORK, url_of
from tests.rooms.pages import OVER, SHORT, leaks, main_of, poll, statements, text_of

CANARY = "Cnry words of the operator"


@pytest.fixture
def small(tenant):
    return furnish(tenant)


@pytest.fixture
def incident(tenant, small):
    device = computer_of(tenant, small.rooms[0].pk)
    return incident_of(small.rooms[0], device_id=device.pk, sentence=CANARY)


@pytest.fixture
def path(tenant, incident) -> str:
    return url_of(tenant, incident)


@pytest.fixture
def open_all(tenant, asha, bo):
    return granted(asha, tenant, [bo], HEALTH, INVENTORY, WORK)


def test_closed_shows_structure_and_no_value(sign_in, asha, small, incident, path):
    message_of(incident, CANARY)
    response = sign_in(asha).get(path)
    main = main_of(response)
    assert leaks(response, small) == []
    assert CANARY not in response.content.decode()
    assert "Front of room display" not in response.content.decode()
    assert len(main.select(".mask")) >= 5
    ask = main.find("a", string="Ask for access")["href"]
    assert "scope=inventory.view&scope=health.view" in ask
    assert f"incident={incident.reference}" in ask


def test_closed_is_the_same_whether_or_not_it_exists(sign_in, asha, tenant, incident, path):
    client, unknown = sign_in(asha), "INC-00000000"
    real, made_up = client.get(path), client.get(path.replace(incident.reference, unknown))
    assert real.status_code == made_up.status_code == 200
    assert text_of(real).replace(incident.reference, "X") == text_of(made_up).replace(unknown, "X")


def test_somebody_of_another_tenant_finds_no_page(sign_in, casey, path):
    assert sign_in(casey).get(path).status_code == 404


def test_open_shows_what_where_and_since_when(sign_in, asha, small, path, open_all):
    text = text_of(sign_in(asha).get(path))
    room = small.rooms[0]
    assert "Front of room display" in text
    assert CANARY in text
    assert room.name in text
    assert "(Europe/Berlin)" in text
    assert "local" in text
    assert "Important" in text
    assert "Pending investigation" in text


def test_freshness_says_last_next_and_watching(sign_in, asha, small, incident, path, open_all):
    now = incident.opened_at
    SignalState.objects.using("eu_owner").filter(device_id=incident.device_id).delete()
    SignalState.objects.using("eu_owner").create(
        tenant_id=incident.tenant_id,
        room_id=incident.room_id,
        device_id=incident.device_id,
        code=incident.code,
        category=incident.category,
        severity="important",
        state="watching",
        sentence="Seen once",
        since=now,
        faulty_since=now,
        last_evaluated_at=now,
        next_evaluation_at=now,
    )
    text = text_of(sign_in(asha).get(path))
    assert "Next evaluation with the next report" in text
    assert "not watching" not in text
    assert "Watching since" in text


def test_health_alone_names_no_room(sign_in, asha, bo, tenant, small, path):
    granted(asha, tenant, [bo], HEALTH)
    response = sign_in(asha).get(path)
    text = text_of(response)
    assert CANARY in text
    assert small.rooms[0].name not in response.content.decode()
    assert small.rooms[0].reference not in response.content.decode()
    assert "The room of this incident is closed" in text
    assert "Work on this incident is closed" in text


def test_work_is_asked_for_with_health_and_for_this_room_only(
    sign_in, asha, bo, tenant, small, incident, path
):
    granted(asha, tenant, [bo], HEALTH, INVENTORY)
    main = main_of(sign_in(asha).get(path))
    ask = main.find("a", string="Ask for access to this room")["href"]
    assert "scope=health.view&scope=incident.work" in ask
    assert f"room={small.rooms[0].reference}" in ask
    assert f"incident={incident.reference}" in ask


def test_messages_need_work(sign_in, asha, bo, tenant, incident, path):
    message_of(incident, "Cnry message")
    granted(asha, tenant, [bo], HEALTH, INVENTORY)
    client = sign_in(asha)
    assert "Cnry message" not in client.get(path).content.decode()
    granted(asha, tenant, [bo], HEALTH, WORK)
    assert "Cnry message" in text_of(client.get(path))


def test_grant_of_one_room_opens_its_incidents_only(
    sign_in, asha, bo, tenant, small, incident, path
):
    other = incident_of(small.rooms[1], "network", sentence="Cnry of another room")
    granted(asha, tenant, [bo], HEALTH, INVENTORY, WORK, rooms=[small.rooms[0].reference])
    client = sign_in(asha)
    assert CANARY in text_of(client.get(path))
    response = client.get(url_of(tenant, other))
    assert "This incident is closed" in text_of(response)
    assert "Cnry of another room" not in response.content.decode()


def test_grant_that_ended_closes_the_page(sign_in, asha, bo, tenant, path, held_clock):
    granted(asha, tenant, [bo], HEALTH, INVENTORY, WORK, duration=SHORT)
    client = sign_in(asha)
    assert CANARY in client.get(path).content.decode()
    held_clock.shift(OVER)
    response = client.get(path)
    assert "This incident is closed" in text_of(response)
    assert CANARY not in response.content.decode()


def test_no_such_incident_is_a_404_once_health_is_open(sign_in, asha, tenant, path, open_all):
    client = sign_in(asha)
    assert client.get(f"/t/{tenant.reference}/incidents/INC-00000000/").status_code == 404


def test_timeline_tells_the_service_people_and_who_looked(sign_in, asha, incident, path, open_all):
    entry_of(incident, EntryKind.AUTOMATIC, "restarted the app")
    entry_of(incident, EntryKind.NOTE, "Asked the site", by="Bo")
    client = sign_in(asha)
    client.get(path)
    lines = [line.get_text(" ", strip=True) for line in main_of(client.get(path)).select(".tl li")]
    assert any("Rooms Ops did an automatic step: restarted the app" in line for line in lines)
    assert any("Bo noted: Asked the site" in line for line in lines)
    assert any(
        f"Asha looked at this incident, under {open_all.reference}" in line for line in lines
    )


def test_who_looked_tells_of_this_incident_only(sign_in, asha, bo, tenant, small, path, open_all):
    client = sign_in(asha)
    client.get(f"/t/{tenant.reference}/rooms/{small.rooms[1].reference}/")
    assert "looked at its room" not in text_of(client.get(path))
    client.get(f"/t/{tenant.reference}/rooms/{small.rooms[0].reference}/")
    assert "looked at its room" in text_of(client.get(path))


def test_similar_incidents_of_other_rooms(sign_in, asha, small, path, open_all):
    client = sign_in(asha)
    assert "No other room of this tenant" in text_of(client.get(path))
    devices = {d.room_id: d for d in Device.objects.using("eu_owner").filter(kind="compute")}
    incident_of(small.rooms[1], device_id=devices[small.rooms[1].pk].pk)
    incident_of(small.rooms[2], "network")
    text = text_of(client.get(path))
    assert "1 other room of this tenant has this signal now" in text
    assert "0 of 1 other device with this signal are the same model" in text


def test_resolved_and_closed_say_what_comes_next(sign_in, asha, tenant, small, open_all):
    resolved = incident_of(small.rooms[1], "network", state=IncidentState.RESOLVED)
    closed = incident_of(small.rooms[1], "network", state=IncidentState.CLOSED)
    client = sign_in(asha)
    assert "within seven days" in text_of(client.get(url_of(tenant, resolved)))
    text = text_of(client.get(url_of(tenant, closed)))
    assert "is a new incident" in text
    assert "Resolve…" not in text


def test_poll_answers_204_until_something_is_written(sign_in, asha, incident, path, open_all):
    client = sign_in(asha)
    page = client.get(path)
    assert poll(client, "", page, "incident-live").status_code == 204
    entry_of(incident, EntryKind.NOTE, "News", by="Bo")
    changed = poll(client, "", page, "incident-live")
    assert changed.status_code == 200
    assert "News" in changed.content.decode()
    assert "<main" not in changed.content.decode()


def test_same_statements_for_a_long_timeline(sign_in, asha, small, incident, path, open_all):
    client = sign_in(asha)
    numbers = []
    for more in (1, 30):
        for number in range(more):
            entry_of(incident, EntryKind.NOTE, str(number), by="Bo")
        incident_of(small.rooms[1 + (more > 1)])
        client.get(path)
        with statements("default", "eu") as counted:
            client.get(path)
        numbers.append(counted.number)
    assert numbers[0] == numbers[1]


def test_view_is_recorded_for_the_incident(sign_in, asha, incident, path, open_all, superuser):
    sign_in(asha).get(path)
    rows = superuser["eu"].execute(
        "select outcome, subject_type, subject_reference, grant_references"
        " from access_auditevent where type = 'view.incident'"
    )
    assert rows.fetchall() == [("opened", "incident", incident.reference, [open_all.reference])]


def test_auditor_and_approver_see_it_closed(sign_in, bo, dana, path):
    for person in (bo, dana):
        response = sign_in(person).get(path)
        assert response.status_code == 200
        assert CANARY not in response.content.decode()


def test_subcontractor_may_work_under_a_grant(sign_in, eli, bo, tenant, path):
    granted(eli, tenant, [bo], HEALTH, WORK)
    assert CANARY in text_of(sign_in(eli).get(path))


def test_room_without_health_is_told(sign_in, asha, small, path, open_all):
    RoomHealth.objects.using("eu_owner").filter(room_id=small.rooms[0].pk).delete()
    SignalState.objects.using("eu_owner").all().delete()
    assert "No evaluation of this room is known" in text_of(sign_in(asha).get(path))
