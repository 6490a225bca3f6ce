"""Organisations and the service providers among them."""
