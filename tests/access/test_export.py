"""Bundles: what stands in them proves itself, and they are the same byte for byte."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connections
from psycopg.conninfo import conninfo_to_dict

from access import audit
from access.actions.grants import return_grant
from access.audit import disclosures, export, proofs, sequencer, tiles
from access.audit.checkpoints import opened, origin
from access.audit.merkle import check_consistency, check_inclusion, leaf_hash, root_of
from access.audit.notes import VerifierKey, decoded
from access.audit.store import REGIONAL_LOG
from access.audit.tiles import Place
from tests.acts import entered, granted
from tests.conftest import ALIASES


@pytest.fixture
def grant(tenant, asha, bo, sign_in):
    """A grant that was used and returned, among other events."""
    grant = granted(asha, tenant, [bo])
    sign_in(asha).get(f"/t/{tenant.reference}/rooms/")
    with entered(asha, tenant):
        for _ in range(300):
            audit.record("view.test")
        return_grant(by=asha, grant_id=grant.pk)
    return grant


@pytest.fixture
def publish(as_auditor, settings, tmp_path):
    """Call it, and all that is staged in the EU is sequenced, signed and cosigned."""
    settings.AUDIT_KEYS_DIR = tmp_path / "keys"

    def call() -> None:
        as_auditor()
        while sequencer.sequence("eu"):
            pass
        call_command("sign_checkpoints", "--once")

    return call


def files(bundle) -> dict[str, bytes]:
    """The bundle as whoever unzips it finds it."""
    with io.BytesIO() as target:
        bundle.write_zip(target)
        with zipfile.ZipFile(target) as archive:
            return {name: archive.read(name) for name in archive.namelist()}


def checked(found: dict[str, bytes]):
    """The checkpoint of a bundle, its signature verified by the key that came along."""
    keys = json.loads(found["keys.json"])
    checkpoint = opened(found["checkpoint"], origin("eu"), [VerifierKey.parse(keys["log"])])
    manifest = json.loads(found["manifest.json"])
    assert (manifest["size"], decoded(manifest["root"])) == (checkpoint.size, checkpoint.root)
    return checkpoint


def hash_tiles(found: dict[str, bytes]) -> dict[Place, bytes]:
    kept = {}
    for path, data in found.items():
        if path.startswith("tile/") and not path.startswith("tile/entries/"):
            level, number, width = tiles.parse_path(path)
            assert len(data) == width * 32
            kept[Place(level, number)] = data
    return kept


def test_whole_log_leads_from_its_events_to_the_signed_root(grant, publish):
    publish()
    found = files(export.whole_log("eu"))
    checkpoint = checked(found)
    entries = [
        entry
        for path in sorted(found)
        if path.startswith("tile/entries/")
        for entry in tiles.unbundle(found[path])
    ]
    assert len(entries) == checkpoint.size > 300
    kept = hash_tiles(found)
    assert {p: len(t) // 32 for p, t in kept.items()} == dict(tiles.widths(checkpoint.size))
    assert root_of(checkpoint.size, tiles.reader(kept)) == checkpoint.root
    assert kept == tiles.grown(0, {}, map(leaf_hash, entries))


def test_disclosures_stand_in_their_leaves_and_can_be_erased(grant, asha, publish, superuser):
    publish()
    found = files(export.whole_log("eu"))
    leaves = {}
    for path, data in found.items():
        if path.startswith("tile/entries/"):
            leaves |= {json.loads(e)["id"]: json.loads(e) for e in tiles.unbundle(data)}
    lines = [json.loads(line) for line in found["disclosures.jsonl"].splitlines()]
    assert {disclosures.parse(line["disclosure"]).value for line in lines} == {"Asha", "Bo"}
    assert len(lines) == len(leaves)
    for line in lines:
        assert leaves[line["event"]]["sd"] == [disclosures.digest(line["disclosure"])]
        assert disclosures.parse(line["disclosure"]).name == line["name"] == "actor_label"
    superuser["eu"].execute("delete from access_auditdisclosure")
    erased = files(export.whole_log("eu"))
    assert erased.pop("disclosures.jsonl") == b""
    del found["disclosures.jsonl"]
    assert erased == found


def test_day_holds_its_range_and_what_proves_it(grant, publish, superuser):
    publish()
    today = superuser["eu"].execute("select (lock.now() at time zone 'UTC')::date").fetchone()[0]
    found = files(export.day("eu", today))
    checkpoint = checked(found)
    span = json.loads(found["range.json"])
    assert (span["first"], span["last"]) == (0, checkpoint.size - 1)
    assert root_of(checkpoint.size, tiles.reader(hash_tiles(found))) == checkpoint.root
    with pytest.raises(export.NothingToExport):
        export.day("eu", today - timedelta(days=1))


def test_evidence_proves_each_event_of_the_grant(grant, tenant, asha, bo, publish):
    publish()
    found = files(export.evidence("eu", grant.reference))
    checkpoint = checked(found)
    kinds = {}
    for path, data in found.items():
        if path.startswith("proofs/"):
            one = json.loads(data)
            assert (path, one["size"]) == (f"proofs/{one['position']}.json", checkpoint.size)
            leaf = decoded(one["leaf"])
            check_inclusion(
                one["position"],
                one["size"],
                leaf_hash(leaf),
                [decoded(step) for step in one["hashes"]],
                checkpoint.root,
            )
            kinds[one["position"]] = json.loads(leaf)["type"]
    assert [kinds[at] for at in sorted(kinds)] == [
        "request.submitted",
        "vote.cast",
        "grant.ready",
        "request.approved",
        "grant.started",
        "view.rooms",
        "grant.returned",
    ]
    pack = json.loads(found["pack.json"])
    assert pack["tenant"] == {"id": str(tenant.pk), "reference": tenant.reference}
    [vote], [made], [use] = pack["votes"], pack["made"], pack["uses"]
    assert vote["detail"] | {"voter": str(bo.pk), "second_factor": "totp"} == vote["detail"]
    assert made["detail"]["votes"] == [str(bo.pk)]
    assert (use["actor"], use["what"]) == (str(asha.pk), "view.rooms")
    assert pack["ended"][0]["detail"]["ends_at"] == pack["ended"][0]["detail"]["closed_at"]
    assert not [path for path in found if path.startswith("tile/")]


def test_bundle_of_a_checkpoint_is_made_again_byte_for_byte_139(grant, tenant, asha, publish):
    publish()
    size = export.source("eu").size

    def made() -> list[bytes]:
        today = datetime.now(UTC).date()
        bundles = (
            export.whole_log("eu", size),
            export.day("eu", today, size),
            export.evidence("eu", grant.reference, size),
        )
        written = []
        for bundle in bundles:
            with io.BytesIO() as target:
                bundle.write_zip(target)
                written.append(target.getvalue())
        return written

    before = made()
    call_command("sign_checkpoints", "--once")
    assert made() == before


def test_earlier_checkpoint_begins_the_later_one(grant, publish, superuser):
    publish()
    earlier = export.source("eu")
    with earlier.cursor as cursor:
        cursor.execute("select lock.record_export(null, '', '{}')")
    publish()
    later = export.source("eu")
    assert later.size == earlier.size + 1
    with later.cursor as cursor:
        path = proofs.consistency(cursor, REGIONAL_LOG, earlier.size, later.size)
        assert proofs.root_at(cursor, REGIONAL_LOG, earlier.size) == earlier.root
    check_consistency(earlier.size, later.size, earlier.root, later.root, path)


def test_command_writes_the_bundle_and_records_that(grant, publish, superuser, tmp_path):
    publish()
    out = tmp_path / "log.zip"
    call_command("export_audit", "eu", str(out))
    call_command("export_audit", "eu", str(tmp_path / "pack"), "--grant", grant.reference)
    assert (tmp_path / "pack" / "pack.json").exists()
    assert zipfile.is_zipfile(out)
    events = superuser["eu"].execute(
        "select detail ->> 'kind' from access_auditevent where type = 'record.exported' order by 1"
    )
    assert events.fetchall() == [("evidence",), ("log",)]
    for arguments in (["eu", str(out)], ["us", str(tmp_path / "x.zip")]):
        with pytest.raises(CommandError):
            call_command("export_audit", *arguments)
    with pytest.raises(CommandError):
        call_command("export_audit", "eu", str(tmp_path / "y.zip"), "--grant", "GR-NOBODY")


def test_missing_leaf_is_not_exported_around(grant, publish, superuser):
    publish()
    with superuser["eu"].transaction():
        superuser["eu"].execute("set local session_replication_role = replica")
        superuser["eu"].execute("delete from access_regionalleaf where position = 100")
    with pytest.raises(tiles.BadTile):
        files(export.whole_log("eu"))


@pytest.fixture
def as_owner(cluster):
    """Call it, and the process is whoever migrates; afterwards it is the web process again."""
    before = {alias: dict(connections[alias].settings_dict) for alias in ALIASES}

    def call() -> None:
        for alias in ALIASES:
            url = conninfo_to_dict(cluster.url(alias, "rooms_owner"))
            connections[alias].close()
            connections[alias].settings_dict |= {"USER": url["user"], "PASSWORD": url["password"]}

    yield call
    for alias in ALIASES:
        connections[alias].close()
        connections[alias].settings_dict.update(before[alias])


def test_erased_name_is_gone_and_the_log_still_proves_itself(
    grant, asha, publish, as_owner, superuser
):
    publish()
    before = files(export.whole_log("eu"))
    size = export.source("eu").size
    as_owner()
    call_command("erase_name", str(asha.pk), "--basis", "gdpr-17")
    after = files(export.whole_log("eu", size))
    values = [
        disclosures.parse(json.loads(line)["disclosure"]).value
        for line in after.pop("disclosures.jsonl").splitlines()
    ]
    del before["disclosures.jsonl"]
    assert after == before
    assert set(values) == {"Bo"}
    names = superuser["eu"].execute("select distinct actor_label from access_auditevent order by 1")
    assert names.fetchall() == [("",), ("Bo",), ("Rooms Ops",)]
    last = superuser["eu"].execute(
        "select subject_reference, detail from access_auditevent where type = 'disclosure.redacted'"
    )
    [(who, detail)] = last.fetchall()
    assert (who, detail["basis"], detail["name"]) == (str(asha.pk), "gdpr-17", "actor_label")
    assert detail["events"] > 300


def test_name_is_erased_by_no_process_role(grant, asha, publish):
    publish()
    with pytest.raises(ProgrammingError):
        call_command("erase_name", str(asha.pk), "--basis", "gdpr-17")
    with pytest.raises(CommandError):
        call_command("erase_name", str(asha.pk), "--basis", "because Asha asked")
