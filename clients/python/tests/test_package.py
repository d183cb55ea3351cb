"""What users install."""

import unittest
from importlib import metadata
from pathlib import Path

from support import HERE, PACKAGES, ROOT, Case


class PackageTests(Case):
    @unittest.skipIf(Path(PACKAGES) == HERE.parent / "src", "these are the sources, no package")
    def test_the_license_comes_along(self):
        (package,) = metadata.distributions(name="breakerd", path=[PACKAGES])
        (license,) = [file for file in package.files if file.name == "LICENSE"]
        self.assertEqual(license.read_text(), (ROOT / "LICENSE").read_text())


if __name__ == "__main__":
    unittest.main()
