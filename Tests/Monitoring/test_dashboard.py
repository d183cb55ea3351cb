"""The dashboard for Grafana."""

import json
import re
import unittest

from support import (
    DASHBOARD, dashboard, dashboard_expressions, documented, matchers_in, named_in, needs_promtool, panels, promtool_checks)


class DashboardTests(unittest.TestCase):
    def test_every_data_source_is_the_one_that_was_chosen(self):
        found = re.findall(r'"uid": "([^"]*)"', DASHBOARD.read_text())
        self.assertEqual(set(found), {"${datasource}", "-- Grafana --", dashboard()["uid"]})
        self.assertIsNone(dashboard()["id"])

    def test_its_variables_are_all_there(self):
        variables = {variable["name"]: variable for variable in dashboard()["templating"]["list"]}
        self.assertEqual(set(variables), {"datasource", "instance", "name"})
        self.assertEqual(variables["datasource"]["type"], "datasource")
        used = set(re.findall(r"\$\{?(\w+)", json.dumps(dashboard())))
        self.assertLessEqual(used, set(variables) | {"__rate_interval", "__all"})

    def test_panels_have_a_place_each(self):
        taken = set()
        for panel in panels():
            with self.subTest(panel["title"]):
                place = panel["gridPos"]
                cells = {
                    (x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
                self.assertLessEqual(place["x"] + place["w"], 24)
                self.assertFalse(cells & taken)
                taken |= cells
        numbers = [panel["id"] for panel in panels()]
        self.assertEqual(len(numbers), len(set(numbers)))

    def test_panels_say_what_they_show(self):
        for panel in panels():
            if panel["type"] == "row":
                continue
            with self.subTest(panel["title"]):
                self.assertTrue(panel["description"])
                self.assertTrue(panel["targets"])
                self.assertTrue(panel["fieldConfig"]["defaults"]["unit"])

    @needs_promtool
    def test_promtool_takes_each_query(self):
        self.assertGreater(len(dashboard_expressions()), 40)
        promtool_checks(self, dashboard_expressions())

    def test_it_asks_for_what_there_is(self):
        families = documented()
        for where, expr in dashboard_expressions():
            with self.subTest(where, expr=expr):
                self.assertLessEqual(named_in(expr), set(families))
                for family, label, values in matchers_in(expr):
                    self.assertIn(label, {"instance", *families[family].labels})
                    known = families[family].labels.get(label)
                    if known:
                        self.assertLessEqual(set(values), known)

    def test_it_shows_everything(self):
        shown = set().union(*(named_in(expr) for _, expr in dashboard_expressions()))
        self.assertEqual(set(documented()) - shown, set())
