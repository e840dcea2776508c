"""Where the benchmarks write their tables, from which the README quotes them."""

import os
import platform
import re
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
RESULTS = PROJECT / "bench" / "results"


def machine() -> str:
    """The machine in words: processor, cores, and what PyTorch runs on."""
    import torch

    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists() and (found := re.search(r"model name\s*:\s*(.+)", info.read_text())):
        model = found[1]
    return f"{model}, {len(os.sched_getaffinity(0))} cores, PyTorch {torch.__version__}"


def write(name: str, table: str) -> None:
    """Print a table, keep it in bench/results/NAME.md, and put it between its markers in the README."""
    print(table)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.md").write_text(table.rstrip() + "\n", encoding="utf-8")
    readme = PROJECT / "README.md"
    start, end = f"<!-- bench:{name} -->\n", f"<!-- /bench:{name} -->"
    text = readme.read_text(encoding="utf-8")
    if start in text:
        before, rest = text.split(start)
        readme.write_text(f"{before}{start}{table.rstrip()}\n{end}{rest.split(end)[1]}", encoding="utf-8")


def table(header: list[str], rows: list[list[str]]) -> str:
    """A Markdown table, the first column to the left, the others to the right."""
    rule = ["---", *["---:"] * (len(header) - 1)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [header, rule, *rows]) + "\n"
