"""Who sends a request, by its token."""

from werkzeug import Request

from federation_adapters.sandbox.entities import User
from federation_adapters.sandbox.exceptions import unauthenticated
from federation_adapters.sandbox.store import Store

_PARTS = 2


def authenticate(request: Request, store: Store) -> User:
    """Return the user whose token the request carries.

    Raises:
        ApiError: 401 without a token, with an unknown or expired one, or one of a deactivated user.
    """
    user = store.user_of_token(_token(request))
    if user is None:
        raise unauthenticated("Invalid token.")
    if not user.is_active:
        raise unauthenticated("User inactive or deleted.")
    if user.token_expires_at is not None and user.token_expires_at <= store.now():
        raise unauthenticated("Token has expired.")
    return user


def _token(request: Request) -> str:
    header = request.headers.get("Authorization", "")
    words = header.split()
    if not words and request.args.get("x-auth-token"):
        return request.args["x-auth-token"]
    if not words or words[0].lower() != "token":
        raise unauthenticated("Authentication credentials were not provided.")
    if len(words) == 1:
        raise unauthenticated("Invalid token. No credentials provided.")
    if len(words) > _PARTS:
        raise unauthenticated("Invalid token. Token string should not contain spaces.")
    return words[1]
