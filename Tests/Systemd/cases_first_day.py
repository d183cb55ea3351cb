"""The first day of somebody who has the package and the README, and types what it says."""

import os
import re
import subprocess

README = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "README.md")
USER = "newcomer"
HOME = f"/home/{USER}"
SUDO = """\
#!/bin/sh
[ "$1" = -u ] || exec "$@"
user=$2
shift 2
exec runuser -u "$user" -- "$@"
"""
# What runs until it is ended.
ENDLESS = re.compile(r"^breakerctl watch")
# Only a terminal can begin another shell; the commands here are new sessions anyhow.
SESSION = re.compile(r"^newgrp ")


def commands(*sections):
    """The commands of these sections, in order, each with the output that stands below it."""
    with open(README) as file:
        text = file.read()
    found = []
    for section in sections:
        body = re.search(rf"^## {re.escape(section)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
        lines = [line[4:] for line in body[1].splitlines() if line.startswith("    ")]
        until = None
        for line in lines:
            if until is not None:
                found[-1][0] += "\n" + line
                until = None if line == until else until
            elif line.startswith("$ "):
                found.append([line[2:], []])
                document = re.search(r"<<'(\w+)'", line)
                until = document[1] if document else None
            elif found:
                found[-1][1].append(line)
    return found


def without_numbers(line):
    return " ".join(re.sub(r"\d+(\.\d+)?", "N", line.split("  #")[0]).split())


def matches(expected, said):
    """Whether these lines are those, but for numbers; `...` stands for any lines."""
    expected = [without_numbers(line) for line in expected if line.strip()]
    said = [without_numbers(line) for line in said if line.strip()]
    pattern = "".join("(?:.*\n)*" if line == "..." else re.escape(line) + "\n" for line in expected)
    return re.fullmatch(pattern, "".join(line + "\n" for line in said)) is not None


def readme(bench):
    """From the package to a guarded script, a reset and rules of one's own by the README alone, each command as printed."""
    with bench.booted() as service:
        machine = service.machine
        machine.run(["useradd", "--create-home", "--shell", "/bin/bash", USER])
        fields = ["dpkg-deb", "-f", bench.options.deb, "Version", "Architecture"]
        version = subprocess.run(fields, check=True, capture_output=True, text=True).stdout
        version, architecture = re.findall(r": (\S+)", version)
        machine.copy_in(bench.options.deb, f"{HOME}/breakerd_{version}_{architecture}.deb", "0644")
        # Root does here what sudo would let this user do.
        machine.write("/usr/local/bin/sudo", SUDO, "0755")
        typed, status = 0, 0
        for command, expected in commands("Install", "Five minutes", "From a program"):
            if SESSION.match(command):
                continue
            endless = ENDLESS.match(command)
            script = f"cd {HOME}; (exit {status}); {'timeout 2 ' if endless else ''}{command}"
            user = None if "sudo " in command else USER
            said = machine.run(["bash", "-c", script], user=user, check=False, timeout=120,
                               environment={"USER": USER, "HOME": HOME, "DEBIAN_FRONTEND": "noninteractive"})
            typed, status = typed + 1, said.code
            told = f"$ {command}\n{said.stdout}{said.stderr}exit {said.code}"
            denied = any("is open, retry in" in line for line in expected)
            bench.assertIn(said.code, (124,) if endless else (0, 75) if denied else (0,), told)
            if expected and not endless:
                lines = (said.stdout + said.stderr).splitlines()
                bench.assertTrue(matches(expected, lines), f"{told}\n\nThe README says:\n" + "\n".join(expected))
        bench.assertGreater(typed, 15)
        bench.note("commands of the README", typed, "each did what stands there")
        bench.assertIn("search  closed", re.sub(r" {2,}", "  ", service.breakerctl("list").stdout))


CASES = [readme]
