"""Measure the size and the wording of the code, and compare both with limits."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
import io
from pathlib import Path
import re
import sys
import tokenize
from typing import Final

INTEGRATION: Final = "custom_components/ringcentral"
FOLDERS: Final = (INTEGRATION, "simulator", "demo", "benchmarks", "tests", "scripts")

# The highest value of each figure. The comment is the goal where it is not reached.
LIMITS: Final[Mapping[str, float]] = {
    "lines": 25_555,  # 9,800
    "code lines": 18_930,  # 7,600
    "docstring lines per 100 code lines": 10,
    "lines of the longest module": 350,
    "methods of the largest class": 24,
    "modules imported by one module": 26,
    "modules in the top folder": 27,
    **{f"private words in {folder}, %": 0.5 for folder in FOLDERS},
}

# Words that were used in a sense of their own; what they mean has a standard name.
PRIVATE_WORDS: Final = re.compile(
    r"\b(told|heard|anew|meanwhile|whoever|nobody|somebody|mend(s|ed)?|gives? way"
    r"|takes? note|spoil(s|t|ed)?|in vain|pictures?|books?|narrators?|keepers?|rooms?"
    r"|turns|moments?)\b",
    re.IGNORECASE,
)

_DOCUMENTED: Final = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
_METHODS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True, slots=True)
class Module:
    """What was counted in a module."""

    lines: int = 0
    code_lines: int = 0
    docstring_lines: int = 0
    docstrings: int = 0
    private_words: int = 0
    methods: Mapping[str, int] = field(default_factory=dict)
    imports: frozenset[tuple[str, ...]] = frozenset()


@dataclass(frozen=True, slots=True)
class Figure:
    """A value, and the place that it is largest in."""

    value: float
    place: str = ""


def read_module(source: str, package: tuple[str, ...] = ()) -> Module:
    """Count what a module in a package consists of."""
    tree = ast.parse(source)
    lines = source.splitlines()
    docstrings, docstring_lines = [], set[int]()
    for node in ast.walk(tree):
        if isinstance(node, _DOCUMENTED) and (text := ast.get_docstring(node)):
            docstrings.append(text)
            first = node.body[0]
            docstring_lines.update(
                range(first.lineno, (first.end_lineno or first.lineno) + 1)
            )
    comments = [
        token
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT
    ]
    empty = {number for number, line in enumerate(lines, 1) if not line.strip()} | {
        token.start[0] for token in comments if token.line.lstrip().startswith("#")
    }
    return Module(
        lines=len(lines),
        code_lines=len(lines) - len(docstring_lines | empty),
        docstring_lines=len(docstring_lines),
        docstrings=len(docstrings),
        private_words=sum(
            PRIVATE_WORDS.search(text) is not None
            for text in [*docstrings, *(token.string for token in comments)]
        ),
        methods={
            node.name: sum(isinstance(part, _METHODS) for part in node.body)
            for node in ast.walk(tree)
            if isinstance(node, ast.ClassDef)
        },
        imports=frozenset(_imports(tree, package)),
    )


def _imports(tree: ast.AST, package: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the full name of each name that is imported."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield tuple(alias.name.split("."))
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) + 1 - node.level] if node.level else ()
            path = node.module.split(".") if node.module else []
            for alias in node.names:
                yield (*above, *path, alias.name)


def read_folder(folder: Path, root: Path) -> dict[tuple[str, ...], Module]:
    """Count what the modules of a folder consist of, by their full name."""
    modules = {}
    for path in sorted(folder.rglob("*.py")):
        if {"__pycache__", "node_modules"} & set(path.parts):
            continue
        relative = path.relative_to(root)
        package = relative.parent.parts
        name = package if path.stem == "__init__" else (*package, path.stem)
        modules[name] = read_module(path.read_text(encoding="utf-8"), package)
    return modules


def imported_modules(
    modules: Mapping[tuple[str, ...], Module],
) -> dict[tuple[str, ...], set[tuple[str, ...]]]:
    """Return the other modules of a folder that each of its modules imports."""
    return {
        name: {
            found
            for imported in module.imports
            for found in (imported, imported[:-1])
            if found in modules and (found == imported or imported not in modules)
        }
        - {name}
        for name, module in modules.items()
    }


def measure(root: Path) -> dict[str, Figure]:
    """Return the figures of a checkout."""
    folder = root / INTEGRATION
    modules = read_folder(folder, root)
    code = sum(module.code_lines for module in modules.values())
    docstrings = sum(module.docstring_lines for module in modules.values())
    classes = {
        f"{'/'.join(name)}: {cls}": count
        for name, module in modules.items()
        for cls, count in module.methods.items()
    }
    imports = imported_modules(modules)
    figures = {
        "lines": Figure(sum(module.lines for module in modules.values())),
        "code lines": Figure(code),
        "docstring lines per 100 code lines": Figure(100 * docstrings / max(1, code)),
        "lines of the longest module": _largest(
            {"/".join(name): module.lines for name, module in modules.items()}
        ),
        "methods of the largest class": _largest(classes),
        "modules imported by one module": _largest(
            {"/".join(name): len(found) for name, found in imports.items()}
        ),
        "modules in the top folder": Figure(len([*folder.glob("*.py")])),
    }
    for each in FOLDERS:
        found = read_folder(root / each, root)
        share = sum(module.private_words for module in found.values()) / max(
            1, sum(module.docstrings for module in found.values())
        )
        figures[f"private words in {each}, %"] = Figure(100 * share)
    return figures


def _largest(values: Mapping[str, int]) -> Figure:
    place = max(values, key=values.__getitem__, default="")
    return Figure(values.get(place, 0), place.removeprefix(f"{INTEGRATION}/"))


def exceeded(
    figures: Mapping[str, Figure], limits: Mapping[str, float] = LIMITS
) -> list[str]:
    """Return the names of the figures above their limits."""
    return [name for name, figure in figures.items() if figure.value > limits[name]]


def main(root: Path) -> int:
    """Print the figures of a checkout; return 1 if a limit is exceeded."""
    figures = measure(root)
    above = exceeded(figures)
    for name, figure in figures.items():
        mark = "✗" if name in above else "✓"
        value = f"{figure.value:,.1f}".removesuffix(".0")
        print(f"{mark} {name:55} {value:>8} / {LIMITS[name]:<8,} {figure.place}")
    return bool(above)


if __name__ == "__main__":
    sys.exit(main(Path.cwd()))
