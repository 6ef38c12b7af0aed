"""The list core: what every list of the product shares.

A list is a `ListSpec` (columns, filters, orders). Its whole state stands in the URL and is read by
`ListState`; rows come one keyset page at a time from `page_of`; `Listing` is what templates show.
"""

from access.listing.columns import Column, Order
from access.listing.counts import Count, counted
from access.listing.filters import Filter, choice_filter, text_filter
from access.listing.listing import Listing
from access.listing.pages import Page, merged, page_from, page_of
from access.listing.spec import ListSpec
from access.listing.state import ListState

__all__ = [
    "Column",
    "Count",
    "Filter",
    "ListSpec",
    "ListState",
    "Listing",
    "Order",
    "Page",
    "choice_filter",
    "counted",
    "merged",
    "page_from",
    "page_of",
    "text_filter",
]
