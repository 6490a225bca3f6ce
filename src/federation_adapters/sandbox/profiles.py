"""Server generations: which behaviour differs between a current Waldur and one of October 2024."""

import attrs


@attrs.frozen
class Profile:
    """Switches of one generation; True is what the current server does.

    Attributes:
        name: `8.1.2` or `2024-10`.
        version: What `GET /api/version/` answers.
        current_routes: Endpoints that came after October 2024 exist.
        attribute_filter: Resources can be filtered by `resource_attributes`.
        precise_times: `created` and `modified` filters compare moments (else: days), `_before` filters exist.
        fractional_limits: Limits need not be whole numbers.
        open_version: Everybody may ask for the version (else: staff and support).
        answers_with_detail: `approve_by_*` answer a sentence (else: an empty body).
        offering_roles_count: A role on the offering is enough for order actions (else: the customer's is needed).
        strict_create: Plans are demanded and `ORDER.CREATE` is checked.
        erring_moves_done: `set_state_erred` changes the state of a done order (else: only that of its resource).
        start_dates: State `pending-start-date` exists.
        honours_date: Reports of usage land in the month of their `date` (else: `date` is ignored).
        keeps_other_usages: A report leaves the `current_usages` of components it does not mention (else: drops them).
        raises_empty_totals: Users' rows lift a total of zero to their sum.
        reports_once: Components billed once (`one`) may be reported.
        user_usage_periods: Rows of users' usage show `billing_period`.
        role_names: A provider's list of grants shows `role_name` (else: only the short word of the role).
        account_name_filter: Offering users can be filtered by `username`.
        absent: Paths of the routes (as in the table of routes, below `/api`) that this server lacks all the same.
    """

    name: str = "8.1.2"
    version: str = "8.1.2"
    current_routes: bool = True
    attribute_filter: bool = True
    precise_times: bool = True
    fractional_limits: bool = True
    open_version: bool = True
    answers_with_detail: bool = True
    offering_roles_count: bool = True
    strict_create: bool = True
    erring_moves_done: bool = True
    start_dates: bool = True
    honours_date: bool = True
    keeps_other_usages: bool = True
    raises_empty_totals: bool = True
    reports_once: bool = True
    user_usage_periods: bool = True
    role_names: bool = True
    account_name_filter: bool = True
    absent: frozenset[str] = frozenset()


CURRENT = Profile()
LEGACY = Profile(
    name="2024-10",
    version="7.0.9",
    current_routes=False,
    attribute_filter=False,
    precise_times=False,
    fractional_limits=False,
    open_version=False,
    answers_with_detail=False,
    offering_roles_count=False,
    strict_create=False,
    erring_moves_done=False,
    start_dates=False,
    honours_date=False,
    keeps_other_usages=False,
    raises_empty_totals=False,
    reports_once=False,
    user_usage_periods=False,
    role_names=False,
    account_name_filter=False,
)
PROFILES = {profile.name: profile for profile in (CURRENT, LEGACY)}
