"""Every address, asked by people who hold nothing, too little, or something else: no value leaks.

Every text of the tenant's data is a canary, a word that stands nowhere else. A page that shows
one to somebody without the grant for it fails here, whatever rule it forgot.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from access.checks import patterns
from access.models import Staff, Tenant
from access.scopes import Scope
from rooms.models import Incident, Room, RoomAccount, SignalSetting, Suppression
from rooms.states import EntryKind
from tests import people
from tests.acts import approved, ask, granted
from tests.architecture.collected import CASE, plant
from tests.diagnostics.waves import wave_of
from tests.factories import computer_of, entry_of, incident_of, message_of
from tests.fleet.seed import store_tenant
from tests.fleet.small import SmallTenant, small_tenant

COLLECTED = "CnryCollected"
# Sentence, note, author, message, and the reasons of a suppression and of a switch.
TROUBLE = tuple(f"CnryTrouble{number}" for number in range(6))
STATEFUL = ("access_accessrequest", "access_vote", "access_grant", "access_lockout")
PART = re.compile(r"<(?:(\w+):)?(\w+)>")


@dataclass
class World:
    """A tenant full of canaries, and one thing of every kind to put into addresses."""

    tenant: Tenant
    small: SmallTenant
    references: dict[str, str]

    @property
    def canaries(self) -> tuple[str, ...]:
        return (*self.small.canaries, *TROUBLE, COLLECTED)

    def addresses(self, part: str) -> Iterator[str]:
        """Every address with that part in it, filled in with this tenant's references."""
        for route, _ in patterns():
            if part not in route:
                continue
            filled = PART.sub(lambda part: self.references[part[2]], route)
            yield "/" + filled.replace("$", "").replace("^", "")


@pytest.fixture
def world(tenant, asha, bo, bea, vault, as_worker, as_web) -> World:
    small = small_tenant(tenant.pk, tenant.reference, at=timezone.now())
    store_tenant(small.made, using="eu_owner")
    room: Room = small.rooms[0]
    device = computer_of(tenant, room.pk)
    as_worker()
    found = plant(tenant, device, COLLECTED)
    as_web()
    request = ask(asha, tenant, Scope.HEALTH_VIEW)
    grant = approved(asha, tenant, [bo], Scope.DIAGNOSTICS_VIEW)
    return World(
        tenant,
        small,
        {
            "tenant": tenant.reference,
            "person": str(asha.pk),
            "room": room.reference,
            "device": device.reference,
            "incident": trouble(room).reference,
            "collection": found.collection,
            "file": found.file,
            "query": found.query,
            "line": str(found.line),
            "hold": found.hold,
            "case": found.case,
            "wave": wave_of(asha, tenant).reference,
            "act": "pause",
            "policy": "RP-00000000",
            "settings": "RS-00000000",
            "remediation": "RJ-00000000",
            "reference": request.reference,
            "grant": grant.reference,
            "day": "2026-11-22",
            "event": "00000000-0000-0000-0000-000000000000",
            "stop": "00000000-0000-0000-0000-000000000000",
            "pk": "00000000-0000-0000-0000-000000000000",
            "number": "1",
        },
    )


def trouble(room: Room) -> Incident:
    """An incident of the room with everything that hangs on it, each text a canary."""
    incident = incident_of(room, sentence=TROUBLE[0])
    entry_of(incident, EntryKind.NOTE, TROUBLE[1], by=TROUBLE[2])
    message_of(incident, TROUBLE[3])
    now = timezone.now()
    by = {"by_id": uuid.uuid4(), "by_label": TROUBLE[2], "tenant_id": room.tenant_id}
    Suppression.objects.using("eu_owner").create(
        **by,
        reference="SU-2345ABCD",
        room_id=room.pk,
        code="network",
        reason=TROUBLE[4],
        begins_at=now,
        ends_at=now + timedelta(days=1),
    )
    SignalSetting.objects.using("eu_owner").create(
        **by, code="network", enabled=False, reason=TROUBLE[5], changed_at=now
    )
    return incident


def leaks(client: Client, world: World, words: tuple[str, ...], part: str = "") -> list[str]:
    """Which addresses answer with one of the words, in the body or in a header; or break."""
    found = []
    for address in world.addresses(part):
        # The page as it comes, and as a fragment with a search and a peek that try to lure more.
        lure = "?panel=" + world.references["room"] + "&q=Cnry"
        for query, headers in (("", {}), (lure, {"HX-Request": "true"})):
            response = client.get(address + query, headers=headers)
            text = response.content.decode(errors="replace") + str(response.headers)
            if response.status_code >= 500:
                found.append(f"{address}{query} answered {response.status_code}")
            found += [f"{address}{query} shows {word}" for word in words if word in text]
    return found


def rows(superuser) -> list[int]:
    return [
        superuser["eu"].execute(f"select count(*) from {table}").fetchone()[0] for table in STATEFUL
    ]


def test_nobody_signed_in_sees_a_value_36(world, superuser):
    before = rows(superuser)
    assert leaks(Client(), world, world.canaries) == []
    assert rows(superuser) == before


@pytest.mark.parametrize("who", ["asha", "bo", "casey", "dana", "eli"])
def test_nobody_without_a_grant_sees_a_value_36(request, world, sign_in, superuser, who):
    person: Staff = request.getfixturevalue(who)
    before = rows(superuser)
    assert leaks(sign_in(person), world, world.canaries) == []
    assert rows(superuser) == before, "a GET changed something"


def test_the_crawl_would_notice(world, asha, bo, sign_in):
    """The same crawl with a grant does find canaries, so it looks in the right places."""
    granted(asha, world.tenant, [bo], Scope.INVENTORY_VIEW)
    assert leaks(sign_in(asha), world, world.canaries) != []


def test_grant_of_one_room_shows_nothing_of_another_68(world, asha, bo, sign_in):
    here, *others = world.small.rooms
    granted(asha, world.tenant, [bo], Scope.INVENTORY_VIEW, rooms=[here.reference])
    client = sign_in(asha)
    assert (
        here.name
        in client.get(f"/t/{world.tenant.reference}/rooms/{here.reference}/").content.decode()
    )
    elsewhere = tuple(room.name for room in others)
    assert leaks(client, world, elsewhere) == []
    for room in others:
        world.references["room"] = room.reference
        assert leaks(client, world, (room.name,), "rooms/") == []


def test_work_on_one_room_shows_no_trouble_of_another_68(world, asha, bo, sign_in):
    """Messages, notes and suppressions of a room, to somebody who works in the next one."""
    scopes = (Scope.HEALTH_VIEW, Scope.INCIDENT_WORK, Scope.INVENTORY_VIEW)
    granted(asha, world.tenant, [bo], *scopes, rooms=[world.small.rooms[1].reference])
    assert leaks(sign_in(asha), world, TROUBLE) == []


def test_case_of_another_tenant_is_not_seen(world, casey, asha, sign_in):
    for client in (Client(), sign_in(casey)):
        assert leaks(client, world, (CASE,), "cases/") == []
    assert leaks(sign_in(asha), world, (CASE,), "cases/") != []


LOOKS = {
    Scope.DIAGNOSTICS_VIEW: ("logs/", "files/", "queries/"),
    Scope.ACTIVITY_VIEW: ("activity/",),
}


@pytest.mark.parametrize("scope", LOOKS)
def test_crawl_would_notice_what_was_collected(world, asha, bo, bea, sign_in, scope):
    """Each page of content shows the canary under its own scope, and under no other."""
    deciders = [bo, bea] if scope == Scope.ACTIVITY_VIEW else [bo]
    granted(asha, world.tenant, deciders, scope)
    client = sign_in(asha)
    for by, parts in LOOKS.items():
        for part in parts:
            assert bool(leaks(client, world, (COLLECTED,), part)) == (by == scope), part


def test_work_on_incidents_shows_nothing_that_was_collected(world, asha, bo, sign_in):
    """Health shows that there is a collection and why, and nothing of what came of it."""
    granted(asha, world.tenant, [bo], Scope.INVENTORY_VIEW, Scope.INCIDENT_WORK)
    assert leaks(sign_in(asha), world, (COLLECTED,)) == []


def test_end_of_a_grant_closes_what_was_collected(world, asha, bo, bea, sign_in, held_clock):
    grant = granted(asha, world.tenant, [bo, bea], *LOOKS)
    client = sign_in(asha)
    assert leaks(client, world, (COLLECTED,), "logs/") != []
    held_clock.hold(grant.ends_at)
    for parts in LOOKS.values():
        for part in parts:
            assert leaks(client, world, (COLLECTED,), part) == []


def test_health_shows_no_message_to_the_customer(world, asha, bo, sign_in):
    granted(asha, world.tenant, [bo], Scope.HEALTH_VIEW, Scope.INVENTORY_VIEW)
    client = sign_in(asha)
    assert leaks(client, world, TROUBLE[3:4]) == []
    assert leaks(client, world, TROUBLE[:1]) != []


def test_grant_of_inventory_shows_no_account_69(world, asha, bo, sign_in):
    granted(asha, world.tenant, [bo], Scope.INVENTORY_VIEW, Scope.HEALTH_VIEW)
    accounts = RoomAccount.objects.using("eu_owner").filter(tenant_id=world.tenant.pk)
    words = tuple(account.display_name for account in accounts) + tuple(
        account.upn for account in accounts
    )
    assert len(words) > 2
    assert leaks(sign_in(asha), world, words) == []


def test_grant_of_another_tenant_shows_nothing_here_68(world, other_tenant, casey, sign_in):
    ben = people.person("ben", decides=[other_tenant])
    granted(casey, other_tenant, [ben], Scope.INVENTORY_VIEW, Scope.HEALTH_VIEW)
    assert leaks(sign_in(casey), world, world.canaries) == []


def plain(page: HttpResponse, *own: str) -> str:
    """A page without what differs from one request to the next, and without its own references."""
    text = page.content.decode()
    for reference in own:
        text = text.replace(reference, "REFERENCE").replace(reference.lower(), "REFERENCE")
    text = re.sub(r"[A-Za-z0-9]{64}", "TOKEN", text)
    text = re.sub(r'(data-now|datetime|title)="[^"]*"', "", text)
    return re.sub(r"\d+ s(ec)? ago|\d\d:\d\d(:\d\d)?", "", text)


def test_unknown_and_foreign_references_look_the_same_153(world, other_tenant, asha, sign_in):
    client = sign_in(asha)
    references = ("TN-00000000", other_tenant.reference)
    pages = [client.get(f"/t/{reference}/") for reference in references]
    assert [page.status_code for page in pages] == [404, 404]
    assert plain(pages[0], *references) == plain(pages[1], *references)


def test_closed_room_is_the_same_whether_or_not_it_exists(world, asha, sign_in):
    client, room = sign_in(asha), world.references["room"]
    rooms = f"/t/{world.tenant.reference}/rooms/"
    real, made_up = client.get(f"{rooms}{room}/"), client.get(f"{rooms}RM-00000000/")
    assert real.status_code == made_up.status_code == 200
    assert plain(real, room) == plain(made_up, "RM-00000000")


def test_fragment_after_the_end_brings_nothing_82(world, asha, bo, sign_in, held_clock):
    """A live block polled after the grant ended: closed, whole, and no sign-in page inside it."""
    grant = granted(asha, world.tenant, [bo], Scope.INVENTORY_VIEW, duration=timedelta(minutes=15))
    client, room = sign_in(asha), world.references["room"]
    address = f"/t/{world.tenant.reference}/rooms/{room}/"
    before = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert any(word in before for word in world.canaries)
    held_clock.hold(grant.ends_at)
    after = client.get(address, headers={"HX-Request": "true"})
    text = after.content.decode()
    assert not any(word in text for word in world.canaries)
    assert "E-mail" not in text
    assert "closed" in text or after.headers.get("HX-Refresh") == "true"
