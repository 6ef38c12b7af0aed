"""Does anybody hold standing access? Asked of the catalogues, and tried as an attacker would."""
