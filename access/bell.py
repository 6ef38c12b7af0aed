"""The bell's number: one statement in the control plane, under a context given by value."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from django.db import InterfaceError, OperationalError

from access.lock.context import Context, run_with_token
from access.residency import CONTROL

if TYPE_CHECKING:
    from access.models import Staff

logger = logging.getLogger(__name__)
# What the database counts up to.
MOST: Final = 100


def unseen_text(person: Staff, session: str) -> str:
    """How many notices the person has not seen: empty for none, `99+` for many.

    Empty as well when the control plane does not answer: a page must not fail for its bell.
    """
    context = Context(
        region=CONTROL,
        actor_id=person.pk,
        person_id=person.person_id,
        actor_label=person.name,
        session=session,
    )
    try:
        rows = run_with_token(CONTROL, "select lock.unseen_notices(%s)", [context.token()])
    except (OperationalError, InterfaceError):
        logger.exception("The bell could not be read.")
        return ""
    number = int(str(rows[0][0]))
    if number >= MOST:
        return f"{MOST - 1}+"
    return str(number or "")
