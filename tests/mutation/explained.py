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


EXPLAINED = (
    Explained(
        "application/apply_writes.py",
        "self._pool.run([partial(self._in_turn, chain, writes) for chain, writes in due if writes])",
        "writes => True",
        "a chain without a write in a stage would be handed to the pool, and nothing be done for it",
    ),
    *(
        Explained("application/orders.py", text, "'' => 'another'", "no digest of removals reads so, as none is empty")
        for text in (
            'def run(self, *, sweep: bool = True, approved: str = "") -> CycleReport:',
            'def plan(self, seen: OrdersSeen, *, approved: str = "") -> OrdersPlan:',
        )
    ),
    Explained(
        "domain/health/table.py",
        'return (inspect.getdoc(look) or "").split("\\n")[0].rstrip(".")',
        "'' => 'another'",
        "every check has documentation, which is tested; the other side is for the type checker",
    ),
    Explained(
        "domain/mapping/algebra.py",
        "if firsts[name] not in (targets[name] or {name: 1}):",
        "1 => 2",
        "what is looked at are the names",
    ),
    Explained(
        "domain/storage/hierarchy.py",
        "parents = {item.key: item.parent_key for item in hierarchy.items if item.level is not Level.LEAF}",
        "item.level is not Level.LEAF => True",
        "the way upwards begins at a leaf's parent and comes by no leaf",
    ),
    Explained(
        "domain/storage/identifiers.py",
        "return UUID(bytes=sha1(NAMESPACE_OID.bytes + text, usedforsecurity=False).digest()[:16], version=5)",
        "False => True",
        "the digest is the same; only a machine that lets SHA-1 secure nothing would refuse it",
    ),
    Explained(
        "domain/storage/targets.py",
        'return all(isinstance(noted.get(name, ""), str) for name in names)',
        "'' => 'another'",
        "what is not there counts as a text, whichever",
    ),
)
