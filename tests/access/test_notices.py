"""Notices: one's own in the bell and its list, and by e-mail, through a real mail server."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest
from aiosmtpd.controller import Controller
from django.conf import settings as live
from django.core import mail
from django.db import OperationalError, ProgrammingError, connections

from access import clock
from access.actions.notices import KEPT, MAIL_MOST, forget_notices
from access.lock import context
from access.mailing import mail_due, mail_what_is_due, message_id, message_of
from access.models import Notice, NoticeCode
from access.references import new_reference
from access.tasks import forget_notices_of, mail_notices_of
from portal.demo.trouble import free_port
from tests.rooms.pages import main_of, statements, text_of

SMTP = "django.core.mail.backends.smtp.EmailBackend"


def notice(staff, code="item_ended", **fields):
    """A notice as the worker brings one."""
    at = fields.pop("made_at", None) or clock.now()
    reference = new_reference("RJ")
    return Notice.objects.using("default_owner").create(
        staff_id=staff.pk,
        code=code,
        reference=reference,
        tenant_reference="TN-AAAA1111",
        path=f"/t/TN-AAAA1111/remediation/{reference}/",
        made_at=at,
        mail_next_at=at,
        **fields,
    )


def behind(one):
    """The notice as it stands, whoever may see it."""
    return Notice.objects.using("default_owner").get(pk=one.pk)


class Letters:
    """What a mail server took; it refuses the addresses that it is told to."""

    def __init__(self):
        self.taken = []
        self.refused = set()

    async def handle_RCPT(self, server, session, envelope, address, options):
        """Take or refuse a recipient."""
        if address in self.refused:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        """Keep a mail."""
        self.taken.append((envelope.rcpt_tos, envelope.content.decode()))
        return "250 OK"

    @property
    def ids(self):
        """The Message-ID of each mail."""
        return [re.search(r"^Message-ID: (\S+)", text, re.M)[1] for _, text in self.taken]


@pytest.fixture
def server(settings):
    """A mail server on this machine, and the settings that name it."""
    settings.EMAIL_BACKEND, settings.MAIL_PROVIDER = SMTP, "smtp"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    settings.EMAIL_USE_TLS = False
    letters = Letters()
    running = Controller(letters, hostname="127.0.0.1", port=settings.EMAIL_PORT)
    running.start()
    yield letters
    running.stop()


@pytest.fixture
def no_server(settings):
    """Settings that name a port where nobody answers."""
    settings.EMAIL_BACKEND, settings.MAIL_PROVIDER = SMTP, "smtp"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    settings.EMAIL_USE_TLS = False


# -- The bell and the list ------------------------------------------------------------------------


def test_bell_counts_what_i_have_not_seen(asha, bo, sign_in):
    notice(bo)
    client = sign_in(asha)
    assert 'href="/notices/"' in client.get("/me/").content.decode()
    assert "notices not seen" not in client.get("/me/").content.decode()
    notice(asha)
    notice(asha)
    notice(asha, seen_at=clock.now())
    page = client.get("/me/").content.decode()
    assert '<span class="count">2</span><span class="vh"> notices not seen</span>' in page


def test_bell_takes_one_statement_however_many_there_are(asha, sign_in):
    client = sign_in(asha)
    client.get("/me/")
    with statements("default") as few:
        client.get("/me/")
    for _ in range(3):
        notice(asha)
    with statements("default") as many:
        client.get("/me/")
    assert many.number == few.number


def test_list_shows_mine_newest_first_and_nobody_elses(asha, bo, sign_in):
    now = clock.now()
    older = notice(asha, made_at=now - timedelta(hours=1))
    newer = notice(asha, "wave_done", made_at=now)
    other = notice(bo)
    answer = sign_in(asha).get("/notices/")
    rows = main_of(answer).select("table[data-list] tbody tr")
    assert [row.find("td").get_text() for row in rows] == [newer.reference, older.reference]
    assert rows[0].select_one("a")["href"] == newer.path
    assert other.reference not in answer.content.decode()
    assert "2 notices" in text_of(answer)


def test_list_is_empty_in_words(asha, sign_in):
    assert "No notices." in text_of(sign_in(asha).get("/notices/"))


def test_page_of_fifty_is_light_and_its_statements_are_fixed(asha, sign_in):
    client = sign_in(asha)
    notice(asha)
    client.get("/notices/")
    with statements("default", "eu") as few:
        client.get("/notices/")
    for _ in range(60):
        notice(asha)
    with statements("default", "eu") as many:
        answer = client.get("/notices/")
    assert many.number == few.number
    assert len(answer.content) < 60_000
    following = main_of(answer).select_one("a[rel=next]")["href"]
    rest = main_of(client.get(f"/notices/{following}")).select("table[data-list] tbody tr")
    assert len(rest) == 11


def test_seen_is_marked_for_mine_alone(asha, bo, sign_in, held_clock):
    mine, other, left = notice(asha), notice(bo), notice(asha)
    at = clock.now()
    held_clock.hold(at)
    client = sign_in(asha)
    answer = client.post("/notices/seen/", {"notice": [str(mine.pk), str(other.pk)]})
    assert (answer.status_code, answer["Location"]) == (303, "/notices/")
    assert behind(mine).seen_at == at
    assert behind(other).seen_at is None
    assert behind(left).seen_at is None
    held_clock.hold(at + timedelta(minutes=1))
    client.post("/notices/seen/", {"notice": [str(mine.pk)]})
    assert behind(mine).seen_at == at


def test_whole_page_is_marked_with_what_it_showed(asha, sign_in):
    shown = notice(asha)
    client = sign_in(asha)
    form = main_of(client.get("/notices/")).select_one("form")
    later = notice(asha)
    sent = [field["value"] for field in form.select("input[name=notice]")]
    client.post(form["action"], {"notice": sent})
    assert behind(shown).seen_at is not None
    assert behind(later).seen_at is None


def test_what_is_no_notice_is_not_found(asha, sign_in):
    assert sign_in(asha).post("/notices/seen/", {"notice": "Contoso"}).status_code == 404


@pytest.mark.parametrize("path", ["/notices/seen/", "/notices/mail/"])
def test_marks_are_for_forms_of_signed_in_people(client, asha, sign_in, path):
    assert client.post(path).status_code == 302
    assert sign_in(asha).get(path).status_code == 405


def test_database_shows_and_changes_only_ones_own(asha, bo):
    one = notice(bo)
    with context.opened("default", by=asha):
        assert not Notice.objects.exists()
        assert Notice.objects.update(seen_at="2026-01-01T00:00Z") == 0
    assert not Notice.objects.exists()  # without a context, nobody's
    with context.opened("default", by=bo):
        assert Notice.objects.get().pk == one.pk
    for change in ({"mailed_at": "2026-01-01T00:00Z"}, {"staff_id": asha.pk}):
        with (
            pytest.raises(ProgrammingError, match="permission denied"),
            context.opened("default", by=bo),
        ):
            Notice.objects.update(**change)


def test_page_makes_no_notice(asha):
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        context.opened("default", by=asha),
    ):
        Notice.objects.create(
            staff_id=asha.pk,
            code="decided",
            reference="RJ-AAAA1111",
            tenant_reference="TN-AAAA1111",
            path="/t/",
            made_at=clock.now(),
        )


# -- By e-mail ------------------------------------------------------------------------------------


def test_mail_is_sent_once_and_says_so(asha, server, as_worker):
    one = notice(asha)
    as_worker()
    mail_notices_of.apply(args=["default"], throw=True)
    mail_notices_of.apply(args=["default"], throw=True)
    ((people, text),) = server.taken
    assert people == [asha.email]
    assert f"http://localhost:8000{one.path}" in text.replace("=\r\n", "")
    assert server.ids == [message_id(one)]
    assert behind(one).mailed_at is not None
    assert behind(one).mail_next_at is None


@pytest.mark.parametrize("code", NoticeCode.values)
def test_mail_holds_a_codes_words_references_and_a_link_and_nothing_else(asha, code):
    one = notice(asha, code)
    text = f"{message_of(one, asha.email).subject}\n{message_of(one, asha.email).body}"
    for known in (
        f"{live.PORTAL_ADDRESS}{one.path}",
        f"{live.PORTAL_ADDRESS}/notices/",
        NoticeCode(code).label,
        one.reference,
        one.tenant_reference,
        "Reference",
        "Tenant",
        "Read on",
        "This mail holds no customer data.",
        "Choose whether you get notices by e-mail",
    ):
        assert known in text
        text = text.replace(known, "")
    assert re.sub(r"[\s:.()]", "", text) == ""


def test_mail_server_away_loses_nothing_and_waits_longer_each_time(
    asha, no_server, as_worker, held_clock, caplog
):
    at = clock.now()
    held_clock.hold(at)
    one = notice(asha, made_at=at)
    as_worker()
    for attempt, minutes in enumerate((1, 4, 16), 1):
        mail_what_is_due()
        assert behind(one).mail_attempts == attempt
        at += timedelta(minutes=minutes)
        assert behind(one).mail_next_at == at
        held_clock.hold(at - timedelta(seconds=1))
        mail_what_is_due()  # not yet
        assert behind(one).mail_attempts == attempt
        held_clock.hold(at)
    assert asha.email not in caplog.text
    assert behind(one).mailed_at is None


def test_mail_goes_out_when_the_server_is_back(asha, server, settings, as_worker, held_clock):
    there, settings.EMAIL_PORT = settings.EMAIL_PORT, free_port()
    one = notice(asha)
    as_worker()
    mail_what_is_due()
    assert server.taken == []
    settings.EMAIL_PORT = there
    held_clock.shift(timedelta(minutes=2))
    mail_what_is_due()
    assert server.ids == [message_id(one)]


def test_worker_killed_after_sending_sends_again_under_the_same_id(
    asha, server, as_worker, held_clock, superuser
):
    one = notice(asha)
    line = superuser["default"]
    line.execute(
        "create function lock.test_dies() returns trigger language plpgsql as $$"
        " begin perform pg_terminate_backend(pg_backend_pid()); return new; end $$;"
        " grant execute on function lock.test_dies() to public;"
        " create trigger zz_dies before update of mailed_at on access_notice"
        " for each row execute function lock.test_dies()"
    )
    as_worker()
    try:
        with pytest.raises(OperationalError):
            mail_due()
    finally:
        connections["default"].close()
        line.execute("drop trigger zz_dies on access_notice; drop function lock.test_dies()")
    held_clock.shift(timedelta(minutes=2))
    mail_due()
    assert server.ids == [message_id(one)] * 2
    assert behind(one).mailed_at is not None


def test_refused_address_holds_up_nobody_else(asha, bo, server, as_worker, held_clock):
    at = clock.now()
    bad, good = notice(asha, made_at=at - timedelta(minutes=1)), notice(bo, made_at=at)
    server.refused.add(asha.email)
    as_worker()
    mail_what_is_due()
    assert server.ids == [message_id(good)]
    assert behind(bad).mailed_at is None
    assert behind(bad).mail_next_at > at


def test_two_workers_send_different_mails(asha, as_worker, superuser):
    one, two = notice(asha), notice(asha)
    as_worker()
    line = superuser["default"]
    with line.transaction():
        line.execute("select from access_notice where id = %s for update", [one.pk])
        mail_what_is_due()
    assert [letter.extra_headers["Message-ID"] for letter in mail.outbox] == [message_id(two)]


def test_mail_is_for_those_who_want_it(asha, bo, bea, sign_in, as_worker, superuser):
    client = sign_in(asha)
    assert "Stop e-mail" in text_of(client.get("/notices/"))
    client.post("/notices/mail/", {"mail": "off"})
    assert "Send by e-mail too" in text_of(client.get("/notices/"))
    superuser["default"].execute("update access_staff set is_active = false where id = %s", [bo.pk])
    unwanted = [notice(asha), notice(bo)]
    notice(bea)
    as_worker()
    mail_what_is_due()
    assert [letter.to for letter in mail.outbox] == [[bea.email]]
    assert [(behind(one).mailed_at, behind(one).mail_next_at) for one in unwanted] == [
        (None, None)
    ] * 2


def test_mail_can_be_wanted_again(asha, sign_in, as_worker):
    client = sign_in(asha)
    client.post("/notices/mail/", {"mail": "off"})
    client.post("/notices/mail/", {"mail": "on"})
    notice(asha)
    as_worker()
    mail_what_is_due()
    assert len(mail.outbox) == 1


def test_without_mail_the_bell_has_it_and_no_page_offers_mail(
    asha, sign_in, settings, as_worker, as_web
):
    settings.MAIL_PROVIDER = "none"
    one = notice(asha)
    as_worker()
    mail_what_is_due()
    assert behind(one).mail_attempts == 0
    as_web()
    said = text_of(sign_in(asha).get("/notices/"))
    assert one.reference in said
    assert "e-mail" not in said


def test_mail_that_would_come_too_late_is_given_up(asha, as_worker, held_clock):
    at = clock.now()
    one = notice(asha, made_at=at)
    held_clock.hold(at + MAIL_MOST + timedelta(seconds=1))
    as_worker()
    mail_what_is_due()
    assert mail.outbox == []
    assert behind(one).mail_next_at is None


def test_old_notices_are_removed(asha, as_worker, held_clock):
    at = clock.now()
    held_clock.hold(at)
    kept = notice(asha, made_at=at - KEPT)
    notice(asha, made_at=at - KEPT - timedelta(seconds=1))
    as_worker()
    forget_notices_of.apply(args=["default"], throw=True)
    assert list(Notice.objects.values_list("pk", flat=True)) == [kept.pk]
    assert forget_notices() == 0


def test_message_id_is_the_notices_own(asha):
    one, two = Notice(id=uuid.uuid4()), Notice(id=uuid.uuid4())
    assert message_id(one) == message_id(Notice(id=one.pk)) != message_id(two)
    assert re.fullmatch(r"<[^<>\s]+@[^<>\s]+>", message_id(one))
