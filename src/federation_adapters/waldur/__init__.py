"""Waldur's REST API: the core's ports, implemented for A as a provider and for B as a consumer.

Every module is the same three steps: call, structure into a wire type, translate into a domain value. Wire types never leave.
"""
