"""Fixtures that any test may ask for. What a run stands on (PostgreSQL, Valkey) is started by tests/services.py."""
