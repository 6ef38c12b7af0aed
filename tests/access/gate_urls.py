"""Addresses for the gate's own tests: views that declare well, badly, or not at all."""

from django.http import Http404, HttpResponse
from django.urls import include, path
from django.views.decorators.cache import cache_page

from access.gate import public, requires, signed_in
from access.scopes import Scope
from rooms.models import Room


def undeclared(request):
    return HttpResponse("must never be seen")


@public(reason="a test")
def hello(request):
    return HttpResponse("hello")


@signed_in(reason="a test")
def inside(request):
    return HttpResponse("inside")


def names_of_rooms():
    return HttpResponse(",".join(room.name for room in Room.objects.all()) or "no rooms")


@requires(Scope.INVENTORY_VIEW)
def listed(request, access):
    return names_of_rooms()


@requires(Scope.INVENTORY_VIEW)
def one(request, access, room):
    return names_of_rooms()


@requires(Scope.HEALTH_VIEW)
def forgetful(request, access):
    """Declares one scope, reads the data of another, and checks nothing."""
    return names_of_rooms()


@requires(Scope.INVENTORY_VIEW)
def absent(request, access):
    """Reads, and then answers that there is nothing."""
    raise Http404(names_of_rooms().content)


urlpatterns = [
    path("", include("portal.urls")),
    path("test/undeclared/", undeclared),
    path("test/cached/", cache_page(60)(hello)),
    path("test/hello/", hello),
    path("test/inside/", inside),
    path("test/t/<tenant:tenant>/", listed),
    path("test/t/<tenant:tenant>/forgetful/", forgetful),
    path("test/t/<tenant:tenant>/absent/", absent),
    path("test/t/<tenant:tenant>/<room:room>/", one),
]
