"""Which files of tests can see a module at all: what they import, and what that imports in turn."""

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = (ROOT / "src", ROOT)
OURS = ("federation_", "tests")


@cache
def modules_seen_by(file: str) -> frozenset[str]:
    """Paths of all our modules that importing *file*, a path below the repository, brings along, itself among them.

    Who imports a whole package by its name may walk through it, so all that is below counts as well.
    """
    path = ROOT / file
    settings = [folder / "conftest.py" for folder in path.parents if folder.is_relative_to(ROOT)]
    waiting, seen = [path, *(one for one in settings if one.exists())], set[Path]()
    while waiting:
        one = waiting.pop()
        if one not in seen:
            seen.add(one)
            waiting += _imported_by(one)
            waiting += _below(one)
    return frozenset(map(str, seen))


def nearest(files: Mapping[str, frozenset[str]], module: str) -> tuple[tuple[str, ...], ...]:
    """Those of *files* that see *module*: who import it themselves, and then the others, who see least first."""
    seeing = sorted((file for file, seen in files.items() if module in seen), key=lambda file: (len(files[file]), file))
    direct = tuple(file for file in seeing if Path(module) in _imported_by(ROOT / file))
    return tuple(some for some in (direct, tuple(file for file in seeing if file not in direct)) if some)


@cache
def _imported_by(path: Path) -> tuple[Path, ...]:
    names = {name for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) for name in _names(node)}
    return tuple(sorted({found for name in names for found in _found(name)}))


@cache
def _below(path: Path) -> tuple[Path, ...]:
    tree = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    whole = {one.name for node in tree if isinstance(node, ast.Import) for one in node.names}
    packages = {found.parent for name in whole for found in _found(name) if found.name == "__init__.py"}
    return tuple(sorted(found for package in packages for found in package.rglob("*.py")))


def _names(node: ast.AST) -> Iterator[str]:
    """What a statement imports; a name from a module may be a module as well."""
    match node:
        case ast.Import(names=names):
            yield from (one.name for one in names)
        case ast.ImportFrom(module=str(module), names=names):
            yield from (f"{module}.{one.name}" for one in names)
        case _:
            pass


def _found(name: str) -> Iterator[Path]:
    """The files that are executed for *name*, packages around it too."""
    if not name.startswith(OURS):
        return
    parts = name.split(".")
    for end in range(1, len(parts) + 1):
        for room in ROOMS:
            place = room.joinpath(*parts[:end])
            yield from (one for one in (place.with_suffix(".py"), place / "__init__.py") if one.is_file())
