"""The probe, the browser's reports, and what failures look like."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from tests.html_lint import problems
from tests.outage import down

ALL = {"default": True, "eu": True, "apac": True, "us": True}


def test_probe_needs_nobody(client, db):
    response = client.get("/healthz")
    assert response.status_code == 200
    assert response.json() == ALL
    assert "sessionid" not in response.cookies


def test_probe_with_a_region_down_serves_on(client, db):
    with down("eu"):
        response = client.get("/healthz")
    assert (response.status_code, response.json()) == (200, ALL | {"eu": False})


def test_probe_with_the_control_plane_down_stops_serving(client, db):
    with down("default"):
        response = client.get("/healthz")
    assert (response.status_code, response.json()["default"]) == (503, False)


def test_csp_report_is_noted_without_content(db, caplog):
    report = {
        "csp-report": {
            "effective-directive": "script-src",
            "blocked-uri": "inline",
            "script-sample": "a secret of the page",
        }
    }
    strict = Client(enforce_csrf_checks=True)
    response = strict.post("/csp-report/", json.dumps(report), "application/csp-report")
    assert response.status_code == 204
    assert "script-src" in caplog.text
    assert "secret" not in caplog.text


@pytest.mark.parametrize("body", ["", "[]", "{}", "7", '{"csp-report": 3}', "\xff", "x" * 9000])
def test_csp_report_that_is_none_is_refused(client, db, body):
    assert client.post("/csp-report/", body, "application/json").status_code == 400


def test_csp_report_cannot_forge_a_log_line(client, db, caplog):
    report = {"csp-report": {"effective-directive": "x\n2026-01-01 CRITICAL access forged"}}
    client.post("/csp-report/", json.dumps(report), "application/csp-report")
    assert "\n2026-01-01" not in caplog.records[0].getMessage()


def test_form_without_its_token_says_so(asha, sign_in):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = sign_in(asha).cookies
    response = strict.post("/stop/", {"reason": "x"})
    assert response.status_code == 403
    assert problems(response.content.decode()) == []


def test_unknown_address_is_not_found(asha, sign_in):
    response = sign_in(asha).get("/no/such/page/")
    assert response.status_code == 404
    assert problems(response.content.decode()) == []
