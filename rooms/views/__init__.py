"""The pages of rooms: fleet counts, triage, tenants, and a tenant's rooms and devices."""
