"""That the completions have all that the programs have, and nothing else; and what they do in real shells."""

import os
import shutil
import socket
import sys
import tempfile
import time
import unittest

import bash_session
import programs
from zsh_session import ZshSession

DIRECTORY = os.path.join(programs.ROOT, "completions")
BREAKERS = ["api", "payments-eu", "payments-us", "svc:a", "svc:b/x@y"]
# A shell that starts and asks once; what is measured is that it does not wait for nobody.
SOON = 2.0
# bash-completion completes the command behind `exec NAME --` too, if it is there.
PACKAGE = "/usr/share/bash-completion/bash_completion"


class Shells(unittest.TestCase):
    """A daemon with breakers, and programs that are found by their names."""

    shell = None

    @classmethod
    def setUpClass(cls):
        if cls is Shells:
            raise unittest.SkipTest("only what is below it is run")
        if shutil.which(cls.shell) is None:
            print(f"\n*** {cls.shell} is not installed: its completions are NOT checked ***", file=sys.stderr)
            raise unittest.SkipTest(f"{cls.shell} is missing")
        cls.daemon = programs.Daemon()
        cls.addClassCleanup(cls.daemon.close)
        for name in BREAKERS:
            cls.daemon.ask(f"allow {name}")
        cls.daemon.ask("set payments-eu trip.failure_rate=50% ramp.duration=10s")
        cls.bin = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, cls.bin)
        for name, program in programs.PROGRAMS.items():
            os.symlink(program, os.path.join(cls.bin, name))
        cls.environment = dict(os.environ, PATH=f"{cls.bin}:{os.environ['PATH']}", BREAKERD_SOCKET=cls.daemon.socket)

    def offers(self, line, **variables):
        """What is offered at the end of the line, whole words, sorted.

        On a machine that is busy the daemon can take longer than it is waited for; so nothing is believed only when it
        was offered three times.
        """
        for _ in range(3):
            if offered := self.offers_now(line, **variables):
                break
        return offered

    def offers_now(self, line, **variables):
        """The same, asked once; nothing may be said beside it."""
        raise NotImplementedError

    def setting(self, key):
        """How a key is offered that a value is to follow."""
        return key


class WhatIsThere:
    """Completeness, by what the programs say of themselves."""

    def test_commands(self):
        for program in programs.PROGRAMS:
            self.assertEqual(self.offers(f"{program} "), sorted(programs.commands(program)))

    def test_options(self):
        for program in programs.PROGRAMS:
            for command in programs.commands(program).values():
                if command.name != "help":
                    with self.subTest(program=program, command=command.name):
                        known = sorted("--" + option.name for option in command.options)
                        self.assertEqual(self.offers(f"{program} {command.name} --"), known)

    def test_values_of_options(self):
        for program in programs.PROGRAMS:
            for command in programs.commands(program).values():
                for option in command.options:
                    if option.values:
                        with self.subTest(program=program, command=command.name, option=option.name):
                            line = f"{program} {command.name} --{option.name} "
                            self.assertEqual(self.offers(line), sorted(option.values))
                            self.assertEqual(self.offers(line[:-1] + "=" + option.values[1][:2]), [option.values[1]])

    def test_values_of_arguments(self):
        for program in programs.PROGRAMS:
            for command in programs.commands(program).values():
                for index, argument in enumerate(command.positionals):
                    if argument.values:
                        with self.subTest(program=program, command=command.name, argument=argument.value):
                            line = " ".join([program, command.name] + ["api"] * index) + " "
                            self.assertEqual(self.offers(line), sorted(argument.values))

    def test_names_wherever_one_is_wanted(self):
        for command in programs.commands("breakerctl").values():
            if command.positionals and command.positionals[0].value in ("name", "glob"):
                with self.subTest(command.name):
                    self.assertEqual(self.offers(f"breakerctl {command.name} "), BREAKERS)

    def test_keys(self):
        keys = sorted(self.setting(key) for key in programs.policy_keys())
        self.assertEqual(self.offers("breakerctl set api "), keys)
        self.assertEqual(self.offers("breakerctl set api lump=1s "), keys)
        self.assertEqual(self.offers("breakerd --default "), keys)
        self.assertEqual(self.offers("breakerd simulate --set "), keys)
        self.assertEqual(self.offers("breakerctl unset nobody "), sorted(programs.policy_keys()))

    def test_levels(self):
        levels = next(option for option in programs.commands("breakerd")["serve"].options if option.name == "log-level")
        self.assertEqual(self.offers("breakerctl loglevel "), sorted(levels.values))

    def test_verbs(self):
        verbs = sorted(row.split()[0] for row in self.daemon.ask("help")[1:])
        self.assertEqual(self.offers("breakerctl verbs "), verbs)


class WhatIsOffered:
    """Live names, and what depends on what was typed before."""

    def test_a_prefix_restricts_names(self):
        self.assertEqual(self.offers("breakerctl show p"), ["payments-eu", "payments-us"])
        self.assertEqual(self.offers("breakerctl list payments-u"), ["payments-us"])
        self.assertEqual(self.offers("breakerctl why nothing-like-it"), [])

    def test_names_with_breaks(self):
        self.assertEqual(self.offers("breakerctl show svc:"), ["svc:a", "svc:b/x@y"])
        self.assertEqual(self.offers("breakerctl show svc:b/x@"), ["svc:b/x@y"])

    def test_a_glob_is_left_alone(self):
        self.assertEqual(self.offers("breakerctl list 'p*"), [])

    def test_an_open_quote(self):
        self.assertEqual(self.offers("breakerctl list 'pa"), ["payments-eu", "payments-us"])

    def test_options_before(self):
        for before in ("--json", "--timeout 1s", "--timeout=1s", "--why 'two words'"):
            with self.subTest(before):
                self.assertEqual(self.offers(f"breakerctl reset {before} a"), ["api"])

    def test_the_socket_typed_before(self):
        nowhere = os.path.join(self.bin, "nowhere")
        for line in ("breakerctl --socket {} show a", "breakerctl --socket={} show a", "breakerctl show --socket {} a"):
            with self.subTest(line):
                here = line.format(self.daemon.admin_socket)
                self.assertEqual(self.offers(here, BREAKERD_SOCKET=nowhere), ["api"])
                self.assertEqual(self.offers(line.format(nowhere)), [])

    def test_keys_that_are_set(self):
        self.assertEqual(self.offers("breakerctl unset payments-eu "), ["ramp.duration", "trip.failure_rate"])
        self.assertEqual(self.offers("breakerctl unset payments-eu r"), ["ramp.duration"])
        self.assertEqual(self.offers("breakerctl unset api "), [])

    def test_values_of_keys(self):
        self.assertEqual(self.values("breakerctl set api recovery="), ["check", "manual", "off", "traffic"])
        self.assertEqual(self.values("breakerctl set api check.latch=t"), ["true"])
        self.assertEqual(self.values("breakerctl set api shadow.trip.window="), ["none", "off"])
        self.assertEqual(self.values("breakerd --default recovery=m"), ["manual"])

    def values(self, line):
        return [offer.split("=")[-1] for offer in self.offers(line)]

    def test_users(self):
        self.assertIn("root", self.offers("breakerctl doctor --as roo"))

    def test_files(self):
        with tempfile.TemporaryDirectory() as directory:
            open(os.path.join(directory, "file.yaml"), "w").close()
            for line in ("breakerctl list --socket {}/", "breakerctl metrics --output {}/", "breakerd --config {}/",
                         "breakerd check {}/", "breakerd simulate {}/", "breakerd --state={}/"):
                with self.subTest(line):
                    offered = [os.path.basename(each) for each in self.offers(line.format(directory))]
                    self.assertEqual(offered, ["file.yaml"])

    def test_another_command(self):
        self.assertEqual(self.offers("breakerctl exec api "), ["--"])
        self.assertIn("breakerctl", self.offers("breakerctl exec api -- breakerc"))
        self.assertIn("breakerctl", self.offers("breakerctl exec --lease 5s api -- breakerc"))
        with tempfile.TemporaryDirectory() as directory:
            open(os.path.join(directory, "input"), "w").close()
            offered = self.offers(f"breakerctl exec api -- cat {directory}/in")
            self.assertEqual([os.path.basename(each) for each in offered], ["input"])

    def test_no_daemon(self):
        nowhere = os.path.join(self.bin, "nowhere")
        self.assertEqual(self.offers("breakerctl show p", BREAKERD_SOCKET=nowhere), [])
        begin = time.monotonic()
        self.offers_now("breakerctl show p", BREAKERD_SOCKET=nowhere)
        self.assertLess(time.monotonic() - begin, SOON)
        self.assertEqual(self.offers("breakerctl verbs ", BREAKERD_SOCKET=nowhere), [])

    def test_a_daemon_that_hangs(self):
        path = os.path.join(self.bin, "hangs")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path)
            listener.listen()
            self.assertEqual(self.offers("breakerctl show p", BREAKERD_SOCKET=path), [])
            begin = time.monotonic()
            self.offers_now("breakerctl show p", BREAKERD_SOCKET=path)
            self.assertLess(time.monotonic() - begin, SOON)
        os.unlink(path)

    def test_many_breakers(self):
        for index in range(0, 1200, 50):
            names = [f"many.{number:04}" for number in range(index, index + 50)]
            self.daemon.ask("\n".join(f"allow {name}" for name in names))
        try:
            self.assertEqual(len(self.offers("breakerctl show many")), 300)
            self.assertEqual(len(self.offers("breakerctl show many.001")), 10)
        finally:
            self.daemon.ask("forget many*")


class BashTests(WhatIsThere, WhatIsOffered, Shells):
    shell = "bash"
    breaks = ":=@"
    before = ""

    def offers_now(self, line, **variables):
        completion = os.path.join(DIRECTORY, line.split()[0] + ".bash")
        variables = dict(self.environment, **variables)
        offered, said = bash_session.offers(completion, line, variables, self.breaks, self.before)
        self.assertEqual(said, "")
        # Of a word that bash has cut, what is behind the last cut is offered.
        word = "" if line[-1].isspace() else line.split()[-1]
        cut = max(word.rfind(each) for each in self.breaks) + 1
        head = "" if word.startswith("--") else word[:cut]
        return sorted(set(head + each for each in offered))

    def setting(self, key):
        return key + "="


class BashWithPackageTests(BashTests):
    """With bash-completion, which does not cut words at `@`."""

    breaks = ":="
    before = f"source {PACKAGE}"

    @classmethod
    def setUpClass(cls):
        if not os.path.exists(PACKAGE):
            print("\n*** bash-completion is not installed: what is done with it is NOT checked ***", file=sys.stderr)
            raise unittest.SkipTest("bash-completion is missing")
        super().setUpClass()


class BashTerminalTests(Shells):
    """What Tab does in a terminal."""

    shell = "bash"

    def test_typed(self):
        completion = os.path.join(DIRECTORY, "breakerctl.bash")
        for line, words in [
            ("breakerctl sho", ["show"]),
            ("breakerctl show payments-u", ["show", "payments-us"]),
            ("breakerctl show svc:b", ["show", "svc:b/x@y"]),
            ("breakerctl list 'payments-u", ["list", "payments-us"]),
            ("breakerctl set api trip.slow_c", ["set", "api", "trip.slow_call="]),
            ("breakerctl set api recovery=m", ["set", "api", "recovery=manual"]),
            ("breakerctl allow --on-unavailable=d", ["allow", "--on-unavailable=deny"]),
        ]:
            with self.subTest(line):
                self.assertEqual(bash_session.typed(completion, line, self.environment), words)


class ZshTests(WhatIsThere, WhatIsOffered, Shells):
    shell = "zsh"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sessions = {}
        cls.addClassCleanup(lambda: [session.close() for session in cls.sessions.values()])

    def offers_now(self, line, **variables):
        # A session is slow to begin: there is one for each environment.
        key = tuple(sorted(variables.items()))
        if key not in self.sessions:
            self.sessions[key] = ZshSession(DIRECTORY, dict(self.environment, **variables))
        offered, shown = self.sessions[key].offers(line)
        self.assertNotIn("breakerctl:", shown)
        self.assertNotIn("Error", shown)
        return offered


if __name__ == "__main__":
    unittest.main()
