"""Notices by e-mail: a code's words, references and a link; no customer's data, no name.

At least once: a mail that may have gone out before goes again under the same Message-ID
(RFC 5322, section 3.6.4), by which mail programs know it.
"""

from __future__ import annotations

import logging
import smtplib
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from access.actions.notices import claim_mail, close_mail
from access.models import Notice, Staff

if TYPE_CHECKING:
    import uuid

    from django.core.mail.backends.base import BaseEmailBackend

logger = logging.getLogger(__name__)
BATCH: Final = 20


def mail_due(most: int = BATCH) -> int:
    """Take what is due to be mailed and mail it; return how many were taken.

    What is not wanted by mail is done with too; what fails is tried again later. With MAIL_PROVIDER
    "none" nothing is taken: notices stand in the bell alone. Raises OSError or SMTPException when
    the mail server does not answer.
    """
    due = [] if settings.MAIL_PROVIDER == "none" else claim_mail(most=most)
    if due:
        wanted = addresses_of({notice.staff_id for notice in due})
        with get_connection() as line:
            for notice in due:
                _mail(notice, wanted.get(notice.staff_id, ""), line)
    return len(due)


def mail_what_is_due() -> None:
    """Mail until nothing is due. An outage of the mail server ends it, and is logged."""
    try:
        while mail_due():
            pass
    except (OSError, smtplib.SMTPException) as away:
        # The error can quote an address: its kind says enough.
        logger.warning("The mail server does not answer: %s", type(away).__name__)


def _mail(notice: Notice, address: str, line: BaseEmailBackend) -> None:
    """Mail one notice; an empty address wants none. One that is refused holds up no other."""
    try:
        if address:
            message_of(notice, address, line).send()
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError) as refused:
        logger.warning("The mail server refused a notice: %s", type(refused).__name__)
    else:
        close_mail(notice=notice, mailed=bool(address))


def addresses_of(people: set[uuid.UUID]) -> dict[uuid.UUID, str]:
    """The addresses of those who are employed and want mail."""
    return dict(
        Staff.objects.filter(pk__in=people, is_active=True, mail_notices=True).values_list(
            "pk", "email"
        )
    )


def message_of(notice: Notice, address: str, line: BaseEmailBackend | None = None) -> EmailMessage:
    """The mail of one notice."""
    words = notice.get_code_display()
    link = f"{settings.PORTAL_ADDRESS}{notice.path}"
    return EmailMessage(
        subject=f"{words} ({notice.reference})",
        body=(
            f"{words}.\n\nReference: {notice.reference}\nTenant: {notice.tenant_reference}\n"
            f"Read on: {link}\n\nThis mail holds no customer data. Choose whether you get notices"
            f" by e-mail: {settings.PORTAL_ADDRESS}/notices/\n"
        ),
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[address],
        headers={
            "Message-ID": message_id(notice),
            # RFC 3834: no out-of-office answers.
            "Auto-Submitted": "auto-generated",
        },
        connection=line,
    )


def message_id(notice: Notice) -> str:
    """The same for each try to mail the same notice."""
    return f"<notice.{notice.pk}@{settings.MAIL_DOMAIN}>"
