# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""Users who mean harm: they speak the protocol, forge nodes, damage files, lay symlinks, send environments to root's scripts."""
import os, pwd, random, shutil, subprocess

import pytest

from harness import Cluster, wait_until
from wire import CLIENT_CALL, NODE_REPORT, Session, number, text

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="changes users")
GAMES = pwd.getpwnam("games")


@pytest.fixture(scope="module")
def two():
    with Cluster(nodes=2, conf="KillWait=1\nProlog=@DIR@/etc/prolog.sh\nEpilog=@DIR@/etc/epilog.sh") as c:
        for name in ("prolog", "epilog"):
            program(c, name, "exit 0")
        os.chmod(f"{c.d}/work", 0o777)
        yield c


def program(c, name, body):
    with open(f"{c.d}/etc/{name}.sh", "w") as out:
        out.write(f"#!/bin/bash\n{body}\n")
    os.chmod(f"{c.d}/etc/{name}.sh", 0o755)


def as_games(c, *argv, env=()):
    return subprocess.run(["setpriv", "--reuid", "games", "--regid", "games", "--clear-groups", c.exe(argv[0]), *argv[1:]],
                          env={**c.env(), "HOME": "/tmp", **dict(env)}, cwd=f"{c.d}/work", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=60)


def session(c, uid=GAMES.pw_uid):
    pid_file = next(l.split("=", 1)[1].strip() for l in open(c.conf) if l.startswith("SlurmctldPidFile="))
    return Session(pid_file[:-len(".pid")] + ".sock", uid)


def ctld_log(c):
    return open(f"{c.d}/log/slurmctld.log").read()


def refused_start(c):
    """The one line with which slurmctld refuses to start."""
    r = subprocess.run([f"{c.prefix}/sbin/slurmctld", "-D", "-f", c.conf], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=30)
    assert r.returncode != 0, r.stdout
    lines = [l for l in r.stdout.splitlines() if "fatal" in l] or [l for l in ctld_log(c).splitlines() if "fatal" in l][-1:]
    assert len(lines) == 1, r.stdout
    return lines[0]


def test_a_user_cannot_speak_as_a_node(two):
    c = two
    job = c.submit("-w n1 -o /dev/null", "sleep 60")
    c.wait_state(job, "RUNNING")
    before = c.node("n2")
    life = number(1, int(job))
    forged = [text(1, text(1, text(1, "n2"))), text(1, text(1, text(1, "n1"))),  # hellos: n1 holds nothing, so its job would be started again
              text(1, text(4, text(1, life) + text(2, b""))), text(1, text(5, text(1, life)))]  # the job has ended; the node is clear
    for body in forged:
        with session(c) as s:
            s.message(NODE_REPORT, body)
            assert s.answer() == b""  # no welcome, no order: closed
    assert c.state(job) == "RUNNING" and c.node("n2")["State"] == before["State"]
    told = [l for l in ctld_log(c).splitlines() if "speaks as a node and is none" in l]
    assert len(told) == len(forged) and f"uid {GAMES.pw_uid}" in told[0]
    c(f"scancel {job}")


def test_junk_within_a_users_session_ends_that_session_alone(two):
    c = two
    job = c.submit("--hold")
    rng = random.Random(7)
    good = number(1, 1) + number(2, 99) + text(3, text(1, b""))  # a ping
    with session(c) as witness:
        for turn in range(200):
            body = bytearray(good if turn % 2 else rng.randbytes(rng.randrange(1, 300)))
            for _ in range(rng.randrange(1, 4)):
                body[rng.randrange(len(body))] = rng.randrange(256)
            with session(c) as s:
                s.message(rng.choice([CLIENT_CALL, CLIENT_CALL, NODE_REPORT]), bytes(body))
        for body in (b"", b"\xff" * 40, text(3, text(30, b"x")), text(3, text(2, b"\x0a" * 100))):
            with session(c) as s:
                s.message(CLIENT_CALL, body)
        witness.message(CLIENT_CALL, good)
        assert witness.answer()[26:]
    wait_until(lambda: c("squeue -h -o %i").split() == [job], 20, "that job alone")
    assert c("scontrol ping").count("UP") == 1
    c(f"scancel {job}")


@pytest.mark.parametrize("length", [0, 1, 25, 26, 17 << 20, 0xffffffff])
def test_a_frame_of_a_wrong_length_within_a_session_ends_it(two, length):
    with session(two) as s:
        s.socket.sendall(length.to_bytes(4, "big") + b"x" * min(length, 25))
        if length == 26:
            s.socket.sendall(b"x")
        if length == 1:
            assert s.answer() == b""
        elif length not in (25, 26):
            assert s.answer() == b""
    assert two("scontrol ping").count("UP") == 1


def test_a_users_environment_does_not_reach_the_scripts_of_root(two):
    c = two
    for name in ("prolog", "epilog"):
        program(c, name, f"cat /proc/$$/environ > {c.d}/etc/{name}.env.new; mv {c.d}/etc/{name}.env.new {c.d}/etc/{name}.env")
    evil = {"LD_PRELOAD": "/tmp/none.so", "BASH_ENV": f"{c.d}/work/evil", "PATH": f"{c.d}/work:{os.environ['PATH']}", "SLURM_CONF": c.conf,
            "BASH_FUNC_tr%%": "() { echo evil; }", "IFS": "x", "PROMPT_COMMAND": "evil", "SLURM_JOB_USER": "root"}
    r = as_games(c, "sbatch", "-W", "-w", "n1", "-o", "/dev/null", "--export=ALL", "-J", "name\nLD_PRELOAD=/tmp/none.so", "--comment=a\nBASH_ENV=/x",
                 "--wrap", "true", env=evil)
    assert r.returncode == 0, r.stderr
    wait_until(lambda: os.path.exists(f"{c.d}/etc/epilog.env"), 20, "the epilog")
    for name in ("prolog", "epilog"):
        told = dict(entry.split("=", 1) for entry in open(f"{c.d}/etc/{name}.env").read().split("\0") if entry)
        assert not set(told) & {"LD_PRELOAD", "BASH_ENV", "BASH_FUNC_tr%%", "PROMPT_COMMAND", "IFS"}, told
        assert f"{c.d}/work" not in told["PATH"] and told["SLURM_JOB_USER"] == "games"
        program(c, name, "exit 0")


def test_a_symlink_in_place_of_the_output_leads_no_further_than_its_user_may_write(two):
    c = two
    secret = f"{c.d}/etc/secret"
    open(secret, "w").write("secret\n")
    os.chmod(secret, 0o600)
    os.symlink(secret, f"{c.d}/work/link.out")
    r = as_games(c, "sbatch", "--parsable", "-o", f"{c.d}/work/link.out", "--wrap", "echo evil")
    assert c.wait_end(r.stdout.strip()) == "FAILED"
    r = as_games(c, "srun", "-o", f"{c.d}/work/link.out", "echo", "evil")
    assert r.returncode != 0
    assert open(secret).read() == "secret\n"


def test_a_state_folder_of_another_user_or_of_everybody_is_refused():
    with Cluster(nodes=1) as c:
        c.kill("slurmctld")
        os.chown(f"{c.d}/state", GAMES.pw_uid, GAMES.pw_gid)
        line = refused_start(c)
        assert f"StateSaveLocation={c.d}/state: it belongs to games, and SlurmUser is root: chown -R root {c.d}/state" in line
        os.chown(f"{c.d}/state", 0, 0)
        os.chmod(f"{c.d}/state", 0o777)
        assert f"everybody may write there: chmod o-w {c.d}/state" in refused_start(c)
        os.chmod(f"{c.d}/state", 0o755)
        c.restart_ctld()


def test_one_wrong_byte_in_the_journal_is_told_with_file_and_offset_and_cure():
    with Cluster(nodes=1) as c:
        jobs = [c.submit("--hold") for _ in range(5)]
        c.kill("slurmctld")
        log = f"{c.d}/state/log"
        name = next(n for n in sorted(os.listdir(log)) if n.startswith("journal."))
        kept = open(f"{log}/{name}", "rb").read()
        broken = bytearray(kept)
        broken[len(kept) // 2] ^= 1
        open(f"{log}/{name}", "wb").write(broken)
        line = refused_start(c)
        assert f"{log}/{name}: offset " in line and "restore" in line and "slurmctld -i" in line, line
        open(f"{log}/{name}", "wb").write(kept)  # the cure
        c.restart_ctld()
        assert c("squeue -h -o %i -S i").split() == jobs
