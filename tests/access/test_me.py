"""A person's own page: what it says, appearance, privacy wording, second factor, recovery codes."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import ProgrammingError
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from access import second_factor
from access.models import Certificate, ControlEvent, Staff, StepUp
from access.models.people import CertificateKind
from tests import people
from tests.html_lint import problems

PAGES = ["/me/", "/me/privacy/", "/me/second-factor/", "/me/recovery-codes/"]


@pytest.mark.parametrize("page", PAGES)
def test_pages_are_for_signed_in_people(client, db, page):
    answer = client.get(page)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in/?next=")


@pytest.mark.parametrize("page", PAGES)
def test_pages_answer_and_are_not_kept(asha, sign_in, page):
    answer = sign_in(asha).get(page)
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize("page", PAGES)
def test_pages_are_sound_html(asha, sign_in, page):
    assert problems(sign_in(asha).get(page).content.decode()) == []


def test_page_says_who_i_am_and_what_lapses(eli, sign_in):
    page = sign_in(eli).get("/me/").content.decode()
    assert eli.name in page
    assert "subcontractor" in page
    assert eli.contract_ends_on.isoformat() in page
    assert "Training is in date" in page
    assert "Ends in any case" in page


def test_page_says_what_would_make_a_lapse_good(asha, sign_in):
    people.lose_training(asha)
    page = sign_in(asha).get("/me/").content.decode()
    assert "Privacy and security training is not in date." in page
    assert "Finish the training" in page


# -- Appearance ----------------------------------------------------------------------------------


def test_appearance_is_kept_and_shown(asha, sign_in):
    client = sign_in(asha)
    chosen = {"theme": "dark", "density": "dense", "shortcuts": "off"}
    assert client.post("/me/appearance/", chosen)["Location"] == "/me/"
    asha.refresh_from_db()
    assert (asha.theme, asha.density, asha.shortcuts) == ("dark", "dense", False)
    assert 'data-theme="dark"' in client.get("/me/").content.decode()


def test_appearance_from_the_menu_changes_one_thing_and_goes_back(asha, sign_in):
    client = sign_in(asha)
    answer = client.post("/me/appearance/", {"theme": "light", "next": "/me/privacy/"})
    assert answer["Location"] == "/me/privacy/"
    asha.refresh_from_db()
    assert (asha.theme, asha.density, asha.shortcuts) == ("light", "compact", True)


def test_appearance_leads_to_no_other_site(asha, sign_in):
    answer = sign_in(asha).post("/me/appearance/", {"theme": "light", "next": "//evil.example/"})
    assert answer["Location"] == "/me/"


def test_appearance_that_does_not_exist_is_422_and_changes_nothing(asha, sign_in):
    assert sign_in(asha).post("/me/appearance/", {"theme": "neon"}).status_code == 422
    asha.refresh_from_db()
    assert asha.theme == "system"


def test_appearance_form_cannot_change_who_i_am(asha, sign_in):
    sign_in(asha).post("/me/appearance/", {"theme": "dark", "country": "US", "is_active": ""})
    asha.refresh_from_db()
    assert (asha.country, asha.is_active) == ("DE", True)
    asha.country = "US"
    with pytest.raises(ProgrammingError):
        asha.save(update_fields=["country"])


# -- Privacy wording -----------------------------------------------------------------------------


def test_accepting_the_wording_certifies_for_a_year(asha, sign_in):
    Certificate.objects.using(people.OWNER).filter(staff_id=asha.pk, kind="privacy").delete()
    client = sign_in(asha)
    assert "The current privacy wording is not accepted." in client.get("/me/").content.decode()
    assert client.post("/me/privacy/", {"version": "1"})["Location"] == "/me/"
    certificate = Certificate.objects.get(staff_id=asha.pk, kind=CertificateKind.PRIVACY)
    assert certificate.wording_version == 1
    assert certificate.expires_at - certificate.issued_at == timedelta(days=365)
    assert abs(certificate.issued_at - timezone.now()) < timedelta(minutes=1)
    assert "Privacy wording is accepted" in client.get("/me/").content.decode()
    event = ControlEvent.objects.using("default_owner").get(type="privacy.accepted")
    assert (event.actor_id, event.detail) == (asha.pk, {"wording_version": 1})


@pytest.mark.parametrize("version", ["0", "2", "", "x"])
def test_wording_that_is_not_the_current_one_is_409(asha, sign_in, version):
    before = Certificate.objects.count()
    answer = sign_in(asha).post("/me/privacy/", {"version": version})
    assert answer.status_code == 409
    assert "The wording has changed." in answer.content.decode()
    assert Certificate.objects.count() == before


def test_reading_the_wording_accepts_nothing(asha, sign_in):
    before = Certificate.objects.count()
    sign_in(asha).get("/me/privacy/")
    assert Certificate.objects.count() == before


# -- Second factor -------------------------------------------------------------------------------


def code_now(device: TOTPDevice) -> str:
    step = (int(timezone.now().timestamp()) - device.t0) // device.step
    return second_factor.code_at(device, step)


def pending(staff: Staff) -> TOTPDevice:
    return TOTPDevice.objects.get(user_id=staff.pk, confirmed=False)


def test_another_authenticator_replaces_the_old_one(asha, sign_in):
    client, elsewhere = sign_in(asha), sign_in(asha)
    old = TOTPDevice.objects.get(user_id=asha.pk)
    code = people.code_of(asha)
    assert client.post("/me/second-factor/", {"code": code})["Location"].endswith("/confirm/")
    new = pending(asha)
    page = client.get("/me/second-factor/confirm/").content.decode()
    assert second_factor.secret_text(new) in page
    assert problems(page) == []
    answer = client.post("/me/second-factor/confirm/", {"code": code_now(new)})
    assert answer["Location"] == "/me/second-factor/"
    assert second_factor.authenticator_of(asha).pk == new.pk
    assert not TOTPDevice.objects.filter(pk=old.pk).exists()
    assert client.get("/me/").status_code == 200
    assert elsewhere.get("/me/")["Location"].startswith("/sign-in/")
    assert (
        ControlEvent.objects.using("default_owner").filter(type="second_factor.replaced").count()
        == 1
    )


def test_another_authenticator_needs_a_fresh_code_first(asha, sign_in):
    client = sign_in(asha)
    assert client.post("/me/second-factor/", {"code": "nonsense"}).status_code == 422
    assert client.get("/me/second-factor/confirm/")["Location"] == "/me/second-factor/"
    assert TOTPDevice.objects.filter(user_id=asha.pk).count() == 1


def test_another_authenticator_counts_only_once_confirmed(asha, sign_in):
    client = sign_in(asha)
    client.post("/me/second-factor/", {"code": people.code_of(asha)})
    wrong = "000000" if code_now(pending(asha)) != "000000" else "000001"
    assert client.post("/me/second-factor/confirm/", {"code": wrong}).status_code == 422
    assert TOTPDevice.objects.filter(user_id=asha.pk, confirmed=True).count() == 1
    assert not pending(asha).confirmed


def test_set_up_of_another_session_is_not_shown(asha, sign_in):
    client, elsewhere = sign_in(asha), sign_in(asha)
    client.post("/me/second-factor/", {"code": people.code_of(asha)})
    assert elsewhere.get("/me/second-factor/confirm/")["Location"] == "/me/second-factor/"


# -- Recovery codes ------------------------------------------------------------------------------


def test_new_recovery_codes_are_shown_once(asha, sign_in):
    client = sign_in(asha)
    answer = client.post("/me/recovery-codes/", {"code": people.code_of(asha)})
    codes = re.findall(r"(\d{4} \d{4} \d{4})</li>", answer.content.decode())
    assert len(codes) == 10
    assert problems(answer.content.decode()) == []
    assert second_factor.recovery_codes_left(asha) == 10
    assert codes[0] not in client.get("/me/recovery-codes/").content.decode()
    assert (
        ControlEvent.objects.using("default_owner").filter(type="recovery_codes.renewed").count()
        == 1
    )
    assert StepUp.objects.get(staff_id=asha.pk).used_at is not None


def test_new_recovery_codes_need_a_fresh_code(asha, sign_in):
    client = sign_in(asha)
    code = people.code_of(asha)
    assert client.post("/me/recovery-codes/", {"code": code}).status_code == 200
    assert client.post("/me/recovery-codes/", {"code": code}).status_code == 422
    assert (
        ControlEvent.objects.using("default_owner").filter(type="recovery_codes.renewed").count()
        == 1
    )
