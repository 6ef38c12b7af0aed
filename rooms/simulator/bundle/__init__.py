"""What a simulated device hands in when its logs are ordered: a zip of real file formats.

`maker.make_bundle` makes the file; the same machine, history and order make the same bytes.
"""
