"""Answers about the server itself."""

from federation_adapters.sandbox.conventions.call import Call, Reply
from federation_adapters.sandbox.exceptions import forbidden
from federation_adapters.sandbox.store import Store


def retrieve_version(call: Call) -> Reply:
    """Answer the server's version."""
    if not (call.profile.open_version or call.access.sees_all):
        raise forbidden()
    body = {"version": call.profile.version}
    if call.access.sees_all:
        body["latest_version"] = call.profile.version
    return Reply(body)


def retrieve_configuration(store: Store) -> Reply:
    """Answer the public settings; no token is needed."""
    return Reply({
        "WALDUR_CORE": {"SITE_NAME": "Sandbox", "AUTHENTICATION_METHODS": ["LOCAL_SIGNIN"]},
        "WALDUR_MARKETPLACE": {"ENFORCE_USER_CONSENT_FOR_OFFERINGS": store.settings.enforce_consent},
        "FEATURES": {},
        "LANGUAGES": [["en", "English"]],
    })  # fmt: skip
