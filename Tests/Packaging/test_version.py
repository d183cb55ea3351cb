"""One version for all that is released together."""

import re
import shutil
import unittest

from packages import SCRATCH, TOP, run


class VersionTests(unittest.TestCase):
    def test_a_new_version_is_written_wherever_a_package_is_named_by_it(self):
        old = run(TOP / "packaging/version").strip()
        copy = SCRATCH / "version"
        shutil.copytree(TOP, copy, ignore=shutil.ignore_patterns(".*", "__pycache__"))
        run(copy / "packaging/version", "98.76.54")
        self.assertEqual(run(copy / "packaging/version").strip(), "98.76.54")
        named = re.compile(rb"breakerd[-_]" + re.escape(old).encode())
        files = [path for path in copy.rglob("*") if path.is_file()]
        self.assertEqual([str(path.relative_to(copy)) for path in files if named.search(path.read_bytes())], [])
        self.assertIn("breakerd-98.76.54.gem", (copy / "clients/ruby/README.md").read_text())


if __name__ == "__main__":
    unittest.main()
