"""Mutants that nothing can notice, each with the reason: what they do is the same, or cannot be seen from outside."""

import attrs


@attrs.frozen
class Explained:
    """One mutant that may survive.

    Attributes:
        module: below ``src/federation_core``.
        text: the source line.
        change: what is changed in it, as the tester tells it.
        reason: why no test could tell the difference.
    """

    module: str
    text: str
    change: str
    reason: str


EXPLAINED: tuple[Explained, ...] = ()
