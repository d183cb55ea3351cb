"""What the repository says of metrics, in a form that tests can compare."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from collections import namedtuple
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "monitoring/breakerd.rules.yaml"
RULE_TESTS = sorted(ROOT.glob("monitoring/*.test.yaml"))
DASHBOARD = ROOT / "monitoring/breakerd.dashboard.json"
PAGE = ROOT / "docs/metrics.md"

PROMTOOL = shutil.which("promtool")
BREAKERD = os.path.abspath(os.environ.get("BREAKERD_BIN") or ROOT / ".build/debug/breakerd")
BREAKERCTL = os.path.abspath(os.environ.get("BREAKERCTL_BIN") or ROOT / ".build/debug/breakerctl")

if not PROMTOOL:
    print("*** promtool is missing: rules, queries and expositions are NOT checked by it (apt-get install prometheus)", file=sys.stderr)

needs_promtool = unittest.skipUnless(PROMTOOL, "promtool is missing")
needs_daemon = unittest.skipUnless(
    os.access(BREAKERD, os.X_OK) and os.access(BREAKERCTL, os.X_OK), f"{BREAKERD} or {BREAKERCTL} is not built")

Alert = namedtuple("Alert", "name severity expr summary description runbook")
Family = namedtuple("Family", "type labels survives")


def run(*command, **options):
    """What a program says, and its exit code."""
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=300, **options)


def promtool_checks(test, expressions):
    """Fails if promtool does not take one of these expressions: pairs of where it stands, and itself."""
    rules = [{"record": f"checked:{number}", "expr": expr} for number, (_, expr) in enumerate(expressions)]
    with tempfile.TemporaryDirectory() as directory:
        # JSON is YAML.
        path = Path(directory, "rules.yaml")
        path.write_text(json.dumps({"groups": [{"name": "checked", "rules": rules}]}))
        told = run(PROMTOOL, "check", "rules", path)
    places = "\n".join(f"{number}: {where}: {expr}" for number, (where, expr) in enumerate(expressions))
    test.assertEqual(told.returncode, 0, told.stdout + told.stderr + places)
    test.assertIn(f"{len(rules)} rules found", told.stdout)


# Rules

def _value(lines, start, key):
    """The value of a key: on its line, or folded on the lines below that are further in."""
    indent, rest = re.match(rf"( *)(?:- )?{key}: ?(.*)", lines[start]).groups()
    if rest not in (">-", "|"):
        return rest[1:-1].replace("''", "'") if rest[:1] == "'" else rest
    below = []
    for line in lines[start + 1:]:
        if line.strip() and len(line) - len(line.lstrip()) <= len(indent):
            break
        below.append(line.strip())
    return " ".join(below).strip()


def rules():
    """Pairs of each rule's name and lines, alerts and others. It reads no more YAML than the file is written in."""
    blocks = re.split(r"(?m)^      - (?=(?:alert|record): )", RULES.read_text())[1:]
    for block in blocks:
        lines = ["        " + block.splitlines()[0], *block.splitlines()[1:]]
        fields = {}
        for number, line in enumerate(lines):
            key = re.match(r" {8,10}(\w+):(?: |$)", line)
            if key and key[1] not in ("labels", "annotations"):
                fields.setdefault(key[1], _value(lines, number, key[1]))
        yield fields


def alerts():
    return [
        Alert(rule["alert"], *(rule.get(key, "") for key in ("severity", "expr", "summary", "description", "runbook")))
        for rule in rules() if "alert" in rule]


# The dashboard

def dashboard():
    return json.loads(DASHBOARD.read_text())


def _panels(panels):
    for panel in panels:
        yield panel
        yield from _panels(panel.get("panels", []))


def panels():
    return list(_panels(dashboard()["panels"]))


def dashboard_expressions():
    """Pairs of where an expression stands, and itself as Grafana would send it."""
    found = [(panel["title"], target["expr"]) for panel in panels() for target in panel.get("targets", [])]
    found += [(note["name"], note["expr"]) for note in dashboard()["annotations"]["list"] if "expr" in note]
    for variable in dashboard()["templating"]["list"]:
        query = re.fullmatch(r"label_values\((.+), (\w+)\)", variable.get("definition", ""))
        if query:
            found.append((variable["name"], f"count by ({query[2]}) ({query[1]})"))
    return [(where, as_sent(expr)) for where, expr in found]


def as_sent(expr):
    return expr.replace("$__rate_interval", "1m").replace("$instance", ".*").replace("$name", ".*")


# The page

def documented():
    """The families of docs/metrics.md."""
    families = {}
    for line in PAGE.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        name = re.fullmatch(r"`(breakerd_\w+)`", cells[0])
        if line.startswith("|") and name:
            labels = {
                label: set(re.findall(r"`([^`]+)`", values or ""))
                for label, values in re.findall(r"`(\w+)`(?: \(([^)]*)\))?", cells[2])}
            assert name[1] not in families, f"{name[1]} stands twice in {PAGE}"
            families[name[1]] = Family(cells[1], labels, cells[4].startswith("yes"))
    return families


def headings(path):
    """The anchors of a page."""
    titles = re.findall(r"(?m)^#+ (.+)$", path.read_text())
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


# Expressions

def named_in(expr):
    """The families of the daemon in an expression; what rules record has colons, and is not among them."""
    bare = re.sub(r'"[^"]*"', '""', expr)
    return {name for name in re.findall(r"(?<![\w:])breakerd_\w+(?![\w:])", bare)}


def matchers_in(expr):
    """Family, label and values of each matcher that names values."""
    for family, selector in re.findall(r"(?<![\w:])(breakerd_\w+)\{([^}]*)\}", expr):
        for label, operator, value in re.findall(r'(\w+)(=~|!~|!=|=)"([^"]*)"', selector):
            yield family, label, [] if "*" in value else value.split("|")


# Expositions

Sample = namedtuple("Sample", "name labels value")
_SAMPLE = re.compile(r'(\w+)(?:\{((?:\w+="(?:[^"\\]|\\["\\n])*",?)*)\})? (\S+)')


class Exposition:
    """What `breakerctl metrics` prints, held against the rules of the format."""

    def __init__(self, text):
        self.types, self.helps, self.samples = {}, {}, {}
        assert text.endswith("\n"), "the last line has no end"
        family, over = None, set()
        for number, line in enumerate(text.splitlines(), 1):
            where = f"line {number}: {line!r}"
            comment = re.fullmatch(r"# (HELP|TYPE) (\w+) (.+)", line)
            if comment:
                kind, name, rest = comment.groups()
                table = self.helps if kind == "HELP" else self.types
                assert name not in table, f"{where} stands twice"
                if name != family:
                    assert name not in over, f"{where}: what belongs to it is not together"
                    family = name
                    over.add(name)
                table[name] = rest
                continue
            sample = _SAMPLE.fullmatch(line)
            assert sample, f"{where} is no sample"
            assert sample[1] == family and family in self.types, f"{where} has no TYPE above it"
            labels = dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', sample[2] or ""))
            key = (sample[1], tuple(sorted(labels.items())))
            assert key not in self.samples, f"{where} stands twice"
            self.samples[key] = Sample(sample[1], labels, float(sample[3]))

    def of(self, family, **labels):
        """The samples of a family that have these labels."""
        return [
            sample for sample in self.samples.values()
            if sample.name == family and all(sample.labels.get(label) == value for label, value in labels.items())]

    def value(self, family, **labels):
        """The one sample of these labels; 0 if there is none, as zeros are left out."""
        found = self.of(family, **labels)
        assert len(found) <= 1, found
        return found[0].value if found else 0
