"""A witness that runs by itself, with its own key and memory, and how the signer asks one."""
