# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""How the daemons start, log, obey signals and refuse: options of slurmctld(8) and slurmd(8), keys, folders."""
import os, re, shutil, signal, subprocess

import pytest

from harness import Cluster, wait_until


def start(c, name, *options, timeout=20):
    """A daemon that must end by itself: (exit code, all it said)."""
    r = subprocess.run([c.exe(name), *options], env=c.env(), cwd=c.d, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, text=True, timeout=timeout)
    return r.returncode, r.stdout


def one_fatal_line(code, text):
    """The reason why a daemon did not start: one line, after warnings at most."""
    lines = [l for l in text.splitlines() if "fatal: " in l]
    assert code == 1 and len(lines) == 1, text
    return lines[0]


@pytest.fixture(scope="module")
def one():
    with Cluster(nodes=1, conf="SlurmdTimeout=300") as c:
        yield c


@pytest.mark.parametrize("name", ["slurmctld", "slurmd", "slurmstepd"])
def test_the_version_is_told(one, name):
    assert re.fullmatch(r"slurm \d+\.\d+\.\d+\S*\n", start(one, name, "-V")[1])


@pytest.mark.parametrize("name", ["slurmctld", "slurmd"])
def test_help_goes_out_and_wrong_options_are_refused(one, name):
    code, text = start(one, name, "-h")
    assert code == 0 and "-D" in text and "-f" in text
    code, text = start(one, name, "--no-such-option")
    assert code == 1 and "no-such-option" in text.splitlines()[0]
    code, text = start(one, name, "-n", "999")
    assert code == 1 and "nice" in text


def test_slurmd_prints_the_hardware_as_a_line_of_slurm_conf(one):
    code, text = start(one, "slurmd", "-C")
    assert code == 0
    assert re.match(r"NodeName=\S+ CPUs=\d+ Boards=\d+ SocketsPerBoard=\d+ CoresPerSocket=\d+ ThreadsPerCore=\d+ RealMemory=\d+\nUpTime=\d+-\d\d:\d\d:\d\d\n$", text)


def test_a_node_that_is_not_in_slurm_conf_is_told(one):
    line = one_fatal_line(*start(one, "slurmd", "-D", "-f", one.conf, "-N", "n77"))
    assert "NodeName=n77" in line


def test_a_second_daemon_of_the_same_place_is_refused(one):
    assert "lock" in one_fatal_line(*start(one, "slurmctld", "-D", "-f", one.conf))
    assert "SlurmdSpoolDir" in one_fatal_line(*start(one, "slurmd", "-D", "-f", one.conf, "-N", "n1"))


def test_log_files_get_lines_with_milliseconds_and_are_their_owners_alone(one):
    for name in ("slurmctld.log", "slurmd-n1.log"):
        path = f"{one.d}/log/{name}"
        assert re.match(r"\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\] ", open(path).read())
        assert os.stat(path).st_mode & 0o777 == 0o600
    assert open(f"{one.d}/log/slurmctld.out").read().startswith("slurmctld: ")  # -D: to standard error as well
    assert open(f"{one.d}/log/slurmd.n1.out").read().startswith("slurmd: ")


@pytest.mark.parametrize("key,name", [("slurmctld", "slurmctld.log"), ("slurmd.n1", "slurmd-n1.log")])
def test_sigusr2_opens_the_log_anew_and_sighup_reads_slurm_conf(one, key, name):
    path = f"{one.d}/log/{name}"
    os.rename(path, path + ".1")
    os.kill(one.m["pids"][key], signal.SIGUSR2)
    wait_until(lambda: os.path.exists(path), 10, "the new log")
    os.kill(one.m["pids"][key], signal.SIGHUP)
    wait_until(lambda: "reconfigured" in open(path).read(), 10, "reconfigured")
    with open(one.conf, "a") as out:
        out.write("NoSuchKey=1\n")
    os.kill(one.m["pids"][key], signal.SIGHUP)
    wait_until(lambda: "the old configuration stays in force" in open(path).read(), 10, "the refusal")
    text = open(one.conf).read().replace("NoSuchKey=1\n", "")
    open(one.conf, "w").write(text)
    assert one("sinfo -h -o %T").split() == ["idle"]


def test_a_reconfiguration_of_slurmctld_reaches_the_nodes(one):
    log = f"{one.d}/log/slurmd-n1.log"
    before = open(log).read().count("reconfigured")
    one("scontrol reconfigure")
    wait_until(lambda: open(log).read().count("reconfigured") == before + 1, 10, "slurmd reconfigured")


def test_debug_levels_are_honoured():
    with Cluster(nodes=1, conf="SlurmctldDebug=fatal\nSlurmdDebug=quiet") as c:
        assert c.wait_end(c.submit()) == "COMPLETED"
        assert open(f"{c.d}/log/slurmctld.log").read() == ""
        assert open(f"{c.d}/log/slurmd-n1.log").read() == ""


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGINT])
def test_daemons_end_cleanly_and_take_their_pid_files_along(one, sig):
    for key, pid_file in (("slurmd.n1", "slurmd-n1.pid"), ("slurmctld", "slurmctld.pid")):
        written = lambda: os.path.exists(f"{one.d}/run/{pid_file}") and open(f"{one.d}/run/{pid_file}").read()
        assert int(wait_until(written, 20, pid_file)) == one.m["pids"][key]
        one.kill(key, sig)
        assert one.procs[key].returncode in (0, None)
        assert not os.path.exists(f"{one.d}/run/{pid_file}")
    one.restart_ctld()
    one.restart_slurmd(1)
    one.wait_node("n1", "idle")


def test_in_the_background_the_start_is_over_when_the_daemon_serves(one):
    for key in ("slurmd.n1", "slurmctld"):
        one.kill(key, signal.SIGTERM)
    try:
        assert start(one, "slurmctld", "-f", one.conf)[0] == 0
        assert "UP" in one("scontrol ping")
        assert start(one, "slurmd", "-f", one.conf, "-N", "n1")[0] == 0
        one.wait_node("n1", "idle")
        job = one.submit("-o bg.out", "echo hello")
        assert one.wait_end(job) == "COMPLETED"
        code, text = start(one, "slurmctld", "-f", one.conf)
        assert code == 1 and "StateSaveLocation" in text  # told here, though it goes into the background
    finally:
        for name in ("slurmd-n1", "slurmctld"):
            if os.path.exists(f"{one.d}/run/{name}.pid"):
                one.stop_pid(int(open(f"{one.d}/run/{name}.pid").read()))
        one.restart_ctld()
        one.restart_slurmd(1)
        one.wait_node("n1", "idle")


def test_a_clean_start_forgets_all_jobs_and_nodes_go_on(one):
    held = one.submit("--hold")
    running = one.submit("-o clean.out", "echo on; sleep 1000")
    one.wait_text("clean.out", "on")
    one.kill("slurmctld", signal.SIGTERM)
    one.start_ctld(wait=True, extra=("-c",))
    assert one("squeue -h -t all") == ""
    one.wait_node("n1", "idle")
    assert running != held
    first = one.submit("-o anew.out", "echo anew")
    assert one.wait_end(first) == "COMPLETED"  # under an id that the node has seen before
    assert one.file("anew.out") == "anew\n"
    leftovers = lambda: subprocess.run(["pgrep", "-f", f"{one.d}/spool/n1/job.*/slurm_script"], stdout=subprocess.PIPE).stdout
    wait_until(lambda: not leftovers(), 20, "the end of the forgotten job")


def test_a_damaged_state_stops_the_start_and_i_sets_it_aside(one):
    one.submit("--hold")
    one.kill("slurmctld", signal.SIGKILL)
    log = f"{one.d}/state/log"
    for name in os.listdir(log):
        with open(f"{log}/{name}", "r+b") as out:
            out.seek(8)
            out.write(b"damaged!" * 8)
    line = one_fatal_line(*start(one, "slurmctld", "-D", "-f", one.conf))
    assert log in line or "journal" in line or "snapshot" in line
    one.start_ctld(wait=True, extra=("-i",))
    assert one("squeue -h -t all") == ""
    assert any(name.startswith("log.damaged-") for name in os.listdir(f"{one.d}/state"))
    one.wait_node("n1", "idle")
    assert one.wait_end(one.submit("-o /dev/null")) == "COMPLETED"


def test_a_node_that_slurmctld_does_not_know_is_told_once(one):
    conf = f"{one.d}/newnode"
    shutil.rmtree(conf, ignore_errors=True)
    shutil.copytree(f"{one.d}/etc", conf)
    text = open(one.conf).read()
    line = next(l for l in text.splitlines() if l.startswith("NodeName=n1 "))
    port = one.m["port"] + 28
    os.makedirs(f"{one.d}/spool/n8", exist_ok=True)
    more = re.sub(r"Port=\d+", f"Port={port}", line.replace("NodeName=n1", "NodeName=n8"))
    open(f"{conf}/slurm.conf", "w").write(f"{text}{more}\n")
    one.spawn("slurmd.n8", [one.exe("slurmd"), "-D", "-f", f"{conf}/slurm.conf", "-N", "n8"])
    one.save()
    log = f"{one.d}/log/slurmd-n8.log"
    wait_until(lambda: os.path.exists(log) and "does not take this node: there is no NodeName=n8" in open(log).read(), 20, "the refusal")
    one.kill("slurmd.n8", signal.SIGTERM)


def test_slurmd_started_clean_ends_what_the_one_before_left(one):
    job = one.submit("-o left.out", "echo on; sleep 1000")
    one.wait_text("left.out", "on")
    one.kill("slurmd.n1", signal.SIGKILL)
    one.spawn("slurmd.n1", [one.exe("slurmd"), "-D", "-c", "-f", one.conf, "-N", "n1"])
    one.save()
    assert one.wait_end(job) in ("FAILED", "CANCELLED")
    one.wait_node("n1", "idle")


@pytest.mark.parametrize("damage,words", [(lambda key: os.unlink(key), "No such file"), (lambda key: open(key, "w").write("short"), "bytes"),
                                          (lambda key: os.chmod(key, 0o644), "chmod 0600")], ids=["missing", "short", "open"])
def test_a_bad_slurm_key_is_one_clear_line(one, damage, words):
    conf = f"{one.d}/badkey"
    shutil.rmtree(conf, ignore_errors=True)
    shutil.copytree(f"{one.d}/etc", conf)
    damage(f"{conf}/slurm.key")
    for daemon in (("slurmctld", "-D", "-f", f"{conf}/slurm.conf"), ("slurmd", "-D", "-f", f"{conf}/slurm.conf", "-N", "n1")):
        line = one_fatal_line(*start(one, *daemon))
        assert "slurm.key" in line and words in line, line


def test_a_spool_folder_that_cannot_be_written_is_one_clear_line(one):
    text = open(one.conf).read().replace(f"SlurmdSpoolDir={one.d}/spool/%n", "SlurmdSpoolDir=/proc/1/spool")
    conf = f"{one.d}/badspool"
    shutil.rmtree(conf, ignore_errors=True)
    shutil.copytree(f"{one.d}/etc", conf)
    open(f"{conf}/slurm.conf", "w").write(text)
    line = one_fatal_line(*start(one, "slurmd", "-D", "-f", f"{conf}/slurm.conf", "-N", "n1"))
    assert "SlurmdSpoolDir=/proc/1/spool" in line
