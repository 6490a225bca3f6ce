"""Storage resources of Waldur as the hierarchy that CSCS storage management reads: tenants, customers, and who uses the storage.

Observation in, hierarchy out; nothing here asks anybody. What the hierarchy has to look like is known from the documentation of
`waldur-site-agent-cscs-hpc-storage` 0.7.7, and from what its releases answer.
"""
