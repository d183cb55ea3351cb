"""The rules for Prometheus."""

import re
import unittest

from support import (
    BREAKERCTL, BREAKERD, PAGE, PROMTOOL, ROOT, RULE_TESTS, RULES, alerts, dashboard_expressions, documented, headings, matchers_in,
    named_in, needs_daemon, needs_promtool, rules, run)


class RulesTests(unittest.TestCase):
    @needs_promtool
    def test_promtool_takes_them(self):
        told = run(PROMTOOL, "check", "rules", RULES)
        self.assertEqual(told.returncode, 0, told.stdout + told.stderr)
        # Else this file's reader of YAML has missed some.
        self.assertIn(f"{len(list(rules()))} rules found", told.stdout)

    @needs_promtool
    def test_they_fire_and_do_not_fire(self):
        told = run(PROMTOOL, "test", "rules", *RULE_TESTS)
        self.assertEqual(told.returncode, 0, told.stdout + told.stderr)

    def test_each_alert_has_a_test_with_both(self):
        tests = {}
        for path in RULE_TESTS:
            for block in re.split(r"(?m)^  - name: ", path.read_text())[1:]:
                tests[block.split("\n", 1)[0]] = block
        for alert in alerts():
            with self.subTest(alert.name):
                expected = re.findall(r"exp_samples:(.*)\n((?: +(?:- labels|value): .*\n)*)", tests[alert.name])
                fires = [samples for _, samples in expected if samples]
                self.assertTrue(fires)
                # Hosts beside it, on which it does not fire, or times at which it does not.
                hosts = set(re.findall(r'instance="([^"]+)"', tests[alert.name].split("promql_expr_test")[0]))
                firing = set(re.findall(r'instance="([^"]+)"', "".join(fires)))
                self.assertTrue(hosts - firing)

    def test_they_ask_for_what_there_is(self):
        families = documented()
        for rule in rules():
            with self.subTest(rule.get("alert") or rule["record"]):
                self.assertLessEqual(named_in(rule["expr"]), set(families))
                for family, label, values in matchers_in(rule["expr"]):
                    self.assertIn(label, families[family].labels)
                    if families[family].labels[label]:
                        self.assertLessEqual(set(values), families[family].labels[label])

    def test_counters_are_looked_at_as_counters(self):
        families = documented()
        for rule in rules():
            for name in named_in(rule["expr"]):
                with self.subTest(f"{rule.get('alert') or rule['record']}: {name}"):
                    self.assertEqual(name.endswith("_total"), families[name].type == "counter")
                    uses = len(re.findall(rf"{name}\b", rule["expr"]))
                    windows = len(re.findall(rf"(?:rate|increase|resets)\({name}(?:{{[^}}]*}})?\[", rule["expr"]))
                    self.assertEqual(windows, uses if name.endswith("_total") else 0)

    def test_times_are_rounded_before_they_are_compared(self):
        # They are not the same to the microsecond each time they are told.
        expressions = [(rule.get("alert") or rule["record"], rule["expr"]) for rule in rules()] + dashboard_expressions()
        for where, expr in expressions:
            with self.subTest(where):
                self.assertNotRegex(expr, r"(changes|resets|delta|deriv)\(breakerd_\w+_time_seconds")

    def test_reasons_for_trouble_are_those_of_the_daemon(self):
        # Each has a rule of its own, and BreakerdDegraded is for all others.
        own, others = set(), set()
        for alert in alerts():
            for family, label, values in matchers_in(alert.expr):
                if (family, label) == ("breakerd_trouble", "reason"):
                    (others if alert.name == "BreakerdDegraded" else own).update(values)
        self.assertEqual(own, others)
        code = "".join(path.read_text() for path in (ROOT / "Sources/BreakerServer").rglob("*.swift"))
        self.assertEqual({reason for reason in own if f'"{reason}"' not in code}, set())

    def test_people_are_told_what_to_do(self):
        for alert in alerts():
            with self.subTest(alert.name):
                self.assertIn(alert.severity, ("critical", "warning", "info"))
                self.assertIn("$labels.instance", alert.summary)
                if alert.name.startswith("Breaker") and not alert.name.startswith("Breakerd"):
                    self.assertIn("$labels.name", alert.summary)
                    self.assertIn("$labels.name", alert.description)
                self.assertRegex(alert.description, r"[Ll]ook first .*`(breakerctl|breakerd|journalctl)( --socket \S+)? \w")
                self.assertRegex(alert.description, r"`breakerctl |`breakerd check ")

    def test_runbooks_lead_somewhere(self):
        for alert in alerts():
            with self.subTest(alert.name):
                page, heading = alert.runbook.split("#")
                self.assertEqual(page, "docs/operations.md")
                self.assertIn(heading, headings(ROOT / page))

    def test_the_page_lists_them(self):
        rows = re.findall(r"(?m)^\| `(Breaker\w+)` \| (\w+) \|", PAGE.read_text())
        self.assertEqual(rows, [(alert.name, alert.severity) for alert in alerts()])

    @needs_daemon
    def test_there_are_the_commands_that_they_name(self):
        known = set(re.findall(r"(?m)^  (\w+)  ", run(BREAKERCTL, "--help").stdout))
        self.assertIn("why", known)
        text = " ".join(alert.description for alert in alerts())
        self.assertNotIn("`breakerd ", re.sub(r"`breakerd check ", "", text))
        self.assertEqual(run(BREAKERD, "check", "--help").returncode, 0)
        named = set(re.findall(r"`breakerctl (?:--socket \S+ )?(\w+)", text))
        self.assertIn("why", named)
        self.assertLessEqual(named, known)
