"""Install, upgrade, remove, purge, in throwaway copies of this machine."""

import os
import re
import unittest

from packages import HERE, TOP, field, in_throwaway_copy, package

# What dpkg and its triggers, and the user that stays, leave on any machine.
BOOKKEEPING = re.compile(
    r"/etc/(passwd|group|shadow|gshadow|subuid|subgid)-?|/etc/\.pwd\.lock|/var/(lib/dpkg|cache/man|log|lib/systemd)/.*"
    r"|/usr/sbin/policy-rc\.d|/tmp|/run"
)
SOCKETS = "breakerd-admin.socket breakerd.socket"
TIMER = "breakerd-metrics.timer"


@unittest.skipUnless(os.geteuid() == 0, "needs root, for a mount namespace")
class LifecycleTests(unittest.TestCase):
    def in_copy(self, script):
        return in_throwaway_copy(f"deb=/packages/{package().name} newer=/packages/newer.deb\n" + script)

    def test_install_makes_user_directories_and_links_without_systemd(self):
        output, changed = self.in_copy(
            """
            dpkg -i $deb 2>&1
            echo ===
            getent passwd breakerd | cut -d: -f1,6
            getent group breakerd-admin | cut -d: -f1
            stat -c '%n %A %U %G' /run/breakerd /run/breakerd-admin /etc/breakerd/conf.d
            breakerd check
            dpkg --audit
            """
        )
        self.assertEqual(
            output.split("===\n")[1].splitlines(),
            [
                "breakerd:/var/lib/breakerd",
                "breakerd-admin",
                "/run/breakerd drwxr-xr-x root root",
                "/run/breakerd-admin drwxr-xr-x root root",
                "/etc/breakerd/conf.d drwxr-xr-x root root",
                "/etc/breakerd/breakerd.yaml: ok, 0 patterns",
            ],
        )
        self.assertNotRegex(output, "(?i)fail|error|cannot")
        for link in (
            "multi-user.target.wants/breakerd.service", "sockets.target.wants/breakerd.socket",
            "sockets.target.wants/breakerd-admin.socket",
        ):
            self.assertIn(f"/etc/systemd/system/{link}", changed)
        self.assertFalse([path for path in changed if path.endswith(TIMER) and "wants" in path])

    def test_an_upgrade_keeps_configuration_state_and_what_an_admin_disabled(self):
        output, _ = self.in_copy(
            """
            dpkg -i $deb >/dev/null 2>&1
            echo 'daemon: {max_breakers: 5}' >>/etc/breakerd/breakerd.yaml
            echo 'breakers: [{match: mine}]' >/etc/breakerd/conf.d/mine.yaml
            mkdir -p /var/lib/breakerd && echo kept >/var/lib/breakerd/breakerd.sqlite
            systemctl disable breakerd.service >/dev/null 2>&1
            dpkg -i $newer >/dev/null 2>&1
            dpkg-query -W -f '${Version} ${Status}\\n' breakerd
            breakerd check
            cat /var/lib/breakerd/breakerd.sqlite
            ls /etc/systemd/system/multi-user.target.wants | grep breakerd || echo disabled
            """
        )
        self.assertEqual(
            output.splitlines(),
            [
                f"{field('Version')}+1 install ok installed",
                "/etc/breakerd/breakerd.yaml: ok, 1 pattern",
                "kept",
                "disabled",
            ],
        )

    def test_remove_keeps_configuration_and_state(self):
        _, changed = self.in_copy(
            """
            dpkg -i $deb >/dev/null 2>&1
            mkdir -p /var/lib/breakerd && echo kept >/var/lib/breakerd/breakerd.sqlite
            dpkg -r breakerd 2>&1
            test -e /etc/breakerd/breakerd.yaml -a -e /var/lib/breakerd/breakerd.sqlite
            ! command -v breakerd
            """
        )
        self.assertFalse([path for path in changed if path.startswith("/usr/") and "breaker" in path])

    def test_a_purge_leaves_the_user_and_nothing_else(self):
        output, changed = self.in_copy(
            """
            before=$(find /var/lib/systemd -print | sort)
            dpkg -i $deb >/dev/null 2>&1
            dpkg -i $newer >/dev/null 2>&1
            mkdir -p /var/lib/breakerd/backups /run/breakerd/pub
            touch /var/lib/breakerd/breakerd.sqlite{,-wal,-shm,.lock} /var/lib/breakerd/backups/b.sqlite /run/breakerd/pub/board
            echo 'breakers: [{match: mine}]' >/etc/breakerd/conf.d/mine.yaml
            echo '# mine' >>/etc/breakerd/breakerd.yaml
            dpkg -P breakerd 2>&1
            diff <(echo "$before") <(find /var/lib/systemd -print | sort)
            echo === $(getent passwd breakerd | cut -d: -f1)
            ! dpkg-query -W breakerd 2>/dev/null
            """
        )
        self.assertIn("=== breakerd\n", output)
        self.assertNotIn("not empty", output)
        self.assertEqual([path for path in changed if not BOOKKEEPING.fullmatch(path)], [])
        self.assertEqual([path for path in changed if path.startswith("/run/")], [])

    def test_systemd_is_asked_for_no_more_than_it_should_do(self):
        stand_in = (HERE / "systemctl").read_text()
        output, _ = self.in_copy(
            f"""
            mv /usr/bin/systemctl /usr/bin/systemctl.real
            cat >/usr/bin/systemctl <<'STAND-IN'\n{stand_in}\nSTAND-IN
            chmod +x /usr/bin/systemctl
            mkdir -p /run/systemd/system
            step() {{ echo "== $1"; rm -f /tmp/systemctl.log; "${{@:2}}" >/dev/null 2>&1; cat /tmp/systemctl.log 2>/dev/null || true; }}
            step install dpkg -i $deb
            systemctl start {TIMER}
            step upgrade dpkg -i $newer
            step reinstall dpkg -i $newer
            step remove dpkg -r breakerd
            ls /tmp/active
            step again dpkg -i $deb
            step purge dpkg -P breakerd
            ls /tmp/active
            printf '#!/bin/sh\\nexit 101\\n' >/usr/sbin/policy-rc.d
            chmod +x /usr/sbin/policy-rc.d
            step forbidden dpkg -i $deb
            step forbidden-upgrade dpkg -i $newer
            ls /tmp/active
            """
        )
        steps = {}
        for line in output.splitlines():
            if line.startswith("== "):
                step = steps.setdefault(line[3:], [])
            else:
                step.append(line)
        start = ["start breakerd.service", f"start {SOCKETS}"]
        # Nothing is stopped before, and no socket is restarted.
        upgrade = ["restart breakerd.service", f"start {SOCKETS}"]
        # Somebody wanted the timer; it is never started otherwise.
        if (TOP / "systemd" / TIMER).exists():
            upgrade.append(f"try-restart {TIMER}")
        stop = [f"stop {SOCKETS}", "stop breakerd.service"]
        self.assertEqual(
            steps,
            {
                "install": start, "upgrade": upgrade, "reinstall": upgrade, "remove": [f"stop {TIMER}", *stop],
                "again": upgrade, "purge": stop, "forbidden": [], "forbidden-upgrade": [],
            },
        )


if __name__ == "__main__":
    unittest.main()
