"""Every tag of the look in one library, so that a template loads `ui` and has them all."""

from django import template

from portal.templatetags import charts, fields, lists, marks, panels, times

register = template.Library()

for part in (marks, times, panels, lists, fields, charts):
    register.tags.update(part.register.tags)
    register.filters.update(part.register.filters)
