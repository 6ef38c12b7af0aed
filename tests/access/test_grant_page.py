"""The page of a grant: who sees it, what it says, and whose forms it offers."""

from __future__ import annotations

import pytest
from django.utils import timezone

from access.scopes import Relation
from tests import people
from tests.acts import HOUR, approved, granted
from tests.html_lint import problems


def url_of(grant):
    return f"/t/{grant.tenant_reference}/grants/{grant.reference}/"


def words_of(response):
    """All that the page says; the token of its forms is another one each time."""
    return response.content.decode().partition("<main")[2]


def page(client, grant):
    response = client.get(url_of(grant))
    assert response.status_code == 200
    html = response.content.decode()
    assert problems(html) == []
    return html


def test_grant_page_says_when_it_may_be_started(tenant, asha, bo, sign_in):
    grant = approved(asha, tenant, [bo], rooms=["RM-AAAA1111"])
    html = page(sign_in(asha), grant)
    assert "Up to 1 hour, starting when you press Start, any time until" in html
    assert f"{grant.claim_by:%H:%M} UTC" in html
    assert 'name="code"' in html
    assert "Bo approved 1 hour: “Fits the incident”" in html


def test_scheduled_grant_says_from_when_55(tenant, asha, bo, sign_in):
    opens = timezone.now() + HOUR
    grant = approved(asha, tenant, [bo], not_before=opens)
    html = page(sign_in(asha), grant)
    assert "The grant can be started from" in html
    assert "any time from" in html
    assert 'name="code"' not in html


def test_grant_page_in_use_offers_the_end(tenant, asha, bo, sign_in):
    grant = granted(asha, tenant, [bo])
    html = page(sign_in(asha), grant)
    assert "End access to the whole tenant now? You can ask again." in html
    assert f"{url_of(grant)}end/" in html
    assert "started" in html


def test_approver_sees_the_form_to_end_and_none_to_start(tenant, asha, bo, bea, sign_in):
    grant = granted(asha, tenant, [bo])
    html = page(sign_in(bea), grant)
    assert f"{url_of(grant)}revoke/" in html
    assert f"{url_of(grant)}start/" not in html
    assert f"{url_of(grant)}end/" not in html


def test_auditor_sees_the_facts_and_no_form_12(tenant, asha, bo, dana, sign_in):
    grant = granted(asha, tenant, [bo])
    html = page(sign_in(dana), grant)
    assert "INC-20931" in html
    for act in ("start", "end", "revoke"):
        assert f"{url_of(grant)}{act}/" not in html


def test_grant_of_a_colleague_is_not_found_153(tenant, asha, eli, bo, casey, sign_in):
    grant = granted(asha, tenant, [bo])
    unknown = f"/t/{tenant.reference}/grants/GR-ZZZZ9999/"
    for person in (eli, casey):
        client = sign_in(person)
        assert client.get(url_of(grant)).status_code == 404
        assert client.get(unknown).status_code == 404
    client = sign_in(eli)
    assert words_of(client.get(url_of(grant))) == words_of(client.get(unknown))


def test_grant_under_another_tenant_is_not_found_153(tenant, asha, bo, sign_in):
    grant = granted(asha, tenant, [bo])
    second = people.tenant("eu")
    people.relate(asha, Relation.MAY_ASK, second)
    swapped = f"/t/{second.reference}/grants/{grant.reference}/"
    assert sign_in(asha).get(swapped).status_code == 404


def test_own_grant_of_an_approver_says_why_it_has_no_form(tenant, bo, bea, sign_in):
    people.relate(bo, Relation.MAY_ASK, tenant)
    html = page(sign_in(bo), granted(bo, tenant, [bea]))
    assert "This grant is yours." in html
    assert "revoke/" not in html


def test_grant_past_its_end_offers_nothing_53(tenant, asha, bo, bea, sign_in, held_clock):
    grant = granted(asha, tenant, [bo])
    held_clock.hold(grant.ends_at)
    html = page(sign_in(asha), grant)
    assert "Ended by itself, at its time" in html
    assert "end/" not in html
    assert "revoke/" not in page(sign_in(bea), grant)


def test_lost_training_says_so_instead_of_the_form_170(tenant, asha, bo, sign_in):
    grant = approved(asha, tenant, [bo])
    people.lose_training(asha)
    html = page(sign_in(asha), grant)
    assert "Privacy and security training is not in date." in html
    assert 'name="code"' not in html


def test_refresh_answers_204_until_it_changes(tenant, asha, bo, sign_in, held_clock):
    grant = granted(asha, tenant, [bo])
    client = sign_in(asha)
    version = client.get(url_of(grant)).context["version"]
    fragment = {"HTTP_HX_REQUEST": "true"}
    again = client.get(url_of(grant), {"seen": version}, **fragment)
    assert again.status_code == 204
    held_clock.hold(grant.ends_at)
    now = sign_in(asha).get(url_of(grant), {"seen": version}, **fragment)
    assert now.status_code == 200
    assert "<html" not in now.content.decode()


@pytest.mark.parametrize("act", ["start", "end", "revoke"])
def test_acts_are_no_links_152(tenant, asha, bo, sign_in, act):
    grant = approved(asha, tenant, [bo])
    assert sign_in(asha).get(f"{url_of(grant)}{act}/").status_code == 405
