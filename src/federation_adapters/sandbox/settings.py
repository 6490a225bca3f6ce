"""What the operator of a server may switch, as opposed to what its generation decides."""

from datetime import UTC, tzinfo
from types import MappingProxyType

import attrs
from attrs import field

from federation_adapters.sandbox.entities import JsonObject
from federation_adapters.sandbox.journal import Journal, remember

PERSONAL_ATTRIBUTES = MappingProxyType(
    {
        "first_name": "text",
        "last_name": "text",
        "email": "email",
        "organization": "text",
        "affiliations": "texts",
        "civil_number": "text",
        "phone_number": "text",
        "identity_source": "text",
        "gender": "gender",
        "personal_title": "text",
        "birth_date": "date",
        "place_of_birth": "text",
        "address": "text",
        "country_of_residence": "text",
        "nationality": "text",
        "nationalities": "texts",
        "organization_country": "text",
        "organization_type": "text",
        "organization_registry_code": "text",
        "organization_vat_code": "text",
        "organization_address": "text",
        "eduperson_assurance": "texts",
        "uid_number": "number",
        "primary_gid": "number",
    }
)
"""Attributes of a person that an identity service may push -> kind of value."""

ALL_REMOVED = "all_isds_removed"
ANY_REMOVED = "any_isd_removed"


@attrs.define(eq=False, kw_only=True, on_setattr=remember)
class Settings:
    """Switches of one server.

    Attributes:
        time_zone: Decides which month a report belongs to.
        invoice_days: For how many days after its end a month's invoice can still change.
        single_project_manager: A project has at most one `PROJECT.MANAGER`.
        enforce_consent: Providers see only people who agreed to the terms of their offering.
        enforce_complete_profiles: Providers see only people whose profile has all *required_attributes*.
        required_attributes: Attributes a complete profile has.
        identity_bridge: Identity services may push people.
        bridge_attributes: Attributes they may push.
        deactivation_policy: `all_isds_removed` or `any_isd_removed`: when a removal deactivates the person.
        locked_attributes: Attributes that only *authoritative_isd* may take over.
        authoritative_isd: That identity service; empty for none.
        eduteams: People can be fetched from eduTEAMS.
        eduteams_people: Whom eduTEAMS knows: community user id -> attributes.
        eduteams_trouble: Complaint with which every fetch fails; empty when all is well.
    """

    journal: Journal = field(repr=False)
    time_zone: tzinfo = UTC
    invoice_days: int = 0
    single_project_manager: bool = False
    enforce_consent: bool = False
    enforce_complete_profiles: bool = False
    required_attributes: frozenset[str] = frozenset({"first_name", "last_name", "email"})
    identity_bridge: bool = False
    bridge_attributes: frozenset[str] = frozenset(PERSONAL_ATTRIBUTES)
    deactivation_policy: str = ALL_REMOVED
    locked_attributes: frozenset[str] = frozenset()
    authoritative_isd: str = ""
    eduteams: bool = False
    eduteams_people: dict[str, JsonObject] = field(factory=dict)
    eduteams_trouble: str = ""
