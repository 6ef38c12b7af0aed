"""What the larger pages show: facts gathered and put in order, one module a page.

A view fetches, acts and renders; what it renders is built here. No module here answers a URL.
"""
