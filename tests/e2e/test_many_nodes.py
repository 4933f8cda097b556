# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""One srun over 64 emulated nodes: every task is started and heard, input reaches all, srun stays small."""
import os, re, subprocess

import pytest

from harness import Cluster, wait_until

NODES = 64


def all_idle(c):
    wait_until(lambda: c("sinfo -h -t idle -o %D").strip() == str(NODES), 60, "all nodes")


@pytest.fixture(scope="module")
def many():
    with Cluster(nodes=NODES, cpus=1, mem=100) as c:
        all_idle(c)
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


def connections_to_nodes(many, pid):
    """Established TCP connections of a process, but for those to slurmctld, with which it speaks from time to time."""
    slurmctld = int(re.search(r"SlurmctldPort=(\d+)", open(many.conf).read()).group(1))
    inodes = set()
    for fd in os.listdir(f"/proc/{pid}/fd"):
        try:
            target = os.readlink(f"/proc/{pid}/fd/{fd}")
        except FileNotFoundError:
            continue
        if target.startswith("socket:["):
            inodes.add(target[8:-1])
    rows = [line.split() for line in open(f"/proc/{pid}/net/tcp").readlines()[1:]]  # one may be read twice while others come and go
    return len({row[9] for row in rows if row[3] == "01" and row[9] in inodes and int(row[2].split(":")[1], 16) != slurmctld})


@pytest.mark.parametrize("width, most", [(None, 32), ("4", 8), ("off", 64)])
def test_srun_speaks_to_few_nodes_itself(many, width, most):
    go = f"{many.d}/work/go-{width}"
    options = [f"--treewidth={width}"] if width else []
    task = ["sh", "-c", f"echo up; while [ ! -e {go} ]; do sleep 0.1; done; echo $SLURM_PROCID"]
    process = subprocess.Popen([many.exe("srun"), *options, f"-N{NODES}", f"-n{NODES}", "-u", *task], env=many.env(), stdout=subprocess.PIPE, text=True)
    try:
        for _ in range(NODES):
            assert process.stdout.readline() == "up\n"
        count = connections_to_nodes(many, process.pid)
        assert most / 2 <= count <= most
        open(go, "w").close()
        assert sorted(process.stdout.read().split(), key=int) == [str(n) for n in range(NODES)]
        assert process.wait() == 0
    finally:
        process.kill()


def test_a_killed_srun_ends_the_tasks_behind_other_nodes(many):
    mark = "86419"
    process = subprocess.Popen([many.exe("srun"), "--treewidth=2", f"-N{NODES}", f"-n{NODES}", "-u", "sh", "-c", f"echo up; exec sleep {mark}"], env=many.env(),
                               stdout=subprocess.PIPE, text=True)
    for _ in range(NODES):
        assert process.stdout.readline() == "up\n"
    process.kill()
    process.wait()
    def is_task(pid):
        try:
            return open(f"/proc/{pid}/cmdline").read() == f"sleep\0{mark}\0"
        except OSError:  # it has just ended
            return False

    count = lambda: sum(map(is_task, filter(str.isdigit, os.listdir("/proc"))))
    wait_until(lambda: count() == 0, 30, "no task is left")
    wait_until(lambda: many("squeue -h") == "", 60, "the allocation is gone")


def test_a_file_reaches_many_nodes_through_some(many):
    assert many(f"srun -N{NODES} -n{NODES} --treewidth=3 --bcast={many.d}/work/copy-%n.sh /bin/true") == ""


def test_one_failure_among_many_is_named(many):
    all_idle(many)  # who waits for nodes of the job before is told so
    code, err = many.refused(f"srun -N{NODES} -n{NODES} sh -c 'test $SLURM_PROCID != 33'")
    assert (code, err) == (1, "srun: error: n34: task 33: Exited with exit code 1\n")
