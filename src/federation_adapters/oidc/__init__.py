"""Whose a bearer token is, by the keys that a realm of Keycloak publishes (JWKS); the identity provider sees no token.

The signature is verified by PyJWT; everything else about a token is decided here, by what RFC 7519 and Keycloak's own access
tokens say. Needs the extra ``storage-proxy``.
"""
