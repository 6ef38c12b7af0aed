"""The only code that opens a view. Every view carries exactly one declaration, outermost.

`@requires(scope)` for tenant data, `@signed_in(reason=…)` for what needs a person and no grant,
`@by_device(…)` for what a device has signed, `@public(reason=…)` for the rest. A view without one
answers 403, and fails the build.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from typing import TYPE_CHECKING, Any, cast

from django.http import Http404, HttpResponse
from django.utils.functional import SimpleLazyObject

from access import audit, clock, entrance, held, personnel, relations
from access.actions.grants import suspend_unfit_holder
from access.closed import Closed, closed_card
from access.held import Held, HeldGrant
from access.lock import context
from access.models import Staff, Tenant
from access.references import room_key
from access.relations import Relations
from access.residency import region_of
from access.scopes import OF_CONTROL, Scope
from access.sign_in import sign_in_address
from access.verdict import Denied

if TYPE_CHECKING:
    from access.http import HttpRequest

View = Callable[..., HttpResponse]


@dataclass(frozen=True)
class Declaration:
    """What a view declared. `view` is the function that was signed: a wrapper around it is not."""

    kind: str
    scopes: tuple[Scope, ...] = ()
    reason: str = ""
    view: View | None = field(default=None, compare=False)


@dataclass
class Access:
    """What this request opens of one tenant; a view asks `opens(scope)`, the database decides."""

    person: Staff
    relations: Relations
    tenant: Tenant
    room_reference: str | None
    grants: list[HeldGrant]
    clock: datetime
    unfit: Denied | None = None

    def opens(self, scope: Scope) -> bool:
        """Whether a grant in use names the scope for this tenant and room."""
        return self.under(scope) is not None

    def under(self, scope: Scope) -> HeldGrant | None:
        """The grant that opens the scope: the narrowest, then the one that ends last."""
        fitting = [grant for grant in self.grants if scope.value in grant.scopes]
        return min(fitting, key=lambda g: (g.whole_tenant, -g.ends_ms), default=None)

    def closed(self, *scopes: Scope, what: str) -> Closed:
        """The card for scopes that are not open."""
        return closed_card(self, *scopes, what=what)


def declared(view: View) -> Declaration | None:
    """The declaration of a view, or None when it has none or something was put around it."""
    declaration = getattr(view, "gate", None)
    return declaration if declaration is not None and declaration.view is view else None


def _sign(wrapper: View, kind: str, scopes: tuple[Scope, ...] = (), reason: str = "") -> View:
    wrapper.gate = Declaration(kind, scopes, reason, wrapper)  # type: ignore[attr-defined] # a mark
    return wrapper


def public(*, reason: str) -> Callable[[View], View]:
    """A view for everybody; `reason` is printed in the URL map."""

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            return view(request, *args, **kwargs)

        return _sign(wrapper, "public", reason=reason)

    return decorate


def signed_in(*, reason: str) -> Callable[[View], View]:
    """A view for a person with a second factor; it opens no tenant data."""

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            turned_away = _meet(request)
            return turned_away or view(request, *args, **kwargs)

        return _sign(wrapper, "signed in", reason=reason)

    return decorate


def by_device(check: Callable[[HttpRequest], object], *, reason: str) -> Callable[[View], View]:
    """A view for a device. `check` knows it by its signature, or raises; what it returns is handed
    to the view after the request."""

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            return view(request, check(request), *args, **kwargs)

        return _sign(wrapper, "device", reason=reason)

    return decorate


def requires(*scopes: Scope, standing: bool = False) -> Callable[[View], View]:
    """A view of one tenant's data. Its URL names the tenant, and perhaps a room.

    Enters the tenant's region under a signed context, records the view before anything is read,
    and calls the view with `access`. Without a grant the view is called too: it renders closed,
    and the database shows it nothing; `standing` claims the person's relations to the tenant, for
    what is theirs to decide without one.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(request: HttpRequest, tenant: str = "", **refs: str) -> HttpResponse:
            turned_away = _meet(request)
            if turned_away:
                return turned_away
            found = entrance.tenant_or_404(request, tenant)
            if found.is_control and OF_CONTROL.isdisjoint(scopes):
                raise Http404("The control plane has no rooms.")
            access = _look(request, found, refs.get("room"))
            subject = _subject(found, refs)
            try:
                with _entered_under_record(
                    request, access, view.__name__, subject, scopes, standing=standing
                ):
                    request.access = access
                    return view(request, access, **refs)
            except Http404:
                # What was asked for in vain is rolled back with its record, so it gets another.
                name = view.__name__
                with _entered_under_record(request, access, name, subject, scopes, found=False):
                    pass
                raise

        return _sign(wrapper, "requires", scopes)

    return decorate


def _meet(request: HttpRequest) -> HttpResponse | None:
    """Know who asks, or answer with the way to sign in."""
    user: Any = request.user  # nobody yet, perhaps; is_verified comes from the second factor
    if not (user.is_authenticated and user.is_verified()):
        return _to_sign_in(request)
    request.relations = relations.of(user)
    session = audit.session_mark(request)
    # Asked for by the strip and by @requires; a form that only redirects asks no region.
    planes = entrance.planes_of(request.relations)
    request.held_grants = cast(
        Held, SimpleLazyObject(lambda: held.grants_of(user, session, planes))
    )
    return None


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """A redirect for pages; for a fragment, an order to load the sign-in page."""
    target = sign_in_address(request)
    if request.htmx:
        return HttpResponse(status=401, headers={"HX-Redirect": target})
    return HttpResponse(status=302, headers={"Location": target})


def _look(request: HttpRequest, tenant: Tenant, room: str | None) -> Access:
    """What the person's grants would open here, unless a personnel gate has failed since."""
    grants = request.held_grants.reaching(tenant.reference, room)
    access = Access(
        person=request.user,
        relations=request.relations,
        tenant=tenant,
        room_reference=room,
        grants=grants,
        clock=request.held_grants.clock or clock.now(),
    )
    if grants:
        access.unfit = _judge_use(request, access)
        if access.unfit is not None:
            _suspend(request, tenant, access.unfit)
            access.grants = []
    return access


def _judge_use(request: HttpRequest, access: Access) -> Denied | None:
    """The personnel gates, asked again at every use."""
    person, policy = entrance.qualified(request)
    scopes = [Scope(scope) for grant in access.grants for scope in grant.scopes]
    for verdict in (
        personnel.is_fit(person, policy, access.clock),
        personnel.may_reach(person, policy, access.tenant, scopes),
    ):
        if isinstance(verdict, Denied):
            return verdict
    return None


def _suspend(request: HttpRequest, tenant: Tenant, denied: Denied) -> None:
    """Suspend the holder's grants of this tenant, in a transaction of its own."""
    with entrance.entered(request, tenant):
        suspend_unfit_holder(by=request.user, denied=denied)


def _subject(tenant: Tenant, refs: dict[str, str]) -> tuple[str, str]:
    """The narrowest thing that the URL names."""
    for kind in ("device", "incident", "collection", "remediation", "wave", "room"):
        if kind in refs:
            return kind, refs[kind]
    return "tenant", tenant.reference


def _query(request: HttpRequest) -> str:
    """What was asked of the page: another filter or page of a list is another view.

    `seen` is left out: it is how a live page asks for news of the same view.
    """
    asked = request.GET.copy()
    asked.pop("seen", None)
    return asked.urlencode()


def _detail(request: HttpRequest, *, found: bool) -> dict[str, Any]:
    """What sets a view apart from a page that was read: sent by a form, or not there."""
    sent = {} if request.method in ("GET", "HEAD") else {"method": request.method}
    return sent if found else {**sent, "found": False}


@contextmanager
def _entered_under_record(
    request: HttpRequest,
    access: Access,
    name: str,
    subject: tuple[str, str],
    scopes: tuple[Scope, ...],
    *,
    found: bool = True,
    standing: bool = False,
) -> Iterator[None]:
    """Enter the region with the view's record written first: no read without a record."""
    detail = _detail(request, found=found)
    region, session = region_of(access.tenant), audit.session_mark(request)
    under = {scope: access.under(scope) for scope in scopes}
    opened = [scope for scope, grant in under.items() if grant]
    grants = sorted({grant.reference for grant in under.values() if grant})
    kind = f"view.{name}"
    event_id = audit.view_id(
        region,
        request.user,
        session,
        kind,
        subject,
        opened or ["closed"],
        grants,
        variant="".join([_query(request), *(f"\x1f{key}" for key in detail)]),
    )
    room = access.room_reference
    with context.opened(
        region,
        by=access.person,
        session=session,
        tenant=access.tenant,
        room_id=room_key(access.tenant.pk, room) if room else None,
        claims=entrance.claims_for(access.relations, [access.tenant]) if standing else (),
        event_id=event_id,
    ):
        audit.record_view(
            event_id,
            kind,
            outcome="opened" if opened else "closed",
            subject=subject,
            scopes=opened or scopes,
            grants=grants,
            purpose=access.grants[0].purpose if access.grants else "",
            detail=detail,
        )
        yield
