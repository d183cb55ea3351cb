"""make install and make uninstall."""

import re
import unittest

from packages import SCRATCH, TOP, make


def files(tree):
    return sorted(str(path.relative_to(tree)) for path in tree.rglob("*") if not path.is_dir())


class InstallTests(unittest.TestCase):
    def installed(self, name, *words):
        tree = SCRATCH / name
        make("install", f"DESTDIR={tree}", *words)
        return tree

    def test_below_a_prefix_of_ones_own(self):
        tree = self.installed("prefix", "PREFIX=/opt/x")
        units = tree / "opt/x/lib/systemd/system"
        text = (units / "breakerd.service").read_text()
        self.assertIn("ExecStart=/opt/x/bin/breakerd --config /etc/breakerd/breakerd.yaml", text)
        self.assertIn("ExecReload=/opt/x/bin/breakerctl ", text)
        # The shell, and the paths of sockets and state, are the same everywhere.
        self.assertIn("ExecStopPost=+/bin/sh ", text)
        self.assertIn("--socket /run/breakerd/breakerd.sock", text)
        for unit in units.iterdir():
            self.assertNotRegex(unit.read_text(), "/usr/(bin/breaker|share/breakerd)")
            for program in re.findall(r"^Exec\w+=[-@:+!]*(/opt/x/\S+)", unit.read_text(), re.M):
                self.assertTrue((tree / program.lstrip("/")).exists(), program)
        outside = [file for file in files(tree) if not file.startswith("opt/x/")]
        self.assertEqual(outside, ["etc/breakerd/breakerd.yaml"])
        self.assertTrue((tree / "etc/breakerd/conf.d").is_dir())

    def test_every_directory_can_be_chosen(self):
        tree = self.installed(
            "chosen", "PREFIX=/usr", "UNITDIR=/u", "SYSUSERSDIR=/s", "TMPFILESDIR=/t", "SYSCONFDIR=/c", "MANDIR=/m",
            "BASHCOMPDIR=/b", "ZSHCOMPDIR=/z",
        )
        for file in ("u/breakerd.socket", "s/breakerd.conf", "t/breakerd.conf", "c/breakerd/breakerd.yaml"):
            self.assertTrue((tree / file).is_file(), file)
        self.assertIn("/usr/bin/breakerd --config /c/breakerd/breakerd.yaml", (tree / "u/breakerd.service").read_text())

    def test_for_usr_the_units_are_as_in_the_project(self):
        tree = self.installed("usr", "PREFIX=/usr")
        for unit in (tree / "usr/lib/systemd/system").iterdir():
            self.assertEqual(unit.read_bytes(), (TOP / "systemd" / unit.name).read_bytes())

    def test_a_configuration_that_is_there_stays(self):
        tree = SCRATCH / "stays"
        (tree / "etc/breakerd").mkdir(parents=True)
        (tree / "etc/breakerd/breakerd.yaml").write_text("daemon: {max_breakers: 5}\n")
        self.installed("stays")
        self.assertEqual((tree / "etc/breakerd/breakerd.yaml").read_text(), "daemon: {max_breakers: 5}\n")

    def test_uninstall_takes_all_but_the_configuration(self):
        tree = self.installed("gone")
        mine = tree / "usr/local/share/doc/breakerd/mine"
        mine.write_text("not of breakerd\n")
        self.assertGreater(len(files(tree)), 8)
        make("uninstall", f"DESTDIR={tree}")
        self.assertEqual(files(tree), ["etc/breakerd/breakerd.yaml", str(mine.relative_to(tree))])
        self.assertFalse((tree / "usr/local/share/breakerd").exists())


if __name__ == "__main__":
    unittest.main()
