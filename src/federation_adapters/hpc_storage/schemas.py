"""The forms of all answers, for the description that is served; answers themselves are written by `rendering`."""

from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

_ANY_MORE = ConfigDict(extra="allow")


def _told(description: str) -> Any:  # noqa: ANN401 - as the library's own
    """A field that says what it is."""
    return Field(description=description)


class Text(BaseModel):
    """A mount point."""

    default: str = Field(examples=["/capstor/store/cscs/alpine/permafrost"])


class Permission(BaseModel):
    """Permissions of the mount point."""

    permissionType: Literal["octal"]  # noqa: N815 - the documented names
    value: str = Field(pattern="^[0-7]{3,4}$", examples=["2770"])


class Quota(BaseModel):
    """One quota; space is in terabytes."""

    type: Literal["space", "inodes"]
    quota: float
    unit: Literal["tera", "none"]
    enforcementType: Literal["soft", "hard"]  # noqa: N815 - as above


class Target(BaseModel):
    """Who uses the storage."""

    targetType: Literal["tenant", "customer", "project", "user"]  # noqa: N815 - as above
    targetItem: dict[str, Any]  # noqa: N815 - as above


class Reference(BaseModel):
    """A storage system, or a file system."""

    itemId: UUID  # noqa: N815 - as above
    key: str
    name: str
    active: bool


class DataTypeReference(Reference):
    """A data type; its path is its key."""

    path: str


class StorageItem(BaseModel):
    """A tenant, a customer, or the storage of a project or a user."""

    model_config = _ANY_MORE

    itemId: UUID = _told("Of the offering, of the customer, or of the resource.")  # noqa: N815 - as above
    status: str = _told("What is to be done, or was; `pending` for tenants and customers.")
    mountPoint: Text = _told("Where it is, below `default`.")  # noqa: N815 - as above
    permission: Permission = _told("Of the mount point; `775` for tenants and customers.")
    quotas: list[Quota] | None = _told(
        "Space soft and hard, then inodes soft and hard; null for tenants and customers, and where no space is granted."
    )
    oldQuotas: list[Quota] | None = _told("The same before an update that is at the provider; null else.")  # noqa: N815 - as above
    newQuotas: list[Quota] | None = _told("The same as that update asks for; null else.")  # noqa: N815 - as above
    target: Target = _told("Who uses it: `targetType`, and `targetItem`.")
    storageSystem: Reference = _told("By the slug of its offering.")  # noqa: N815 - as above
    storageFileSystem: Reference = _told("By `storage_file_system` of the settings.")  # noqa: N815 - as above
    storageDataType: DataTypeReference = _told("By what the order says; its `path` is its key.")  # noqa: N815 - as above
    parentItemId: UUID | None = _told("Its customer, or its tenant; null for tenants.")  # noqa: N815 - as above


class Pagination(BaseModel):
    """Which part of the list this is."""

    current: int
    limit: int
    offset: int
    pages: int
    total: int
    has_next: bool


class FiltersApplied(BaseModel):
    """The filters as they were asked for."""

    storage_system: str | None
    data_type: str | None
    status: str | None
    state: str | None


class Listing(BaseModel):
    """A page of the hierarchy."""

    version: str
    status: Literal["success"]
    resources: list[StorageItem]
    pagination: Pagination
    filters_applied: FiltersApplied


class DebugListing(BaseModel):
    """Waldur's own data."""

    status: Literal["success"]
    debug_mode: Literal[True]
    agent_offering_config: dict[str, Any]
    waldur_offering_details: dict[str, Any]
    raw_resources: dict[str, Any]


class Refusal(BaseModel):
    """Why there is no answer."""

    model_config = _ANY_MORE

    detail: str


class UpstreamRefusal(Refusal):
    """An upstream service failed."""

    error: Literal["UpstreamServiceError"]
    message: str


class Problem(BaseModel):
    """What is odd about a resource."""

    resource: UUID
    reason: str


class MountConflict(BaseModel):
    """Resources that share a mount point."""

    mount_point: str
    resources: list[UUID]


class ServiceStatus(BaseModel):
    """How the service is, and what it could not serve."""

    resources: int = _told("How many Waldur has, those included that are not shown.")
    items: int = _told("How many items are served: tenants, customers and what is below them.")
    age_ms: int = _told("Milliseconds since Waldur was last looked at.")
    skipped: list[Problem] = _told("Resources that cannot be served, each with its reason.")
    mount_point_conflicts: list[MountConflict] = _told("Mount points that several resources have, with all of these.")
    remarks: list[Problem] = _told("What is odd about resources that are served all the same.")
    mock_identities: int = _told("How many Unix ids are made up.")
    gid_cache: dict[str, Any] = _told("How many group ids are kept, for how long, of which projects.")
    hpc_user_api: str = _told("`ok`, or why groups could not be looked up.")


class Health(BaseModel):
    """Whether it can be asked."""

    status: str


class Version(BaseModel):
    """Of the interface, and of the software."""

    api: str
    service: str
