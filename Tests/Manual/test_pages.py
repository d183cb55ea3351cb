"""That the manual pages have all that the programs have, and nothing else."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import pages
import programs
import tables


def loudly_without(program):
    """Whether a program is missing; says so."""
    if shutil.which(program):
        return False
    print(f"\n*** {program} is not installed: what it would have checked is NOT checked ***", file=sys.stderr)
    return True


class CommandPageTests(unittest.TestCase):
    """breakerctl(1) and breakerd(8), by what the programs say of themselves."""

    PAGES = {"breakerctl": pages.Page("breakerctl.1"), "breakerd": pages.Page("breakerd.8")}

    def each_command(self):
        for program, page in self.PAGES.items():
            items = {item.head.split()[0]: item for item in page.items("COMMANDS")}
            for name, command in programs.commands(program).items():
                if name in items and name != "help":
                    yield program, page, command, items[name]

    def test_commands(self):
        for program, page in self.PAGES.items():
            with self.subTest(program):
                documented = [item.head.split()[0] for item in page.items("COMMANDS")]
                documented = [name for name in documented if not name.startswith("-")]
                self.assertEqual(sorted(documented), sorted(programs.commands(program)))

    def test_options_of_the_head(self):
        """Each command's head names its options with their values, and its arguments, as the program does."""
        for program, _, command, item in self.each_command():
            with self.subTest(program=program, command=command.name):
                head = item.head.removeprefix(command.name).strip()
                documented = set(re.findall(r"\[(--[^]]*)\]", head))
                self.assertEqual(documented, {
                    f"--{option.name}" + (f" {value(option)}" if option.takes_value else "")
                    for option in command.options if option.name not in programs.COMMON[program]})
                arguments = " ".join(re.sub(r"\[--[^]]*\]", "", head).split())
                self.assertEqual(arguments, " ".join(positional(each) for each in command.positionals))

    def test_options_are_explained(self):
        """Each option is explained with its command, or among those of several commands; and no other is."""
        for program, page, command, item in self.each_command():
            lists = page.items("COMMANDS") + (page.items("OPTIONS") if "OPTIONS" in page.sections else [])
            general = names(each for each in lists if each.head.startswith("-"))
            own = names(item.items)
            for option in command.options:
                with self.subTest(program=program, command=command.name, option=option.name):
                    self.assertIn(option.name, set(own) | set(general))
                    if option.name in own and option.default:
                        self.assertIn(f"default is {option.default}.", own[option.name].text)
            self.assertLessEqual(set(own), {option.name for option in command.options}, command.name)

    def test_no_option_is_left_over(self):
        for program, page in self.PAGES.items():
            known = {option.name for command in programs.commands(program).values() for option in command.options}
            for section in page.sections:
                if section in ("SYNOPSIS", "OPTIONS", "COMMANDS"):
                    with self.subTest(program=program, section=section):
                        documented = set(re.findall(r"(?<![\w-])--([a-z][a-z-]*)", page.text(section)))
                        self.assertEqual(documented - known, set())

    def test_synopsis_of_the_daemon(self):
        page = self.PAGES["breakerd"]
        synopsis = " ".join(page.text("SYNOPSIS").split()).replace("[serve]", "serve")
        for item in page.items("COMMANDS"):
            if not item.head.startswith("-"):
                with self.subTest(item.head):
                    self.assertIn(item.head, synopsis)

    def test_exit_codes(self):
        """Each exit code that the help speaks of is in the page."""
        for program, page in self.PAGES.items():
            documented = {item.head.split()[0] for item in page.items("EXIT STATUS")}
            for command in [[]] + [[name] for name in programs.commands(program)]:
                asked = [programs.PROGRAMS[program], "help"] + command
                text = subprocess.run(asked, capture_output=True, text=True, timeout=60).stdout
                for said in re.findall(r"Exit codes[^:]*: ([^.]*)\.", " ".join(text.split())):
                    for code in re.findall(r"(?:^|, (?:or )?)(\d+) ", said):
                        with self.subTest(program=program, code=code):
                            self.assertIn(code, documented)


def names(items):
    """The options that items explain."""
    return {name: item for item in items for name in re.findall(r"--([a-z-]+)", item.head)}


def value(option):
    """How the value of an option is written in a page; the last word of its name if the program has no word for it."""
    return option.name.split("-")[-1] if option.value == option.name and "-" in option.name else option.value.replace(
        "|", " | ")


def positional(argument):
    """How an argument is written in a page."""
    if argument.is_behind_terminator:
        return f"-- {argument.value} [argument ...]"
    text = " | ".join(argument.values) if argument.values else argument.value
    text += " ..." if argument.is_repeating else ""
    return f"[{text}]" if argument.is_optional else text


class ProtocolPageTests(unittest.TestCase):
    """breakerd-protocol(7), by the daemon's `help` and by docs/protocol.md."""

    PAGE = pages.Page("breakerd-protocol.7")

    @classmethod
    def setUpClass(cls):
        cls.daemon = programs.Daemon()
        cls.addClassCleanup(cls.daemon.close)

    def verbs(self):
        """The requests of the page, and the roles they take."""
        return dict(re.fullmatch(r"(.*) \((\w+)\)", item.head).groups() for item in self.PAGE.items("VERBS"))

    def test_requests(self):
        """Each verb with its arguments and options, letter by letter."""
        said = [row[1:].split(" - ")[0] for row in self.daemon.ask("help")[1:]]
        self.assertEqual(sorted(self.verbs()), sorted(said))

    def test_admins_verbs(self):
        said = {row[1:].split(" - ")[0] for row in self.daemon.ask("help")[1:] if row.endswith("(admin)")}
        self.assertEqual({request for request, role in self.verbs().items() if role == "admin"}, said)

    def test_roles(self):
        self.assertEqual(self.verbs(), {row[0]: row[1] for row in tables.rows("protocol.md", "Verbs")})

    def test_error_codes(self):
        """Each code, whether it ends the connection, and whether trying again can help."""
        documented = {item.head.split()[0]: item.head.split(" ", 1)[1] for item in self.PAGE.items("ERROR CODES")}
        expected = {}
        for code, fatal, retryable, _ in tables.rows("protocol.md", "Errors"):
            marks = (["fatal"] if fatal == "yes" else []) + ["retryable" if retryable == "yes" else "not retryable"]
            expected[code] = f"({', '.join(marks)})"
        self.assertEqual(documented, expected)

    def test_codes_that_can_be_provoked(self):
        documented = {item.head.split()[0] for item in self.PAGE.items("ERROR CODES")}
        wrong = ["nonsense", "allow", "allow ?", "list x=1", "show nobody", "hello 99", "x" * 2000, "GET / HTTP/1.1"]
        for line in wrong:
            with self.subTest(line[:20]):
                answer = self.daemon.ask(line)[0]
                self.assertRegex(answer, "^[-!]")
                self.assertIn(answer[1:].split()[0], documented)

    def test_causes(self):
        documented = {name for item in self.PAGE.items("EVENTS") for name in item.head.split(", ")}
        with open(os.path.join(programs.ROOT, "docs/protocol.md")) as file:
            table = file.read().split("| cause | its figures |\n")[1].split("\n\n")[0]
        for line in table.splitlines()[1:]:
            for cause in re.findall(r"`(\w+)`", line.split("|")[1].split(":")[0]):
                with self.subTest(cause):
                    self.assertIn(cause, documented)

    def test_decisions(self):
        documented = {" ".join(item.head.split()[:2]) for item in self.PAGE.items("DECISIONS")}
        with open(os.path.join(programs.ROOT, "docs/protocol.md")) as file:
            table = file.read().split("\n### allow\n\n")[1].split("\n\n")[0]
        expected = {" ".join(found.split()[:2]) for found in re.findall(r"^\| `([^`]*)`", table, re.M)}
        self.assertEqual(documented, expected)


class ConfigurationPageTests(unittest.TestCase):
    """breakerd.yaml(5), by what the daemon says of a key that there is not, and by docs/configuration.md."""

    PAGE = pages.Page("breakerd.yaml.5")

    def keys(self, section):
        return {item.head.split()[0]: item for item in self.PAGE.items(section)}

    def test_keys_of_the_daemon(self):
        documented = [key.removeprefix("daemon.") for key in self.keys("DAEMON")]
        self.assertEqual(sorted(documented), sorted(programs.daemon_keys()))

    def test_keys_of_an_entry(self):
        self.assertEqual(sorted(self.keys("ENTRIES")), sorted(programs.entry_keys()))

    def test_keys_of_a_policy(self):
        self.assertEqual(sorted(self.keys("POLICY")), sorted(programs.policy_keys()))

    def test_types_and_defaults_of_a_policy(self):
        documented = self.keys("POLICY")
        for key, kind, default, *_ in tables.rows("configuration.md", "Keys"):
            with self.subTest(key):
                text = documented[key].text
                kind = kind.split(", for example")[0].replace("traffic or manual", "traffic, manual")
                if kind != "none":
                    self.assertIn(kind.lower(), text.lower())
                if default:
                    self.assertIn(f"; the default is {default}.", text)
                else:
                    self.assertRegex(text, "; (no default|the default is that of)")

    def test_types_and_defaults_of_the_daemon(self):
        documented = self.keys("DAEMON")
        for key, kind, default, _ in tables.rows("configuration.md", "Daemon"):
            with self.subTest(key):
                text = documented["daemon." + key].text
                self.assertIn(kind.replace("…", "...").lower(), text.lower())
                self.assertIn(f"; the default is {default.strip('`')}", text)

    def test_built_in_values(self):
        """The defaults are those that a daemon without configuration has."""
        with tempfile.NamedTemporaryFile(suffix=".yaml") as empty:
            said = subprocess.run([programs.BREAKERD, "policy", "x", "--config", empty.name],
                                  capture_output=True, text=True, check=True).stdout
        documented = self.keys("POLICY")
        for line in said.splitlines():
            key, known, origin = re.split(r"\s{2,}", line.strip())[:3]
            if origin == "built-in" and known != "none":
                with self.subTest(key):
                    self.assertIn(f"; the default is {known}.", documented[key].text)

    def test_presets(self):
        documented = {item.head: item.text for item in self.PAGE.items("PRESETS")}
        expected = {row[0]: row[2] for row in tables.rows("configuration.md", "Presets")}
        self.assertEqual(sorted(documented), sorted(expected))
        for name, settings in expected.items():
            with self.subTest(name):
                found = re.findall(r"[a-z_.]+=[^ ,]*[^ ,.]", documented[name])
                self.assertEqual(found, re.findall(r"[a-z_.]+=[^` ]+", settings))


class HealthTests(unittest.TestCase):
    def test_reasons(self):
        """Each reason of `health` is in breakerd(8)."""
        documented = {item.head for item in pages.Page("breakerd.8").items("DIAGNOSTICS")}
        with open(os.path.join(programs.ROOT, "docs/operations.md")) as file:
            table = file.read().split("| reason | what has happened | what to do |\n")[1].split("\n\n")[0]
        expected = set(re.findall(r"^\| `([^`]*)`", table, re.M))
        self.assertEqual({head.replace("FILE", "…") for head in documented}, expected)


class FormTests(unittest.TestCase):
    """That what reads manual pages has nothing to say against ours."""

    def test_no_page_is_forgotten(self):
        self.assertEqual(sorted(os.listdir(pages.DIRECTORY)), sorted(pages.NAMES))

    def test_no_version(self):
        """No page says which version it is of: none has to be kept in step."""
        said = subprocess.run([programs.BREAKERD, "--version"], capture_output=True, text=True).stdout.strip()
        for name in pages.NAMES:
            with open(os.path.join(pages.DIRECTORY, name)) as file:
                self.assertNotIn(said, file.read(), name)

    def test_mandoc(self):
        if loudly_without("mandoc"):
            self.skipTest("mandoc is missing")
        for name in pages.NAMES:
            with self.subTest(name):
                # In their directory, so that they find each other.
                said = subprocess.run(["mandoc", "-Tlint", name], cwd=pages.DIRECTORY, capture_output=True, text=True)
                self.assertEqual((said.stdout, said.stderr), ("", ""))

    def test_man(self):
        if loudly_without("man") or loudly_without("groff"):
            self.skipTest("man is missing")
        for name in pages.NAMES:
            with self.subTest(name):
                file = os.path.join(pages.DIRECTORY, name)
                for variables in ({"LC_ALL": "C.UTF-8"}, {"LC_ALL": "C.UTF-8", "MANWIDTH": "60"}):
                    said = subprocess.run(["man", "--warnings", "-P", "cat", "-l", file],
                                          env=dict(os.environ, **variables), capture_output=True, text=True)
                    self.assertEqual(said.stderr, "")
                    self.assertIn("NAME", said.stdout)


if __name__ == "__main__":
    unittest.main()
