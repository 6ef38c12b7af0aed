"""What the pages of rooms show: rows read and put in order, one module a page or part.

A view answers a URL; what it renders is built here. No module here answers one.
"""
