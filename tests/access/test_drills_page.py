"""The page of tamper drills: everything found, for whoever is signed in."""

from __future__ import annotations

from dataclasses import replace

from access.audit import sample
from access.pages import drills as page_drills
from access.verify import rooms_verify as verify
from access.views import drills as view_drills
from tests.html_lint import problems


def test_drills_are_for_people_who_signed_in(client, db):
    assert client.get("/audit/drills/").status_code == 302


def test_drills_show_what_was_done_found_and_said(tenant, asha, sign_in):
    response = sign_in(asha).get("/audit/drills/")
    html = response.content.decode()
    assert problems(html) == []
    drills = response.context["session"].drills
    assert len(drills) == 16
    assert all(drill.found for drill in drills)
    assert "All found" in html
    for name in ("Edited record", "Truncated tail", "Forked checkpoints", "Missing disclosure"):
        assert name in html


def test_drill_that_is_missed_is_said(tenant, asha, sign_in, monkeypatch):
    good = page_drills.drilled()
    missed = replace(good, drills=[replace(good.drills[1], found=False), *good.drills[2:]])
    monkeypatch.setattr(view_drills, "drilled", lambda: missed)
    html = sign_in(asha).get("/audit/drills/").content.decode()
    assert "Not all were found" in html
    assert "All found" not in html


def test_sample_is_a_good_log_with_a_whole_story():
    report = verify.verify_source(sample.bundle_bytes())
    assert report.failures == []
    assert {gap.code for gap in report.gaps} == {"keys.own", "witness.none"}
    assert report.about["replay"]["grants_judged"] == 1
    assert report.about["replay"]["reads_and_acts"] == sample.VIEWS
