"""All small mistakes that one could make in a module: each is its syntax tree with one place changed.

| kind | what is changed |
| --- | --- |
| comparison | ``==`` and ``!=``, ``<`` and ``<=`` or ``>=``, ``in`` and ``not in``, ``is`` and ``is not`` |
| boolean | ``and`` and ``or``; a ``not`` is left out; a condition or a guard is turned round; a filter lets all pass |
| arithmetic | ``+`` and ``-``, ``*`` and ``/``, ``&`` and ``|``; a sign is left out |
| constant | a number is one more, true is false, a word is another one; what is told to people in sentences stays |
| call | ``min`` and ``max``, ``any`` and ``all``, ``floor`` and ``ceil`` |
| return | nothing is returned |
| statement | a call whose result nobody wants, a change of an attribute or item, a ``raise``, a ``continue`` is left out |
"""

import ast
import copy
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import CodeType

import attrs

UNREACHABLE = "pragma: no cover"
WORD = re.compile(r"[\w./:-]*")
NAMES_ONLY = frozenset({"TypeVar", "NewType", "ParamSpec"})
"""What they are called with is for readers and type checkers alone."""

UNSEEN = frozenset({"annotation", "returns", "type_params", "keywords_of_annotation", "type_comment", "ctx"})
FUNCTIONS = (ast.FunctionDef, ast.Lambda)
COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
CALLS = {"min": "max", "max": "min", "any": "all", "all": "any", "floor": "ceil", "ceil": "floor"}


@attrs.frozen
class Mutant:
    """One mistake.

    Attributes:
        path: the module.
        line: where it is, with the line at which it ends.
        text: that line as it stands in the source.
        was: what stands there, as one line.
        becomes: what stands there instead.
        is_inside: whether it is in the body of a function, so that nothing but calls of it show the change.
        number: which of the module's mistakes it is.
    """

    path: Path
    line: int
    last_line: int
    text: str
    was: str
    becomes: str
    is_inside: bool
    number: int

    @property
    def change(self) -> str:
        """What is changed, as one line."""
        return f"{self.was} => {self.becomes}"

    def code(self) -> CodeType:
        """The module with the mistake in it."""
        tree = ast.parse(self.path.read_text(encoding="utf-8"))
        tuple(_changes(tree))[self.number].make()
        return compile(ast.fix_missing_locations(tree), str(self.path), "exec")


def mutants_of(path: Path) -> tuple[Mutant, ...]:
    """All mistakes in the module at *path*, in the order of its lines."""
    source = path.read_text(encoding="utf-8")
    lines, tree = source.splitlines(), ast.parse(source)
    unreachable = frozenset(line for node in ast.walk(tree) for line in _unreachable(node, lines))
    found = []
    for number, one in enumerate(_changes(tree)):
        text = lines[one.line - 1]
        if one.line not in unreachable:
            found.append(
                Mutant(path, one.line, one.last_line, text.strip(), one.was, one.becomes, one.is_inside, number)
            )
    return tuple(sorted(found, key=lambda mutant: (mutant.line, mutant.number)))


def _unreachable(node: ast.AST, lines: Sequence[str]) -> Iterable[int]:
    """The lines of a block that says of itself that nothing gets there."""
    match node:
        case ast.match_case(pattern=head, body=[*_, last]):
            pass
        case ast.If(body=[*_, last]) as head:
            pass
        case ast.stmt() as head:
            last = head
        case _:
            return ()
    return range(head.lineno, (last.end_lineno or 0) + 1) if UNREACHABLE in lines[head.lineno - 1] else ()


@attrs.frozen
class _Change:
    line: int
    last_line: int
    was: str
    becomes: str
    is_inside: bool
    make: Callable[[], None]


@attrs.frozen
class _Place:
    """A node and where it hangs."""

    node: ast.AST
    parent: ast.AST
    field: str
    index: int | None
    is_inside: bool

    def put(self, other: ast.AST) -> None:
        if self.index is None:
            setattr(self.parent, self.field, other)
        else:
            getattr(self.parent, self.field)[self.index] = other


def _changes(tree: ast.Module) -> Iterator[_Change]:
    for place in _places(tree, is_inside=False):
        for other in _others(place):
            node = place.node
            assert isinstance(node, ast.expr | ast.stmt)
            ast.copy_location(other, node)
            yield _Change(
                node.lineno,
                node.end_lineno or node.lineno,
                _told(node),
                _told(other),
                place.is_inside,
                _puts(place, other),
            )


def _puts(place: _Place, other: ast.AST) -> Callable[[], None]:
    return lambda: place.put(other)


def _told(node: ast.AST) -> str:
    return " ".join(ast.unparse(node).split())


def _places(node: ast.AST, *, is_inside: bool) -> Iterator[_Place]:
    for field, value in ast.iter_fields(node):
        if field in UNSEEN:
            continue
        inside = is_inside or (isinstance(node, FUNCTIONS) and field == "body")
        for index, child in enumerate(value) if isinstance(value, list) else ((None, value),):
            if isinstance(child, ast.AST) and not _is_for_people(child):
                yield _Place(child, node, field, index, inside)
                yield from _places(child, is_inside=inside)


def _is_for_people(node: ast.AST) -> bool:
    """Documentation, sentences with values in them, names for type checkers, what is asserted, and what is never executed."""
    match node:
        case ast.Expr(value=ast.Constant()) | ast.JoinedStr() | ast.Import() | ast.ImportFrom():
            return True
        case ast.Call(func=ast.Name(id=name)):
            return name in NAMES_ONLY
        case ast.Assign(targets=[ast.Name(id="__all__")]) | ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return True
        case ast.Assert() | ast.keyword(arg="strict"):
            return True
        case _:
            return False


def _others(place: _Place) -> Iterator[ast.AST]:
    """What could stand in the place of a node instead."""
    node = place.node
    match node:
        case ast.Compare():
            yield from _other_comparisons(node)
        case ast.BoolOp(op=op):
            yield _with(node, op=ast.Or() if isinstance(op, ast.And) else ast.And())
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield copy.copy(operand)
        case ast.BinOp(op=op, right=right) if type(op) in ARITHMETIC and not _is_type(right):
            yield _with(node, op=ARITHMETIC[type(op)]())
        case ast.Constant():
            yield from _other_constants(node, place)
        case ast.Name(id=name, ctx=ast.Load()) if name in CALLS and place.field == "func":
            yield _with(node, id=CALLS[name])
        case ast.stmt():
            yield from _other_statements(node)
        case _:
            pass
    if _is_condition(place) and not isinstance(node, ast.Compare | ast.UnaryOp):
        assert isinstance(node, ast.expr)
        yield ast.UnaryOp(ast.Not(), node)
    if place.field == "ifs":
        yield ast.Constant(value=True)


def _is_type(node: ast.AST) -> bool:
    """Whether it is what other types are joined to; without its bar a module or a call would fail, whatever tests say."""
    match node:
        case ast.Constant(value=None) | ast.Name(id="str" | "bool" | "int" | "float"):
            return True
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name[0].isupper() and not name.isupper()
        case _:
            return False


def _is_condition(place: _Place) -> bool:
    return place.field in {"test", "guard"} and not isinstance(place.node, ast.Constant)


def _with(node: ast.AST, **fields: object) -> ast.AST:
    other = copy.copy(node)
    for name, value in fields.items():
        setattr(other, name, value)
    return other


def _other_comparisons(node: ast.Compare) -> Iterator[ast.AST]:
    for index, op in enumerate(node.ops):
        for other in COMPARISONS[type(op)]:
            yield _with(node, ops=[*node.ops[:index], other(), *node.ops[index + 1 :]])


def _other_constants(node: ast.Constant, place: _Place) -> Iterator[ast.AST]:
    match node.value:
        case bool():
            yield ast.Constant(value=not node.value)
        case int() | float():
            yield ast.Constant(value=node.value + 1)
        case str() if WORD.fullmatch(node.value) and not isinstance(place.parent, ast.MatchMapping):
            yield ast.Constant(value=f"another{node.value}")


def _other_statements(node: ast.stmt) -> Iterator[ast.AST]:
    match node:
        case ast.Return(value=None) | ast.Return(value=ast.Constant(value=None | bool() | int() | float())):
            pass  # a constant is tried as one
        case ast.Return(value=ast.Constant(value=str(word))) if WORD.fullmatch(word):
            pass
        case ast.Return():
            yield ast.Return(value=ast.Constant(value=None))
        case ast.Expr(value=ast.Call()) | ast.Raise() | ast.Continue() | ast.Break() | ast.AugAssign():
            yield ast.Pass()
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield ast.Pass()
        case _:
            pass
