"""What an auditor takes home: the verifier, one file that needs nothing else, and its drills."""
