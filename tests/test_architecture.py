"""The import table of docs/architecture.md, held against the syntax trees.

Imports inside functions count too; those for the type checker only do not.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor.agent.deep.inside.libraries import LIBRARIES

PACKAGE = Path(__file__).parent.parent / "auditor"

# folder -> what it may import: folders of ours, and libraries beside the standard one.
ALLOWED = {
    "agent": (set[str](), set[str]()),
    "model": (set[str](), set[str]()),
    "store": ({"agent", "model"}, set[str]()),
    "capture": ({"agent", "model", "registry", "store"}, {"docker", "requests"}),
    "compare": ({"model"}, {"packaging"}),
    "explain": ({"compare", "model"}, {"packaging"}),
    "gate": ({"model"}, {"archspec", "packaging", "tree_sitter", "tree_sitter_toml"}),
    "advisories": ({"model"}, {"packaging"}),
    "registry": ({"model"}, {"docker", "requests"}),
    "signing": ({"model", "store"}, set[str]()),
    "report": ({"model"}, {"rich"}),
}
# What runs in the application's interpreter asks the application's libraries, when it is asked to.
APPLICATIONS = {*LIBRARIES, "pynvml", "threadpoolctl", "llvmlite"}
# The modules beside the folders tie them together, as the command line does.
TOP_LEVEL = {"__init__", "__main__", "api", "config", "shortcut"}
EVERYTHING = {*ALLOWED, "cli", *TOP_LEVEL}


def sources() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def place(path: Path) -> str:
    """The folder below `auditor`, or the module itself at the top."""
    relative = path.relative_to(PACKAGE)
    return relative.parts[0] if len(relative.parts) > 1 else relative.stem


def imports(path: Path) -> Iterator[tuple[str, bool]]:
    """(dotted name, is relative to our package) of everything that is imported."""
    parts = ["auditor", *path.relative_to(PACKAGE).with_suffix("").parts]
    package = parts[:-1]

    def walk(node: ast.AST) -> Iterator[ast.AST]:
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            return
        yield node
        for child in ast.iter_child_nodes(node):
            yield from walk(child)

    for node in walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, False
        elif isinstance(node, ast.ImportFrom):
            if not node.level:
                yield node.module or "", False
                continue
            base = package[: len(package) - node.level + 1]
            if node.module:
                yield ".".join([*base, node.module]), True
            else:
                for alias in node.names:
                    yield ".".join([*base, alias.name]), True


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_follow_the_table(path: Path) -> None:
    folder = place(path)
    for name, relative in imports(path):
        top, _, rest = name.partition(".")
        if top == "auditor":
            target = rest.partition(".")[0]
            if folder == "agent":
                assert relative, f"the agent imports {name} absolutely"
            if folder in ALLOWED and target and target != folder:
                assert target in ALLOWED[folder][0], f"{folder} imports {target}"
        elif folder in ALLOWED and top not in sys.stdlib_module_names:
            allowed = ALLOWED[folder][1] | ({"tomli"} if folder == "gate" else set())
            if "inside" in path.parts:
                allowed = APPLICATIONS
            # Python's own that are no part of the published list of names: accelerators, the
            # environment's customisation; and `compression`, of Python 3.14.
            own = {"_sha2", "_sha256", "_sha3", "compression", "sitecustomize"}
            assert top in allowed or top in own, f"{folder} imports {top}"


def test_what_runs_in_the_application_imports_its_libraries_only_when_asked() -> None:
    for path in (PACKAGE / "agent" / "deep" / "inside").rglob("*.py"):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.Import):
                assert not {alias.name.partition(".")[0] for alias in node.names} & APPLICATIONS
            elif isinstance(node, ast.ImportFrom) and not node.level:
                assert (node.module or "").partition(".")[0] not in APPLICATIONS


def test_every_folder_is_in_the_table() -> None:
    assert {place(path) for path in sources()} <= EVERYTHING


def test_the_agent_starts_without_costly_modules() -> None:
    """What the start-up time is made of (docs/architecture.md): imported on no usual path."""
    costly = {
        "argparse", "asyncio", "collections", "ctypes", "dataclasses", "email", "enum",
        "functools", "hashlib", "importlib.metadata", "inspect", "json", "logging", "pathlib",
        "platform", "random", "re", "shutil", "sqlite3", "ssl", "subprocess", "tempfile",
        "typing", "urllib",
    }  # fmt: skip
    for path in sorted((PACKAGE / "agent").rglob("*.py")):
        if "deep" in path.parts:
            continue  # imported with `--deep` alone
        tree = ast.parse(path.read_text())
        for node in tree.body:
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            for name in names:
                assert name not in costly, f"{path.name} imports {name} at its top"


def test_the_published_layout_is_complete() -> None:
    for name in ("pyproject.toml", "Makefile", "README.md", "CHANGELOG.md", ".ci/run"):
        assert (PACKAGE.parent / name).is_file()
    for name in ("images", "tests", "bench", "docs", ".github/workflows"):
        assert (PACKAGE.parent / name).is_dir()
