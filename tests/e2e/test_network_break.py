# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""The network between srun, the nodes and slurmctld is gone for a while: steps go on, and no byte is lost.

The cluster has a network of its own, whose loopback is taken down. SLURMXX_E2E_BREAK is the length of the break in
seconds: 65 is the release check.
"""
import contextlib, ctypes, os, subprocess, threading, time

import pytest

from harness import Cluster, let_pass, wait_until

BREAK = int(os.environ.get("SLURMXX_E2E_BREAK", "8"))
CLONE_NEWNET = 0x40000000
libc = ctypes.CDLL(None, use_errno=True)


def loopback(state):
    subprocess.run(["ip", "link", "set", "lo", state], check=True)


@contextlib.contextmanager
def own_network():
    """What this thread starts is alone in a network of its own."""
    before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    if libc.unshare(CLONE_NEWNET) != 0:
        pytest.skip("a network of its own takes CAP_SYS_ADMIN")
    try:
        loopback("up")
        yield
    finally:
        libc.setns(before, CLONE_NEWNET)
        os.close(before)


class Reading:
    """A command whose output is read as it comes."""

    def __init__(self, c, *argv):
        self.parts = []
        self.process = subprocess.Popen([c.exe(argv[0]), *argv[1:]], env=c.env(), cwd=f"{c.d}/work", stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.thread = threading.Thread(target=self.read)
        self.thread.start()

    def read(self):
        while part := os.read(self.process.stdout.fileno(), 1 << 20):
            self.parts.append(part.decode())

    @property
    def text(self):
        return "".join(self.parts)

    def end(self):
        self.thread.join(240)
        return self.process.wait(10)


def test_a_step_outlasts_a_break_of_the_network():
    with own_network(), Cluster(nodes=3, conf="SlurmdTimeout=300\nKillWait=1\n") as c:
        quiet = Reading(c, "srun", "-w", "n1", "sh", "-c", f"echo begun; sleep {BREAK + 6}; echo end")
        lines = Reading(c, "srun", "-w", "n2", "sh", "-c", f"i=0; while [ $i -lt {10 * BREAK + 40} ]; do echo line $i; i=$((i+1)); sleep 0.1; done")
        # Ends within the break, with more to tell than the sockets hold.
        much = Reading(c, "srun", "-w", "n3", "sh", "-c", "echo begun; while [ ! -e go ]; do sleep 0.1; done; yes 0123456789 | head -n 500000; exit 7")
        wait_until(lambda: "begun" in quiet.text and "line 0" in lines.text and "begun" in much.text, 20, "three steps")
        loopback("down")
        open(f"{c.d}/work/go", "w").close()
        let_pass(BREAK)
        assert all(r.process.poll() is None for r in (quiet, lines, much))
        loopback("up")
        up = time.monotonic()
        assert much.end() == 7
        assert much.text == "begun\n" + "0123456789\n" * 500000 + "srun: error: n3: task 0: Exited with exit code 7\n"
        assert (lines.end(), quiet.end()) == (0, 0)
        assert lines.text == "".join(f"line {i}\n" for i in range(10 * BREAK + 40))
        assert quiet.text == "begun\nend\n"
        print(f"all was there {time.monotonic() - up:.1f} s after a break of {BREAK} s")
        wait_until(lambda: not c("squeue -h -o %i").split(), 60, "the end of all jobs")
        for i in (1, 2, 3):
            c.wait_node(f"n{i}", "idle", 60)
