"""What the use cases need of the outside, one small protocol per role.

Every call may raise a `federation_core.domain.errors.PlaneError`. Lists say how completely they were read; a list that could
not be read at all raises. Implementations are thread-safe: the use cases call them from a bounded pool.
"""
