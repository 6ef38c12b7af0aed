"""May they, now? One answer for the button and for the refusal."""
