# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""One srun over 64 emulated nodes: every task is started and heard, input reaches all, srun stays small."""
import os, subprocess

import pytest

from harness import Cluster, wait_until

NODES = 64


@pytest.fixture(scope="module")
def many():
    with Cluster(nodes=NODES, cpus=1, mem=100) as c:
        wait_until(lambda: c("sinfo -h -t idle -o %D").strip() == str(NODES), 60, "all nodes")
        yield c


def run(c, *argv, text=b""):
    """(output, kB of memory srun had at most)"""
    process = subprocess.Popen([c.exe(argv[0]), *argv[1:]], env=c.env(), cwd=f"{c.d}/work", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process.stdin.write(text)
    process.stdin.close()
    out = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return out.decode(), used.ru_maxrss


def test_every_node_runs_its_task(many):
    out, _ = run(many, "srun", f"-N{NODES}", f"-n{NODES}", "sh", "-c", "echo $SLURMD_NODENAME $SLURM_PROCID")
    assert sorted(out.splitlines()) == sorted(f"n{i + 1} {i}" for i in range(NODES))


def test_input_reaches_every_task(many):
    out, _ = run(many, "srun", f"-N{NODES}", f"-n{NODES}", "cat", text=b"to all\n")
    assert out == "to all\n" * NODES


def test_much_output_of_many_nodes_does_not_pile_up(many):
    line = "0123456789abcdef" * 4
    out, memory = run(many, "srun", f"-N{NODES}", f"-n{NODES}", "sh", "-c", f"yes {line} | head -n 10000")
    assert out == f"{line}\n" * (10000 * NODES)
    assert memory < 100_000


def test_one_failure_among_many_is_named(many):
    code, err = many.refused(f"srun -N{NODES} -n{NODES} sh -c 'test $SLURM_PROCID != 33'")
    assert (code, err) == (1, "srun: error: n34: task 33: Exited with exit code 1\n")
