# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""srun --pty on a real terminal: window size, typed Ctrl-C, job control, exit status, and the terminal as it was before."""
import subprocess

import pexpect
import pytest

from harness import Cluster


@pytest.fixture(scope="module")
def c():
    with Cluster(nodes=4) as cluster:
        yield cluster


def on_terminal(c, command, rows=30, columns=97):
    """A shell on a terminal, since srun must give the terminal back to somebody."""
    shell = pexpect.spawn("/bin/bash", ["--norc", "--noprofile"], env=dict(c.env(), PS1="here> ", TERM="xterm"), timeout=30,
                          dimensions=(rows, columns), encoding="utf-8", cwd=f"{c.d}/work")
    shell.expect_exact("here> ")
    shell.sendline(command)
    return shell


def test_a_shell_in_a_pseudo_terminal_has_size_job_control_and_its_exit_status(c):
    shell = on_terminal(c, "srun --pty env PS1='there> ' bash --norc --noprofile -i")
    shell.expect_exact("there> ")
    shell.sendline("stty size; tty; echo $SLURM_JOB_ID-$SLURM_PROCID")
    shell.expect(r"30 97\r\n/dev/pts/\d+\r\n\d+-0\r\n")
    shell.expect_exact("there> ")
    shell.setwinsize(41, 120)
    shell.sendline("stty size")
    shell.expect_exact("41 120\r\n")
    shell.expect_exact("there> ")
    shell.sendline("sh -c 'echo slee''ping; exec sleep 1000'")
    shell.expect_exact("sleeping\r\n")
    shell.sendintr()
    shell.expect_exact("there> ")
    shell.sendline("sh -c 'echo slee''ping; exec sleep 1000'")
    shell.expect_exact("sleeping\r\n")
    shell.sendcontrol("z")
    shell.expect("Stopped")
    shell.expect_exact("there> ")
    shell.sendline("fg")
    shell.expect_exact("exec sleep 1000'\r\n")
    shell.sendintr()
    shell.expect_exact("there> ")
    shell.sendline("exit 7")
    shell.expect_exact("here> ")
    shell.sendline("echo status=$?; stty -a | grep -o -e '-\\?icanon'")
    shell.expect(r"status=7\r\nicanon\r\n")
    shell.sendline("exit")
    shell.expect(pexpect.EOF)
    shell.close()


def test_only_task_0_has_the_terminal(c):
    shell = on_terminal(c, "srun -n3 --pty sh -c 'echo task $SLURM_PROCID; tty || true'; echo status=$?")
    shell.expect(r"task 0\r\n/dev/pts/\d+\r\n")
    shell.expect_exact("status=0")
    assert "task 1" not in shell.before
    shell.sendline("exit")
    shell.expect(pexpect.EOF)


def test_without_a_terminal_of_its_own_srun_still_gives_one_to_the_task(c):
    r = subprocess.run([c.exe("srun"), "--pty", "sh", "-c", "[ -t 0 ] && read line && echo got $line"], env=c.env(),
                       input="word\n", capture_output=True, text=True, timeout=60)
    assert r.returncode == 0 and "got word" in r.stdout, (r.returncode, r.stdout, r.stderr)
