"""Shapes are written one way in docstrings: ``float32 [segments, frames, coefficients]``."""

from __future__ import annotations

import ast
import re

import pytest
from drawing import ROOT, files, tree

OTHER = re.compile(r"shape\s*=\s*\(|\bof shape \(|, shape \(|np\.ndarray of ")
WITHOUT = re.compile(r"^\s*(\w[\w, ]* : )?.*\bnp\.ndarray\b(?! \[|\) \[|, np\.ndarray\) \[)", re.MULTILINE)


def docstrings(path):
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            yield getattr(node, "lineno", 1), ast.get_docstring(node) or ""


@pytest.mark.parametrize("pattern", [OTHER, WITHOUT], ids=["another way", "no shape"])
def test_every_array_has_its_shape_and_all_shapes_one_form(pattern):
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: {found.group().strip()}"
        for path in files()
        for line, text in docstrings(path)
        for found in pattern.finditer(text)
    ]
    assert not wrong, "\n".join(wrong)
