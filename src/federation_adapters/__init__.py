"""Implementations of the core's ports: Waldur's REST API, local machinery, and the sandbox that stands in for a Waldur."""
