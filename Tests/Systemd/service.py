"""The installed daemon in a machine: put there, asked, restarted, looked at."""

import time

TOOL = "/usr/local/lib/breakerd-test/load.py"
UNIT = "breakerd.service"
SOCKETS = ["breakerd.socket", "breakerd-admin.socket"]
SOCKET = "/run/breakerd/breakerd.sock"
ADMIN_SOCKET = "/run/breakerd-admin/admin.sock"
DEB = "/var/tmp/breakerd-test/package.deb"


class Service:
    def __init__(self, machine):
        self.machine = machine

    # The package

    def purge_what_the_host_has(self):
        if self.machine.run(["dpkg-query", "-W", "breakerd"], check=False).code == 0:
            self.dpkg("--purge", "breakerd")

    def install(self, deb):
        self.machine.copy_in(deb, DEB)
        return self.dpkg("--force-confdef", "--force-confold", "-i", DEB)

    def dpkg(self, *arguments):
        return self.machine.run(["dpkg", *arguments], timeout=120, environment={"DEBIAN_FRONTEND": "noninteractive"})

    def add_users(self):
        """member calls, boss acts, both does both, stranger is let in nowhere."""
        for user, groups in (("member", "breakerd"), ("boss", "breakerd-admin"), ("both", "breakerd,breakerd-admin"),
                             ("stranger", "")):
            self.machine.run(["useradd", "--no-create-home", "--groups", groups, user])

    # What systemd says

    def systemctl(self, *arguments, check=True, timeout=60):
        return self.machine.run(["systemctl", *arguments], check=check, timeout=timeout)

    def show(self, *properties, unit=UNIT):
        said = self.systemctl("show", unit, *(f"--property={each}" for each in properties)).stdout
        found = dict(line.split("=", 1) for line in said.splitlines() if "=" in line)
        return found[properties[0]] if len(properties) == 1 else found

    def is_active(self, unit=UNIT):
        return self.systemctl("is-active", unit, check=False).stdout.strip() == "active"

    def main_pid(self):
        return int(self.show("MainPID"))

    def host_pid(self):
        return self.machine.host_pid(self.main_pid())

    def wait_until_up(self, not_pid=None, patience=30):
        """Until it is active, with another main process than `not_pid`. The seconds that it took."""
        begun = time.monotonic()
        while True:
            said = self.show("MainPID", "ActiveState")
            if said["ActiveState"] == "active" and int(said["MainPID"]) not in (0, not_pid):
                return time.monotonic() - begun
            if time.monotonic() - begun > patience:
                raise AssertionError(f"the service is not up after {patience} s: {said}")
            time.sleep(0.02)

    def drop_in(self, name, text):
        self.machine.write(f"/etc/systemd/system/{UNIT}.d/{name}.conf", text)
        self.systemctl("daemon-reload")

    def journal(self, *arguments):
        self.machine.run(["journalctl", "--sync"])
        return self.machine.run(["journalctl", "-u", UNIT, "-o", "cat", "--no-pager", *arguments]).stdout

    def cursor(self):
        """For journal("--after-cursor", …): what comes from now on."""
        self.machine.run(["journalctl", "--sync"])
        said = self.machine.run(["journalctl", "-n", "0", "--show-cursor", "--no-pager"]).stdout
        return said.rpartition("-- cursor: ")[2].strip()

    def what_happened(self):
        status = self.systemctl("status", "--no-pager", "--lines=0", UNIT, *SOCKETS, check=False).stdout
        journal = self.machine.run(["journalctl", "-b", "-n", "2000", "--no-pager"], check=False).stdout
        lines = [line for line in journal.splitlines() if " transition name=trip-" not in line]
        return "\n".join([status, *lines[-40:]])

    # What the daemon says

    def breakerctl(self, *arguments, user=None, check=True, timeout=30):
        return self.machine.run(["breakerctl", *arguments], user=user, check=check, timeout=timeout)

    def ask(self, *lines, user="member", socket=SOCKET, timeout=30):
        """The lines of all replies, by the protocol itself."""
        command = ["python3", TOOL, "ask", "--socket", socket, "--patience", str(timeout)]
        text = "".join(f"{line}\n" for line in lines)
        return self.machine.run(command, user=user, input=text, timeout=timeout + 10).stdout.splitlines()

    def fail(self, name, times=1):
        """Reports failures of a breaker; the last reply."""
        return self.ask(*[f"report {name} fail"] * times)[-1]
