"""Ways to break a file on purpose: each mutant is one small edit that a good test must notice.

Python files are read as syntax trees, so that only code is broken: docstrings, type hints, messages of
exceptions, decorators and imports are left alone. TOML files lose a row, or have a number nudged or an
operator flipped.
"""

from __future__ import annotations

import ast
import hashlib
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Mutant:
    """One edit: the characters from ``start`` to ``end`` of a file become ``new``."""

    file: str
    start: int
    end: int
    line: int
    kind: str
    old: str
    new: str
    digest: str

    @property
    def key(self) -> str:
        """Stays the same as long as the file does."""
        return hashlib.sha256(
            f"{self.digest}|{self.file}|{self.start}|{self.end}|{self.new}".encode()
        ).hexdigest()[:16]

    def applied_to(self, source: str) -> str:
        """Return the file as the mutant has it."""
        return source[: self.start] + self.new + source[self.end :]


COMPARISONS: dict[type[ast.cmpop], tuple[str, ...]] = {
    ast.Lt: ("<=", ">="),
    ast.LtE: ("<", ">"),
    ast.Gt: (">=", "<="),
    ast.GtE: (">", "<"),
    ast.Eq: ("!=",),
    ast.NotEq: ("==",),
    ast.Is: ("is not",),
    ast.IsNot: ("is",),
    ast.In: ("not in",),
    ast.NotIn: ("in",),
}
ARITHMETIC: dict[type[ast.operator], tuple[str, str]] = {
    ast.BitAnd: ("&", "|"),
    ast.BitOr: ("|", "&"),
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "/"),
    ast.Div: ("/", "*"),
    ast.FloorDiv: ("//", "*"),
    ast.Mod: ("%", "*"),
}
SWAPPED = {
    "isnull": "notnull", "min": "max", "any": "all", "left_join": "inner_join", "semi_join": "anti_join",
    "lag": "lead", "ceil": "floor", "and_": "or_", "greatest": "least", "startswith": "endswith",
    "cummax": "cummin", "first": "last",
}  # fmt: skip
SWAPPED |= {new: old for old, new in SWAPPED.items()} | {"mean": "max", "sum": "count"}
DROPPED_CALLS = {"filter", "distinct", "fill_null", "abs"}
QUIET_KEYWORDS = {
    "strict",
    "temp",
    "frozen",
    "slots",
    "maxsize",
    "encoding",
    "suffixes",
    "description",
    "name",
}
TYPE_NAMES = {
    "int",
    "str",
    "float",
    "bool",
    "bytes",
    "dict",
    "list",
    "tuple",
    "set",
    "frozenset",
    "object",
    "type",
}


def python_mutants(path: Path, name: str) -> list[Mutant]:
    """Every mutant of a Python file, in the order of the file."""
    source = path.read_text(encoding="utf-8")
    found = _PythonMutants(source, name)
    found.visit(ast.parse(source))
    usable = {mutant.key: mutant for mutant in found.mutants if _compiles(mutant.applied_to(source))}
    return sorted(usable.values(), key=lambda mutant: (mutant.start, mutant.end, mutant.new))


def _compiles(source: str) -> bool:
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True


class _PythonMutants(ast.NodeVisitor):
    def __init__(self, source: str, name: str) -> None:
        self.source, self.name = source, name
        self.digest = hashlib.sha256(source.encode()).hexdigest()
        self.starts = [0]
        for text in source.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(text.encode()))
        self.bytes = source.encode()
        self.mutants: list[Mutant] = []

    # Where things stand: syntax trees count bytes within a line, edits count characters of the file.
    def _at(self, line: int, column: int) -> int:
        return len(self.bytes[: self.starts[line - 1] + column].decode())

    def _span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        return self._at(node.lineno, node.col_offset), self._at(
            node.end_lineno or 0, node.end_col_offset or 0
        )

    def _text(self, node: ast.expr | ast.stmt) -> str:
        start, end = self._span(node)
        return self.source[start:end]

    def _add(self, kind: str, start: int, end: int, new: str) -> None:
        line = self.source.count("\n", 0, start) + 1
        self.mutants.append(
            Mutant(self.name, start, end, line, kind, self.source[start:end], new, self.digest)
        )

    def _between(self, left: ast.expr, right: ast.expr, pattern: str, kind: str, new: str) -> None:
        """Replace the operator that stands between two operands."""
        start, end = self._span(left)[1], self._span(right)[0]
        gap = re.sub(r"#[^\n]*", lambda comment: " " * len(comment[0]), self.source[start:end])
        found = re.search(pattern, gap)
        if found:
            self._add(kind, start + found.start(), start + found.end(), new)

    # What is left alone.
    def visit_Import(self, node: ast.Import) -> None: ...
    def visit_ImportFrom(self, node: ast.ImportFrom) -> None: ...
    def visit_JoinedStr(self, node: ast.JoinedStr) -> None: ...
    def visit_Assert(self, node: ast.Assert) -> None: ...

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value:
            self.visit(node.value)

    def visit_Assign(self, node: ast.Assign) -> None:
        if any(isinstance(target, ast.Name) and target.id == "__all__" for target in node.targets):
            return
        self.visit(node.value)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        for default in (*node.args.defaults, *(value for value in node.args.kw_defaults if value)):
            self.visit(default)
        self._body(node.body)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._body(node.body)

    def visit_Module(self, node: ast.Module) -> None:
        self._body(node.body)

    def _body(self, body: list[ast.stmt]) -> None:
        for statement in body:
            is_text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
            if not is_text:
                self.visit(statement)

    # What is broken.
    def visit_Raise(self, node: ast.Raise) -> None:
        self._add("delete raise", *self._span(node), "pass")

    def visit_Expr(self, node: ast.Expr) -> None:
        self._add("delete statement", *self._span(node), "pass")
        self.visit(node.value)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self._add("delete statement", *self._span(node), "pass")
        self.visit(node.value)

    def visit_Continue(self, node: ast.Continue) -> None:
        self._add("delete statement", *self._span(node), "pass")

    def visit_Break(self, node: ast.Break) -> None:
        self._add("delete statement", *self._span(node), "pass")

    def visit_Return(self, node: ast.Return) -> None:
        if node.value is None:
            return
        if not (isinstance(node.value, ast.Constant) and node.value.value is None):
            self._add("return nothing", *self._span(node.value), "None")
        self.visit(node.value)

    def visit_If(self, node: ast.If) -> None:
        if "TYPE_CHECKING" in self._text(node.test):
            return
        self._negate(node.test)
        self.generic_visit(node)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self._negate(node.test)
        self.generic_visit(node)

    def visit_While(self, node: ast.While) -> None:
        self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        for condition in node.ifs:
            self._add("drop condition", *self._span(condition), "True")
        self.generic_visit(node)

    def _negate(self, test: ast.expr) -> None:
        if not isinstance(test, (ast.Compare, ast.UnaryOp)):  # those have mutants of their own
            self._add("negate condition", *self._span(test), f"not ({self._text(test)})")

    def visit_Compare(self, node: ast.Compare) -> None:
        operands = [node.left, *node.comparators]
        for left, operator, right in zip(operands, node.ops, operands[1:], strict=False):
            for new in COMPARISONS[type(operator)]:
                self._between(left, right, r"not\s+in|is\s+not|[<>!=]=|[<>]|\bin\b|\bis\b", "comparison", new)
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        new = "or" if isinstance(node.op, ast.And) else "and"
        for left, right in zip(node.values, node.values[1:], strict=False):
            self._between(left, right, r"\b(and|or)\b", "and/or", new)
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        is_type = isinstance(node.op, ast.BitOr) and (_is_type(node.left) or _is_type(node.right))
        if type(node.op) in ARITHMETIC and not is_type:
            old, new = ARITHMETIC[type(node.op)]
            kind = "&/|" if old in "&|" else "arithmetic"
            self._between(node.left, node.right, re.escape(old), kind, new)
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        if isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
            return self._number(node, -node.operand.value)  # type: ignore[operator]
        start, _ = self._span(node)
        self._add("drop " + type(node.op).__name__.lower(), start, self._span(node.operand)[0], "")
        self.generic_visit(node)
        return None

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, bool):
            self._add("constant", *self._span(node), str(not node.value))
        elif isinstance(node.value, (int, float)):
            self._number(node, node.value)

    def _number(self, node: ast.expr, value: float) -> None:
        for nudged in (value + 1, value - 1):
            self._add("constant", *self._span(node), repr(nudged))

    def visit_Call(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Attribute):
            self._method(node, node.func)
        elif isinstance(node.func, ast.Name) and node.func.id in SWAPPED:
            self._add("swap call", *self._span(node.func), SWAPPED[node.func.id])
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if called in {"text", "TypeVar", "NewType", "getLogger"}:
            return
        self.visit(node.func)
        for argument in node.args:
            self.visit(argument)
        for keyword in node.keywords:
            if keyword.arg not in QUIET_KEYWORDS:
                self.visit(keyword.value)

    def _method(self, node: ast.Call, func: ast.Attribute) -> None:
        end = self._span(func)[1]
        if func.attr in SWAPPED:
            self._add("swap call", end - len(func.attr), end, SWAPPED[func.attr])
        if func.attr in DROPPED_CALLS:
            self._add("drop call", self._span(func.value)[1], self._span(node)[1], "")


def _is_type(node: ast.expr) -> bool:
    if isinstance(node, ast.Subscript):
        return _is_type(node.value)
    if isinstance(node, ast.Attribute):
        return node.attr[:1].isupper()
    if isinstance(node, ast.Constant):
        return node.value is None
    if isinstance(node, ast.BinOp):
        return _is_type(node.left) or _is_type(node.right)
    return isinstance(node, ast.Name) and (
        node.id in TYPE_NAMES or (node.id[:1].isupper() and not node.id.isupper())
    )


TOML_OPERATORS = {
    ">=": (">", "<"), ">": (">=", "<="), "<=": ("<", ">"), "<": ("<=", ">="), "==": ("!=",), "!=": ("==",),
    "at_least": ("above", "below"), "above": ("at_least", "at_most"),
    "at_most": ("below", "above"), "below": ("at_most", "at_least"),
    "and": ("or",), "or": ("and",), "any": ("all",), "all": ("any",),
}  # fmt: skip
TOML_TOKEN = re.compile(
    r"""(?P<text>"(?:[^"\\]|\\.)*"|'[^']*')|(?P<comment>\#.*)"""
    r"""|(?P<bool>\b(?:true|false)\b)|(?P<number>(?<![\w.-])-?\d+(?:\.\d+)?(?![\w.-]))"""
)


def toml_mutants(path: Path, name: str) -> list[Mutant]:
    """Every mutant of a TOML file: numbers nudged both ways, operators and switches flipped, rows deleted."""
    source = path.read_text(encoding="utf-8")
    digest = hashlib.sha256(source.encode()).hexdigest()

    def mutant(start: int, end: int, kind: str, new: str) -> Mutant:
        line = source.count("\n", 0, start) + 1
        return Mutant(name, start, end, line, kind, source[start:end], new, digest)

    edits = [mutant(*edit) for edit in (*_toml_values(source), *_toml_rows(source))]
    return [edit for edit in edits if _parses(edit.applied_to(source))]


def _toml_values(source: str) -> Iterator[tuple[int, int, str, str]]:
    for found in TOML_TOKEN.finditer(
        re.sub(r'""".*?"""', lambda text: " " * len(text[0]), source, flags=re.DOTALL)
    ):
        start, end = found.span()
        line_start = source.rfind("\n", 0, start) + 1
        is_key = "=" not in source[line_start:start]
        if found["number"] and not is_key:
            value = float(found["number"]) if "." in found["number"] else int(found["number"])
            step = 1 if isinstance(value, int) or abs(value) > 1 else 0.05
            for nudged in (value + step, value - step):
                yield start, end, "threshold", repr(round(nudged, 6))
        elif found["bool"] and not is_key:
            yield start, end, "switch", "false" if found["bool"] == "true" else "true"
        elif found["text"] and not is_key and found["text"][1:-1] in TOML_OPERATORS:
            for new in TOML_OPERATORS[found["text"][1:-1]]:
                yield start, end, "operator", f'"{new}"'


def _toml_rows(source: str) -> Iterator[tuple[int, int, str, str]]:
    headers = [found.start() for found in re.finditer(r"^\[", source, flags=re.MULTILINE)]
    for start, end in zip(headers, [*headers[1:], len(source)], strict=True):
        if source.startswith("[[", start):
            yield start, end, "row deleted", ""


def _parses(source: str) -> bool:
    try:
        tomllib.loads(source)
    except tomllib.TOMLDecodeError:
        return False
    return True
