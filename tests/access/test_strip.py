"""The strip: asked for by every page, and quiet while nothing changes."""

from __future__ import annotations

from access.held import grants_of
from access.views.strip import strip_version
from tests.acts import granted
from tests.html_lint import problems
from tests.outage import down

URL = "/strip/"


def test_strip_without_a_grant_is_empty(asha, sign_in):
    html = sign_in(asha).get(URL).content.decode()
    assert "data-strip=" not in html
    assert "hidden" in html
    assert problems(html) == []


def test_strip_names_each_grant_in_use_of_mine_only(tenant, asha, eli, bo, sign_in):
    grant, other = granted(asha, tenant, [bo]), granted(eli, tenant, [bo])
    html = sign_in(asha).get(URL).content.decode()
    assert grant.reference in html
    assert other.reference not in html
    assert html.strip().startswith("<section")
    assert problems(html) == []


def test_strip_answers_204_until_the_set_changes(tenant, asha, bo, sign_in, held_clock):
    grant = granted(asha, tenant, [bo])
    version = strip_version(grants_of(asha, ""))
    assert sign_in(asha).get(URL, {"seen": version}).status_code == 204
    held_clock.hold(grant.ends_at)
    answer = sign_in(asha).get(URL, {"seen": version})
    assert answer.status_code == 200
    assert grant.reference not in answer.content.decode()


def test_strip_with_a_region_down_shows_the_others(tenant, asha, bo, sign_in):
    grant = granted(asha, tenant, [bo])
    client = sign_in(asha)
    with down("us"):
        assert grant.reference in client.get(URL).content.decode()


def test_strip_without_signing_in_sends_the_page_to_sign_in(client, db):
    answer = client.get(URL, HTTP_HX_REQUEST="true")
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"].startswith("/sign-in/")


def test_strip_stands_on_every_page_of_a_holder_and_on_no_other(tenant, asha, bo, eli, sign_in):
    grant = granted(asha, tenant, [bo])
    own = f"/t/{tenant.reference}/grants/{grant.reference}/"
    for url in ("/", "/access/", "/grants/", "/stop/", "/audit/", "/status/", "/search/", own):
        assert f'data-strip="{grant.reference}"' in sign_in(asha).get(url).content.decode()
        assert "data-strip=" not in sign_in(eli).get(url).content.decode()
