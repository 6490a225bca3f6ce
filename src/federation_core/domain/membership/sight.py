"""Whether A shows our token everybody: one that lost its role is answered with shorter lists, not with errors."""

from federation_core.domain.membership.records import Provider
from federation_core.domain.observed import Complete, Incomplete, Observed, Unreadable
from federation_core.domain.standing import Standing


def blind_to_provider(seen: Observed[Standing], provider: Provider) -> str:
    """Why the token is not proven to see all of *provider*; empty where it is staff's, or holds a role on it."""
    match seen:
        case Complete(standing):
            scopes = {role.scope for role in standing.roles}
            has_role = not scopes.isdisjoint({provider.customer.hex, provider.id.hex})
            return "" if standing.is_staff or has_role else _roleless(provider)
        case Incomplete(_, reason) | Unreadable(reason):
            return reason


def _roleless(provider: Provider) -> str:
    return (
        f"the token on A holds no role on the provider, customer {provider.customer}, so people whom its lists do not show may "
        "be members all the same; have the role given back"
    )
