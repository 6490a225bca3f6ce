"""UUIDs, in every spelling in which they reach us."""

from uuid import UUID

from hypothesis import strategies as st

from federation_core.domain.ids import ACustomerId, AProjectId
from federation_core.domain.projects.backend_id import ProjectKey

uuids = st.uuids() | st.sampled_from([UUID(int=0), UUID(int=2**128 - 1)])
keys = st.builds(ProjectKey, uuids.map(ACustomerId), uuids.map(AProjectId))


def spellings_of(value: UUID):
    """Dashed or hex, in lower, upper or mixed case."""
    return st.sampled_from([str(value), value.hex, str(value).upper(), value.hex.upper(), value.hex.capitalize()])
