"""What the request form shows beside its fields: scopes by category, checks, who decides."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from access import clock, entrance, personnel, policy, relations, rules
from access.forms.fields import minutes_of
from access.forms.requests import OTHER_ROOMS, WHOLE_TENANT, AskForm, rooms_in
from access.models import AccessRequest, Lockout, Staff, Tenant
from access.personnel import Personnel
from access.policy import Policy, ScopeRule
from access.residency import place_words, region_of
from access.scopes import COMING, Category, Relation
from access.verdict import Denied, Verdict, first_denial
from access.words import duration_text, scopes_text

if TYPE_CHECKING:
    from access.held import HeldGrant
    from access.http import HttpRequest

REMOVED = "Never collected: removed on the device before anything is sent."
NEVER_COLLECTED = (
    ("Meeting subject and body", REMOVED),
    ("Attendee contact cards", REMOVED),
    ("Chat in meetings", REMOVED),
    ("Audio and video", "Never collected: no media leaves the room for this service."),
)
MENDED_ON_OWN_PAGE = frozenset({"training", "privacy"})
DEFAULT_MINUTES = 60
COMING_SOON = " Opens nothing yet: its pages come later."
NO_PART = Denied(
    "You have no part in asking for this tenant.", "Somebody who may ask can.", "not_offered"
)


@dataclass(frozen=True)
class Desk:
    """What a form is judged by: one person, one tenant, the policy and the moment."""

    tenant: Tenant
    person: Personnel
    policy: Policy
    offered: list[ScopeRule]
    others: list[Staff]
    held: list[HeldGrant]
    stopped: bool
    at: datetime

    @property
    def reachable(self) -> Verdict:
        """Whether the tenant lets staff of this person's country look."""
        return personnel.may_reach(self.person, self.policy, self.tenant, ())

    @property
    def fit(self) -> Verdict:
        """Whether this person may ask here at all, now; scopes are judged when they are chosen."""
        if self.stopped:
            return rules.STOPPED
        if not self.offered:
            return NO_PART
        return first_denial(personnel.is_fit(self.person, self.policy, self.at), self.reachable)


def desk_of(request: HttpRequest, tenant: Tenant) -> Desk:
    """Read what the form needs. An outage of the tenant's region shows here, before typing."""
    person, in_force = entrance.qualified(request)
    standing = request.relations
    with entrance.entered(request, tenant):
        at = clock.now(region_of(tenant))
        stopped = is_stopped([person.staff.person_id, tenant.pk])
    request.clock, request.region_alias = at, region_of(tenant)
    deciders = relations.people_who(Relation.MAY_DECIDE, tenant)
    return Desk(
        tenant=tenant,
        person=person,
        policy=in_force,
        offered=[
            rule
            for rule in policy.offered(in_force, control=tenant.is_control)
            if standing.has(rule.details.asked_by, tenant.pk)
        ],
        others=[one for one in deciders if one.person_id != person.staff.person_id],
        held=request.held_grants.reaching(tenant.reference, None),
        stopped=stopped,
        at=at,
    )


def is_stopped(targets: Iterable[Any]) -> bool:
    """Whether an emergency stop stands on any of these people or tenants of the open region."""
    return Lockout.objects.filter(target_id__in=list(targets), released_at__isnull=True).exists()


def from_link(request: HttpRequest, desk: Desk) -> dict[str, Any]:
    """The form's values as the link names them: the narrowest that it allows."""
    link = request.GET
    rooms = rooms_in(",".join(link.getlist("room")))
    offered = {rule.details.scope.value: rule for rule in desk.offered}
    scopes = [scope for scope in link.getlist("scope") if scope in offered]
    defaults = [minutes_of(offered[scope].default) for scope in scopes]
    return {
        "reach": ",".join(rooms) or (OTHER_ROOMS if link.get("room") else WHOLE_TENANT),
        "scope": scopes,
        "minutes": min(defaults, default=DEFAULT_MINUTES),
        "incident": link.get("incident", "")[:16],
    }


def form_page(
    request: HttpRequest,
    desk: Desk,
    form: AskForm,
    *,
    changing: AccessRequest | None = None,
    stale: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page of the form, for a new request or for the change of one."""
    page = {
        "form": form,
        "desk": desk,
        "groups": scope_groups(desk, form),
        "never_collected": NEVER_COLLECTED,
        "checks": checks(desk, form),
        "summary": summary(desk, form),
        "approvals": approvals_sentence(desk, form),
        "changing": changing,
        "stale": stale,
        "crumbs": crumbs_of(desk.tenant, changing),
        "me_url": reverse("access:me"),
    }
    return render(request, "access/request_new.html", page, status=status)


def crumbs_of(tenant: Tenant, changing: AccessRequest | None) -> list[tuple[str, str]]:
    """Where the form stands."""
    first = [("My access", reverse("access:my_access"))]
    if changing is None:
        return [*first, (f"Ask for {tenant.reference}", "")]
    url = reverse("access:request", args=[tenant.reference, changing.reference])
    return [*first, (changing.reference, url), ("Change", "")]


def scope_groups(desk: Desk, form: AskForm) -> list[dict[str, Any]]:
    """The scopes offered to this person, by category, each with its sentence and limits."""
    ticked = form["scope"].value() or []
    groups = []
    for category in Category:
        rows = [
            _scope_row(desk, rule, ticked)
            for rule in desk.offered
            if rule.details.category == category
        ]
        if rows:
            groups.append({"label": category.label, "rows": rows})
    return groups


def _scope_row(desk: Desk, rule: ScopeRule, ticked: list[str]) -> dict[str, Any]:
    scope = rule.details.scope
    votes = "1 approval" if rule.votes == 1 else f"{rule.votes} approvals"
    reach = personnel.may_reach(desk.person, desk.policy, desk.tenant, [scope])
    return {
        "value": scope.value,
        "label": scope.label,
        "sentence": rule.details.sentence + (COMING_SOON if rule.details.scope in COMING else ""),
        "limits": f"Up to {duration_text(rule.maximum)}, {votes}.",
        "checked": scope.value in ticked,
        "closed": f"{reach.reason} {reach.remedy}" if isinstance(reach, Denied) else "",
    }


def checks(desk: Desk, form: AskForm) -> list[dict[str, str]]:
    """The gates as a list of checks, with the way to mend those that fail."""
    entries = [finding_check(finding) for finding in findings_of(desk)]
    entries.append(check("Served from your country", desk.reachable))
    if form.chosen:
        scopes = [rule.details.scope for rule in form.chosen]
        decided = rules.can_be_decided(desk.person.staff, desk.policy, scopes, desk.others)
        entries.append(check("Enough people can decide", decided))
    entries += [
        {
            "word": "note",
            "tone": "warn",
            "text": f"You hold {grant.reference} here: {grant.scopes_text}, {grant.label}.",
            "url": grant.url,
            "link": "Look",
        }
        for grant in desk.held
    ]
    return entries


def findings_of(desk: Desk) -> list[personnel.Finding]:
    """The person's gates, judged now."""
    return personnel.findings(desk.person, desk.policy, desk.at)


def finding_check(finding: personnel.Finding) -> dict[str, str]:
    """One gate as a check, linked to where the person mends it."""
    entry = check(finding.passed_sentence, finding.verdict)
    if not finding.verdict and finding.gate in MENDED_ON_OWN_PAGE:
        entry |= {"url": reverse("access:me"), "link": "Open your own page"}
    return entry


def check(passed: str, verdict: Verdict) -> dict[str, str]:
    """A pass with its sentence, or a fail with the reason and what would make it yes."""
    if isinstance(verdict, Denied):
        sentence = f"{verdict.reason} {verdict.remedy}".strip()
        return {"word": "fail", "tone": "bad", "text": sentence}
    return {"word": "pass", "tone": "ok", "text": f"{passed}."}


def summary(desk: Desk, form: AskForm) -> str:
    """What is asked as one sentence, once enough is chosen to say it."""
    reach = str(form["reach"].value() or "")
    rooms = rooms_in(str(form["other_rooms"].value() or "") if reach == OTHER_ROOMS else reach)
    minutes = str(form["minutes"].value() or "")
    whole = reach == WHOLE_TENANT
    if not (form.chosen and (rooms or whole) and minutes.isdecimal() and len(minutes) < 5):
        return ""
    what = scopes_text(rule.details.scope for rule in form.chosen)
    where = f"{rooms_text(rooms)} of" if rooms else "the whole tenant"
    incident = str(form["incident"].value() or "").strip()
    return (
        f"Ask for {what} of {where} {desk.tenant.reference}"
        f" for up to {duration_text(timedelta(minutes=int(minutes)))}"
        f"{f', for {incident}' if incident else ''}."
        f" Shown from the {place_words(desk.tenant.region)}."
    )


def rooms_text(references: Sequence[str]) -> str:
    """One room, or several, by reference."""
    return ("room " if len(references) == 1 else "rooms ") + ", ".join(references)


def approvals_sentence(desk: Desk, form: AskForm) -> str:
    """How many people must approve, and who could."""
    names = ", ".join(one.name for one in desk.others) or "nobody yet"
    if not form.chosen:
        return f"Who can approve: {names}."
    scopes = [rule.details.scope for rule in form.chosen]
    votes = desk.policy.votes(scopes)
    groups = desk.policy.groups(scopes)
    one_each = f", one each from {' and '.join(groups)}" if groups else ""
    needed = "1 person approves" if votes == 1 else f"{votes} people approve"
    return f"{needed}{one_each}. Who can: {names}."
