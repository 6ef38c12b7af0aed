"""The remediation queue under fire: real workers, real brokers, and kills at random."""
