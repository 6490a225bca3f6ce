"""Proving who asks us, where we serve."""

from typing import Protocol

from federation_core.domain.callers import Caller


class TokenVerifier(Protocol):
    """Reads bearer tokens."""

    def known(self, token: str) -> Caller | None:
        """Whose *token* is, without asking anybody; None where the identity provider has to be asked first.

        Raises:
            NotAuthenticated: the token is not valid.
            NotPermitted: it is, and not for us, or without the role that everybody needs.
        """

    def verify(self, token: str) -> Caller:
        """Whose *token* is; the identity provider is asked where that is needed.

        Raises:
            NotAuthenticated: the token is not valid.
            NotPermitted: it is, and not for us, or without the role that everybody needs.
            PlaneError: the identity provider gives no keys to judge by.
        """
