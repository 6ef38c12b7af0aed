"""What tests of the auditor's pages share: a used grant, its auditor, and a signed log."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import pytest
from django.core.management import call_command

from access.actions.grants import return_grant
from access.audit import sequencer
from access.models import Grant, Staff, Tenant
from access.purposes import Purpose
from access.scopes import Scope
from tests.acts import entered, granted


@pytest.fixture
def used_grant(tenant, asha, bo, sign_in) -> Grant:
    """A grant that asha looked at two pages with, and gave back."""
    grant = granted(asha, tenant, [bo])
    for page in ("rooms/", ""):
        assert sign_in(asha).get(f"/t/{tenant.reference}/{page}").status_code == 200
    with entered(asha, tenant):
        return_grant(by=asha, grant_id=grant.pk)
    return grant


@pytest.fixture
def audit_grant(tenant, dana, bo, used_grant) -> Grant:
    """Dana may look at the record."""
    return let_audit(dana, tenant, bo)


def let_audit(by: Staff, tenant: Tenant, voter: Staff) -> Grant:
    """That person may look at the record."""
    return granted(by, tenant, [voter], Scope.AUDIT_VIEW, purpose=Purpose.ASSURANCE)


@pytest.fixture
def sign_log(as_auditor, as_web, settings, tmp_path) -> Callable[[], None]:
    """Call it, and all that is staged in the EU is sequenced, signed and cosigned."""
    settings.AUDIT_KEYS_DIR = tmp_path / "keys"

    def call() -> None:
        as_auditor()
        while sequencer.sequence("eu"):
            pass
        call_command("sign_checkpoints", "--once")
        as_web()

    return call


def unzipped(data: bytes) -> dict[str, bytes]:
    """The files of a bundle."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
