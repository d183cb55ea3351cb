"""The checker finds nothing in what is right, and finds each way of being wrong.

    python3 -m unittest discover -s Tests/Torture
"""

import copy
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from checker import check
from simulated import Simulated


def wrong(records):
    return check(records, probes=2).wrong


class Right(unittest.TestCase):
    def test_nothing_is_wrong_with_a_daemon_that_makes_no_mistakes(self):
        for seed in range(20):
            with self.subTest(seed):
                report = check(Simulated(seed).records, probes=2)
                self.assertEqual(report.wrong, [])
                self.assertGreater(report.acknowledged, 300)

    def test_order_in_the_files_does_not_matter(self):
        records = Simulated(1).records
        self.assertEqual(wrong(list(reversed(records))), [])


class Mutations(unittest.TestCase):
    """Each changes one thing of a right history."""

    def setUp(self):
        self.records = Simulated(3).records

    def find(self, matches, after=0):
        """The index of the first record that fits."""
        return next(i for i, record in enumerate(self.records) if i >= after and matches(record))

    def replies(self, start, verb):
        return lambda r: r[0] == "q" and r[5].startswith(verb) and (r[6] or "").startswith(start)

    def expect(self, part):
        found = wrong(self.records)
        self.assertTrue(any(part in finding for finding in found), found[:5])

    def last_act(self, verbs, run):
        """The newest acknowledged act of a run on a name that nobody has touched after it."""
        own = [r for r in self.records if r[0] == "q" and r[1] == run]
        acts = {"force", "release", "reset", "forget"}
        undoing = {"force": acts, "reset": acts | {"report"}, "set": {"set", "unset", "forget"},
                   "forget": acts | {"report", "set", "allow"}}  # fmt: skip
        for record in reversed(own):
            verb, name = record[5].split(" ")[:2]
            if verb not in verbs or record[6] != "+ok 1":
                continue
            if not any(r[5].split(" ")[1] == name and r[3] > record[3] and r[5].split(" ")[0] in undoing[verb] for r in own):
                return record, name
        self.fail("no such act")

    def shown(self, run):
        return next(r for r in self.records if r[0] == "l" and r[1] == run)

    def test_a_force_that_is_gone_after_a_restart(self):
        _, name = self.last_act(["force"], "run1")
        self.shown("run2")[4][name] = "closed"
        self.expect(f"{name}: shown after the start as closed")

    def test_a_breaker_that_is_gone_after_a_restart(self):
        _, name = self.last_act(["force", "reset"], "run0")
        del self.shown("run1")[4][name]
        self.expect(f"{name}: shown after the start as absent")

    def test_a_forgotten_breaker_that_is_back(self):
        forgotten = [("run0", "run1"), ("run1", "run2"), ("run2", "run3")]
        for seed in range(3, 60):
            self.records = Simulated(seed).records
            for run, following in forgotten:
                try:
                    _, name = self.last_act(["forget"], run)
                except AssertionError:
                    continue
                if name in self.shown(following)[4]:
                    continue
                self.shown(following)[4][name] = "forced-closed"
                return self.expect(f"{name}: shown after the start as forced-closed")
        self.fail("nothing was ever forgotten at the end")

    def test_a_trip_that_is_gone_after_a_restart(self):
        for seed in range(3, 60):
            self.records = Simulated(seed).records
            own = [r for r in self.records if r[0] == "q" and r[1] == "run1"]
            for record in reversed(own):
                name = record[5].split(" ")[1]
                later = [r for r in own if r[5].split(" ")[1] == name and r[3] > record[3] and r[5].split(" ")[0] != "state"]
                if (record[6] or "").startswith("+ok open") and not later:
                    self.shown("run2")[4][name] = "closed"
                    return self.expect(f"{name}: shown after the start as closed")
        self.fail("no such trip")

    def test_a_setting_that_is_gone_after_a_restart(self):
        _, name = self.last_act(["set"], "run2")
        settings = next(r for r in self.records if r[0] == "s" and r[1] == "run3" and r[4] == name)
        settings[5].clear()
        self.expect(f"{name}: shown after the start with half_open.lease=None")

    def test_an_unsaved_act_may_be_gone(self):
        act, name = self.last_act(["force"], "run1")
        before = copy.deepcopy(self.records)
        state = self.shown("run2")[4][name]
        act[6] = "+ok 1 unsaved"
        self.assertEqual(wrong(self.records), [])
        self.records = before
        self.assertTrue(state.startswith("forced"))

    def test_a_sync_vouches_for_what_was_unsaved(self):
        act, name = self.last_act(["force"], "run1")
        act[6] = "+ok 1 unsaved"
        end = max(r[4] or 0 for r in self.records if r[0] == "q" and r[1] == "run1")
        self.records.append(["q", "run1", "observer", end + 1, end + 2, "sync", "+ok"])
        self.shown("run2")[4][name] = "closed"
        self.expect(f"{name}: shown after the start as closed")

    def test_an_allow_after_a_trip(self):
        trip = self.find(self.replies("+ok open", "report"))
        record = self.records[trip]
        name = record[5].split(" ")[1]
        at = record[4] + 10
        self.records.insert(trip + 1, ["q", record[1], "other", at, at + 10, f"allow {name}", "+allow closed 77"])
        self.expect(f"{name}: allow {name} -> +allow closed 77")

    def test_an_allow_after_a_force(self):
        act = self.find(self.replies("+ok 1", "force"))
        record = self.records[act]
        name = record[5].split(" ")[1]
        record[5] = f"force {name} open why={record[5].split('why=')[1]}"
        at = record[4] + 10
        self.records.insert(act + 1, ["q", record[1], "other", at, at + 10, f"board {name}", "+board closed 77"])
        self.expect(f"{name}: board {name} -> +board closed 77")

    def test_a_refusal_after_a_reset(self):
        act = self.find(self.replies("+ok 1", "reset"))
        record = self.records[act]
        name, at = record[5].split(" ")[1], record[4] + 10
        self.records.insert(act + 1, ["q", record[1], "other", at, at + 10, f"allow {name}", "+deny forced-open"])
        self.expect(f"{name}: allow {name} -> +deny forced-open")

    def test_half_open_before_its_time(self):
        trip = self.find(self.replies("+ok open", "report"))
        record = self.records[trip]
        name, at = record[5].split(" ")[1], record[4] + 10
        self.records.insert(trip + 1, ["q", record[1], "other", at, at + 10, f"allow {name}", "+deny half-open retry_ms=9"])
        self.expect("before the time that was told")

    def test_three_permits_where_two_are_allowed(self):
        first = self.find(self.replies("+allow half-open", "allow"))
        record = self.records[first]
        generation = record[6].split(" ")[2].split(".")[0]
        for i in range(3):
            at = record[4] + 10 + i * 10
            reply = f"+allow half-open {generation}.{900 + i} lease_ms=100000"
            self.records.insert(first + 1, ["q", record[1], "other", at, at + 5, record[5], reply])
        self.expect("permits out at once, 2 are allowed")

    def test_a_permit_that_is_given_twice(self):
        first = self.find(self.replies("+allow half-open", "allow"))
        again = copy.deepcopy(self.records[first])
        again[2], again[3], again[4] = "other", again[4] + 1, again[4] + 2
        self.records.append(again)
        self.expect("was given twice")

    def test_a_permit_of_an_earlier_generation_that_is_taken(self):
        # Another generation of the same breaker is told, and then the end of a call of before is taken.
        first = self.find(self.replies("+allow half-open", "allow"))
        record = self.records[first]
        run, name, token = record[1], record[5].split(" ")[1], record[6].split(" ")[2]
        told = self.find(lambda r: r[0] == "q" and r[1] == run and r[5].startswith(f"allow {name}") and r[3] > record[4]
                         and (r[6] or "").startswith("+allow") and r[6].split(" ")[2].split(".")[0] != token.split(".")[0])  # fmt: skip
        at = self.records[told][4] + 1
        self.records.append(["q", run, "other", at, at + 1, f"report {name} ok {token}", "+ok closed"])
        self.expect("had been told")

    def test_a_permit_that_is_settled_twice(self):
        first = self.find(lambda r: r[0] == "q" and r[5].startswith("report") and "." in r[5] and r[6] == "+ok closed")
        again = copy.deepcopy(self.records[first])
        again[3], again[4] = again[4] + 1, again[4] + 2
        self.records.append(again)
        self.expect("was settled twice")

    def test_a_permit_of_an_earlier_run_that_is_taken(self):
        stale = self.find(lambda r: r[0] == "q" and r[2] == "observer")
        self.records[stale][6] = "+ok open retry_ms=60"
        self.expect("of an earlier run was taken")

    def test_a_generation_that_two_breakers_have(self):
        one = self.find(self.replies("+allow closed", "allow"))
        name = self.records[one][5].split(" ")[1]
        other = self.find(lambda r: self.replies("+allow closed", "allow")(r) and r[5].split(" ")[1] != name, one)
        self.records[other][6] = self.records[one][6]
        self.expect("is that of")

    def test_a_generation_that_goes_back(self):
        late = [i for i, r in enumerate(self.records) if self.replies("+allow closed", "allow")(r) and r[1] == "run2"][-1]
        self.records[late][6] = f"+allow closed {int(self.records[late][6].split(' ')[2]) - 5000}"
        self.expect(": generation ")

    def test_generations_that_are_given_again_in_a_later_run(self):
        early = self.find(lambda r: self.replies("+allow half-open", "allow")(r) and r[1] == "run1")
        late = self.find(lambda r: self.replies("+allow half-open", "allow")(r) and r[1] == "run2")
        self.records[late][6] = self.records[early][6]
        self.expect("given again")

    def test_an_act_without_its_event(self):
        act, _ = self.last_act(["force", "set", "reset"], "run1")
        reason = next(word[4:] for word in act[5].split(" ") if word.startswith("why="))
        for record in self.records:
            if record[0] == "e":
                record[5] = [row for row in record[5] if row.get("why") != reason]
        self.expect(f"why={reason}")

    def test_a_trip_without_its_event(self):
        trip = self.records[self.find(self.replies("+ok open", "report"))]
        name, gone = trip[5].split(" ")[1], None
        for record in self.records:
            if record[0] == "e":
                rows = [row for row in record[5] if row["name"] == name and row.get("to") == "open"]
                gone = gone or (rows and rows[0])
                record[5] = [row for row in record[5] if row != gone]
        self.expect(f"{name}: ")

    def test_an_event_number_that_comes_twice(self):
        lists = [r for r in self.records if r[0] == "e" and len(r[5]) > 5]
        lists[-1][5][3] = dict(lists[-1][5][3], name="other")
        self.expect("event ")

    def test_event_numbers_out_of_order(self):
        lists = [r for r in self.records if r[0] == "e" and len(r[5]) > 5]
        lists[-1][5].reverse()
        self.expect("not in order")


if __name__ == "__main__":
    unittest.main()
