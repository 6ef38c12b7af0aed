"""Destroy what is due: by class and age every day, and on request in deletion cases."""
