"""The device surface: how devices sign, what they are answered, and the document that says so."""
