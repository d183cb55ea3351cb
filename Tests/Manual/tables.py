"""The tables of docs/, which other tests hold against the code."""

import os
import re

from programs import ROOT


def rows(document, heading):
    """The cells of the table below a heading, without the marks of code."""
    with open(os.path.join(ROOT, "docs", document)) as file:
        part = file.read().split(f"\n## {heading}\n", 1)[1].split("\n## ")[0]
    for line in part.splitlines():
        if line.startswith("| `"):
            cells = re.split(r"(?<!\\)\|", line.strip().strip("|"))
            yield [cell.strip().strip("`").replace(r"\|", "|") for cell in cells]
