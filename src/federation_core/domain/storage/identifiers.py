"""Ids that stay the same, for things that Waldur has none of: UUIDs of version 5 of a scope and a name.

The name is hashed as it is written, before anything is made lower case, as released services do; so an id outlives them.
"""

from hashlib import sha1
from uuid import NAMESPACE_OID, UUID

SYSTEM, FILE_SYSTEM, DATA_TYPE = "storage_system", "storage_file_system", "storage_data_type"
PROJECT, USER, TENANT, CUSTOMER = "project", "user", "tenant", "customer"


def identifier(scope: str, name: str) -> UUID:
    """The id of what is called *name* among what *scope* says."""
    text = f"{scope}:{name}".encode("utf-8", "surrogatepass")  # JSON may hold half a character, which `uuid5` refuses
    return UUID(bytes=sha1(NAMESPACE_OID.bytes + text, usedforsecurity=False).digest()[:16], version=5)
