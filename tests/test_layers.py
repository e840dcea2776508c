"""The order of the modules: the core knows nothing of the page, and each file only those above it."""

import ast
import subprocess
import sys

from conftest import PROJECT

# Each may import only from those before it.
ORDER = """errors options config device models layers data unpack augment evaluate normalisation sketch styles
penmanship calibration state train published runs log execute images paper picture predict layout number explain learn
worker jobs cli __main__""".split()


def imported(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "mnist_core":
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module.startswith("mnist_core."):
            yield node.module.partition(".")[2]


def test_every_file_of_the_core_imports_only_from_files_above_it():
    files = {path.stem: path for path in (PROJECT / "mnist_core").glob("*.py") if path.stem != "__init__"}
    assert set(files) <= set(ORDER)
    for name, path in files.items():
        for other in imported(path):
            assert ORDER.index(other) < ORDER.index(name), f"{name} imports {other}"


def test_the_core_imports_neither_gradio_nor_plotly():
    code = (
        "import sys, pkgutil, importlib, mnist_core\n"
        "names = [m.name for m in pkgutil.iter_modules(mnist_core.__path__) if m.name != '__main__']\n"
        "for name in names: importlib.import_module('mnist_core.' + name)\n"
        "assert len(names) > 10 and not {'gradio', 'plotly'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=PROJECT, check=True, timeout=60)
