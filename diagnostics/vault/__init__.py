"""Content is stored encrypted, and a key to it is unwrapped only where its row can be read.

data key (tenant x class x month) <- tenant key <- region key, which its provider keeps.
`sealing` and `wrapping` are pure; `keys` is the only module that reads the tables of keys.
"""
