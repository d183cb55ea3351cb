"""What is in the Debian package, and what lintian and systemd say of it."""

import gzip
import os
import pathlib
import re
import shutil
import subprocess
import unittest

from packages import PREBUILT, SCRATCH, TOP, contents, field, package, run

UNITS = [path.name for suffix in ("service", "socket", "timer") for path in (TOP / "systemd").glob(f"*.{suffix}")]
PAGES = [path.name for path in (TOP / "man").glob("*.[1-8]")]


class ContentsTests(unittest.TestCase):
    def listed(self):
        """Path to mode and owner."""
        lines = run("dpkg-deb", "-c", package()).splitlines()
        return {words[5].removeprefix("."): (words[0], words[1]) for words in map(str.split, lines)}

    def test_every_file_is_there_with_its_mode(self):
        doc = "/usr/share/doc/breakerd"
        expected = {
            "/usr/bin/breakerd": "-rwxr-xr-x",
            "/usr/bin/breakerctl": "-rwxr-xr-x",
            "/usr/lib/sysusers.d/breakerd.conf": "-rw-r--r--",
            "/usr/lib/tmpfiles.d/breakerd.conf": "-rw-r--r--",
            "/etc/breakerd/breakerd.yaml": "-rw-r--r--",
            "/etc/breakerd/conf.d/": "drwxr-xr-x",
            f"{doc}/copyright": "-rw-r--r--",
            f"{doc}/changelog.gz": "-rw-r--r--",
            f"{doc}/docs/operations.md": "-rw-r--r--",
            f"{doc}/examples/breakerd.example.yaml": "-rw-r--r--",
            "/usr/share/lintian/overrides/breakerd": "-rw-r--r--",
        }
        for unit in UNITS:
            expected[f"/lib/systemd/system/{unit}"] = "-rw-r--r--"
        for page in PAGES:
            expected[f"/usr/share/man/man{page[-1]}/{page}.gz"] = "-rw-r--r--"
        for path in (TOP / "completions").glob("*.bash"):
            expected[f"/usr/share/bash-completion/completions/{path.stem}"] = "-rw-r--r--"
        for path in (TOP / "completions").glob("_*"):
            expected[f"/usr/share/zsh/vendor-completions/{path.name}"] = "-rw-r--r--"
        listed = self.listed()
        for path, mode in expected.items():
            with self.subTest(path=path):
                self.assertIn(path, listed)
                self.assertEqual(listed[path][0], mode)
        for path in (TOP / "monitoring").rglob("*"):
            if path.is_file() and path.suffix != ".pyc":
                installed = f"/usr/share/breakerd/monitoring/{path.relative_to(TOP / 'monitoring')}"
                self.assertEqual(installed in listed, ".test." not in path.name, installed)

    def test_all_belongs_to_root_and_is_where_packages_put_things(self):
        for path, (mode, owner) in self.listed().items():
            with self.subTest(path=path):
                self.assertEqual(owner, "root/root")
                self.assertNotRegex(mode, "[sStT]|.{7}.w")
                self.assertRegex(path, "^/(etc(/breakerd/.*)?|lib(/systemd/.*)?|usr/(bin|lib|share)?.*)?/?$|^/etc/breakerd")

    def test_the_programs_are_stripped_and_need_no_swift(self):
        for program in ("breakerd", "breakerctl"):
            sections = run("readelf", "-SW", contents() / "usr/bin" / program)
            self.assertNotIn(".symtab", sections)
            self.assertNotIn(".debug", sections)
            self.assertNotIn("swift", run("readelf", "-d", contents() / "usr/bin" / program))

    def test_the_control_file(self):
        version = re.search('version = "(.*)"', (TOP / "Sources/BreakerProtocol/Release.swift").read_text())[1]
        version = version.replace("-", "~", 1)
        self.assertEqual(field("Version"), version)
        self.assertEqual(field("Architecture"), run("dpkg", "--print-architecture").strip())
        for library in ("libc6 (", "libsqlite3-0 (", "libstdc++6 (", "systemd"):
            self.assertIn(library, field("Depends"))
        self.assertEqual(
            run("dpkg-deb", "-I", package(), "conffiles").split(), ["/etc/breakerd/breakerd.yaml"]
        )
        self.assertRegex(package().name, f"^breakerd_{re.escape(version)}_[a-z0-9]+\\.deb$")

    def test_the_daemon_takes_the_shipped_files(self):
        breakerd = contents() / "usr/bin/breakerd"
        for file in ("etc/breakerd/breakerd.yaml", "usr/share/doc/breakerd/examples/breakerd.example.yaml"):
            self.assertIn("ok", run(breakerd, "check", contents() / file))
        self.assertEqual(field("Version"), run(breakerd, "--version").strip().replace("-", "~", 1))

    def test_what_the_shipped_configuration_shows_is_taken_too(self):
        text = (contents() / "etc/breakerd/breakerd.yaml").read_text()
        self.assertEqual([line for line in text.splitlines() if line and not line.startswith("#")], [])
        shown = SCRATCH / "shown.yaml"
        examples = text[text.index("# 1. ") :]
        shown.write_text("\n".join(re.findall(r"^# ((?:breakers|defaults|  ).*)$", examples, re.M)) + "\n")
        self.assertIn("2 patterns", run(PREBUILT / "breakerd", "check", shown))

    def test_the_changelog_is_in_the_form_of_debian(self):
        text = gzip.decompress((contents() / "usr/share/doc/breakerd/changelog.gz").read_bytes()).decode()
        self.assertRegex(text, rf"^breakerd \({re.escape(field('Version'))}\) \w+; urgency=\w+\n\n  \* ")

    def test_the_same_programs_give_the_same_package(self):
        again = SCRATCH / "again"
        run(TOP / "packaging/deb.sh", env={**os.environ, "PREBUILT": str(PREBUILT), "OUT": str(again)}, umask=0o077)
        self.assertEqual((again / package().name).read_bytes(), package().read_bytes())


class JudgementTests(unittest.TestCase):
    @unittest.skipUnless(shutil.which("lintian"), "lintian is not installed")
    def test_lintian_finds_no_errors(self):
        done = subprocess.run(
            ["lintian", "--allow-root", "--fail-on", "error", "--tag-display-limit", "0", package()],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        self.assertEqual(done.returncode, 0, done.stdout)
        # A page that somebody has yet to write is no reason to build no package.
        rest = [line for line in done.stdout.splitlines() if line.startswith("W:") and "no-manual-page" not in line]
        self.assertEqual(rest, [])

    @unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze is not installed")
    def test_systemd_has_nothing_to_say_against_the_units(self):
        root = SCRATCH / "verify"
        shutil.copytree(contents(), root, symlinks=True)
        # What the units name beside themselves: targets, and the shell.
        for target in pathlib.Path("/lib/systemd/system").glob("*.target"):
            if not target.is_symlink():
                shutil.copy(target, root / "lib/systemd/system")
        for program in ("bin/sh", "usr/bin/env", "usr/bin/python3"):
            (root / program).parent.mkdir(exist_ok=True)
            if os.path.exists(f"/{program}"):
                shutil.copy(f"/{program}", root / program)
        # Pages are looked for on this machine, where the package is not installed.
        said = run("systemd-analyze", "verify", "--man=no", f"--root={root}", *UNITS)
        self.assertEqual(said, "")

    @unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze is not installed")
    def test_the_service_can_do_little(self):
        # In tenths: 0.4 of 10.
        run("systemd-analyze", "security", "--offline=true", "--threshold=4", f"--root={contents()}", "breakerd.service")


if __name__ == "__main__":
    unittest.main()
