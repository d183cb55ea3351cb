"""The types hold, and are there for whoever installs the package."""

import importlib.util
import subprocess
import sys
import unittest
from pathlib import Path

from support import HERE, Case

import breakerd


class TypeTests(Case):
    def test_the_package_says_that_it_is_typed(self):
        self.assertTrue(Path(breakerd.__file__).with_name("py.typed").exists())

    @unittest.skipUnless(
        all(map(importlib.util.find_spec, ("mypy", "requests", "httpx"))), "needs mypy, requests and httpx")
    def test_a_strict_check_finds_nothing(self):
        done = subprocess.run(
            [sys.executable, "-m", "mypy", "--cache-dir", self.path("cache")], cwd=HERE.parent, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, timeout=300)
        self.assertEqual(done.returncode, 0, done.stdout)


if __name__ == "__main__":
    unittest.main()
