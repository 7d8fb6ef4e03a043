"""Contract types for import-linter: the laws of the house about who may import whom.

Tests beside the code (`test_*`, `conftest`, `testing`) may look wherever they like: they are not built into anything.
"""

from __future__ import annotations

from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output
from importlinter.contracts.layers import LayersContract

HELPERS_OF_TESTS = frozenset({"conftest", "testing"})


def is_test(module: str) -> bool:
    """
    >>> is_test("baileo.core.test_ids"), is_test("baileo.core.ids")
    (True, False)
    """
    return any(part.startswith("test_") or part in HELPERS_OF_TESTS for part in module.split("."))


class FloorsContract(LayersContract):
    """Layers, seen without the tests."""

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        for module in [module for module in graph.modules if is_test(module)]:
            graph.remove_module(module)
        return super().check(graph, verbose)


class OnlyTheseContract(Contract):
    """Modules below `source` import directly nothing but themselves, `allowed`, and what is not `watched`.

    `watched` names packages, ours or foreign; whatever lies below one of them must be allowed by name.
    """

    source: Any = fields.ListField(subfield=fields.StringField())
    watched: Any = fields.ListField(subfield=fields.StringField())
    allowed: Any = fields.ListField(subfield=fields.StringField(), required=False, default=[])

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        del verbose
        found = sorted(self._violations(graph))
        return ContractCheck(kept=not found, metadata={"violations": found})

    def _violations(self, graph: ImportGraph) -> set[tuple[str, str]]:
        importers = [name for name in graph.modules if _below(name, self.source) and not is_test(name)]
        return {
            (importer, imported)
            for importer in importers
            for imported in graph.find_modules_directly_imported_by(importer)
            if _below(imported, self.watched) and not _below(imported, [*self.allowed, *self.source])
        }

    def render_broken_contract(self, check: ContractCheck) -> None:
        violations: list[tuple[str, str]] = check.metadata["violations"]
        for importer, imported in violations:
            output.print_error(f"{importer} may not import {imported}")


def _below(module: str, packages: Any) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)
