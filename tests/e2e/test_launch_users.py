# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""Launching on four nodes as an ordinary user, and as root who submits for that user: the same comes out."""
import os, pwd, shutil

import pexpect
import pytest

from harness import Cluster, wait_until
from test_users import as_user

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="changes users")
USER = "games"
WHO = ["games", "root for games"]


class Four(Cluster):
    """Prolog, Epilog and TaskProlog leave what they know."""

    def write_conf(self, a):
        for name in ("prolog", "epilog"):
            with open(f"{self.d}/etc/{name}", "w") as out:
                out.write(f"#!/bin/sh\necho $SLURM_JOB_USER $SLURM_SCRIPT_CONTEXT ${{HOME:-homeless}} $(id -un) > {self.d}/work/{name}.$SLURM_JOB_ID.$SLURMD_NODENAME\n")
            os.chmod(f"{self.d}/etc/{name}", 0o755)
        with open(f"{self.d}/etc/task", "w") as out:
            out.write("#!/bin/sh\necho export FROM_TASK_PROLOG=$(id -un)\n")
        os.chmod(f"{self.d}/etc/task", 0o755)
        with open(self.extra, "w") as out:
            out.write(f"Prolog={self.d}/etc/prolog\nEpilog={self.d}/etc/epilog\nTaskProlog={self.d}/etc/task\nTaskPlugin=task/affinity\nKillWait=2\n")
        super().write_conf(a)


@pytest.fixture(scope="module")
def four():
    with Four(nodes=4) as c:
        os.mkdir(f"{c.d}/work/theirs", 0o777)
        os.chmod(f"{c.d}/work/theirs", 0o777)
        yield c


@pytest.fixture
def folder(four):
    path = f"{four.d}/work/theirs"
    yield path
    for name in os.listdir(path):
        shutil.rmtree(f"{path}/{name}") if os.path.isdir(f"{path}/{name}") else os.remove(f"{path}/{name}")


def run(c, who, command, *arguments):
    if who == USER:
        return as_user(c, USER, command, "--chdir", f"{c.d}/work/theirs", *arguments)
    return c.run(command, f"--uid={USER}", "--chdir", f"{c.d}/work/theirs", *arguments, timeout=60)


def in_allocation(c, who, script, *size):
    """The lines of a script that runs in salloc on four nodes."""
    r = run(c, who, "salloc", "-Q", *(size or ("-N4", "-n4")), "sh", "-c", script)
    assert r.returncode == 0, r.stderr
    return r.stdout.splitlines()


@pytest.mark.parametrize("who", WHO)
def test_steps_their_sizes_and_their_ends(four, folder, who):
    out = in_allocation(four, who, """srun id -un | sort | uniq -c | xargs
srun -n8 --overcommit printenv SLURM_JOB_USER | wc -l
srun -l printenv SLURM_PROCID | sort | xargs
srun -n2 -N2 -r2 printenv SLURMD_NODENAME | sort | xargs
srun -w n2 -n1 printenv SLURMD_NODENAME
printf '0 echo zero\\n1-3 echo %%t-%%o\\n' > mp.conf; srun --multi-prog mp.conf | sort | xargs
srun -n4 -K sh -c 'exit 3' 2>/dev/null; echo $?
srun -n1 sh -c 'kill -9 $$' 2>/dev/null; echo $?
srun -n1 --exact sleep 1 & srun -n1 --exact echo beside; wait
srun -n1 --export=ONE=1,PATH sh -c 'echo $ONE:$FROM_TASK_PROLOG'
srun -n1 --test-only true 2>&1 | wc -l""")
    assert out[:7] == ["4 games", "8", "0: 0 1: 1 2: 2 3: 3", "n3 n4", "n2", "1-0 2-1 3-2 zero", "3"], out
    assert out[7:10] == ["137", "beside", "1:games"], out


@pytest.mark.parametrize("who", WHO)
def test_input_output_and_files(four, folder, who):
    out = in_allocation(four, who, """echo input | srun cat | xargs
head -c 5000000 /dev/zero | srun -n1 wc -c
printf 'a\\nb\\n' | srun -i2 cat | xargs
srun -o out.%t -e none printenv SLURM_NODEID; cat out.0 out.3 | xargs; stat -c %U out.1
srun -o 1 printenv SLURM_PROCID
srun -n1 head -c 3000000 /dev/zero | wc -c
sbcast -f mp.sh $PWD/copy 2>/dev/null || { printf '#!/bin/sh\\necho copied\\n' > mp.sh; chmod 755 mp.sh; sbcast -f mp.sh $PWD/copy; }
srun -n1 $PWD/copy
srun -n1 --bcast=$PWD/sent mp.sh""")
    assert out == ["input input input input", "5000000", "a b", "0 3", "games", "1", "3000000", "copied", "copied"], out


@pytest.mark.parametrize("who", WHO)
def test_signals_and_readers_of_a_step(four, folder, who):
    out = in_allocation(four, who, """srun -n1 sh -c 'trap "echo got; exit 5" USR1; touch ready; while :; do sleep 0.1; done' & step=$!
while [ ! -e ready ]; do sleep 0.1; done
scontrol show step $SLURM_JOB_ID.0 | grep -c StepId=$SLURM_JOB_ID.0
sattach --layout $SLURM_JOB_ID.0 | grep -c 'Job step layout'
scancel -s USR1 $SLURM_JOB_ID.0; wait $step; echo $?
srun -n4 sh -c 'touch up.$SLURM_PROCID; exec sleep 1000' 2>/dev/null & step=$!
while [ $(ls up.* 2>/dev/null | wc -l) -lt 4 ]; do sleep 0.1; done
scancel $SLURM_JOB_ID.1; wait $step; echo $?
srun -n4 true; echo $?""")
    assert out == ["1", "1", "got", "5", "143", "0"], out


@pytest.mark.parametrize("who", WHO)
def test_binding_and_distribution(four, folder, who):
    out = in_allocation(four, who, """srun -n8 -m cyclic printenv SLURM_NODEID SLURM_PROCID | xargs -n2 | sort -k2n | cut -d' ' -f1 | xargs
srun -n8 -m block printenv SLURM_NODEID SLURM_PROCID | xargs -n2 | sort -k2n | cut -d' ' -f1 | xargs
srun -n2 -N1 --cpu-bind=cores printenv SLURM_CPU_BIND_TYPE 2>&1 | sort -u
srun -w n1 -n1 sh -c 'echo $SLURM_STEP_NUM_TASKS $SLURM_LOCALID $SLURM_GTIDS $SLURM_STEP_NODELIST'""", "-N4", "-n8", "--ntasks-per-node=2")
    assert out == ["0 1 2 3 0 1 2 3", "0 0 1 1 2 2 3 3", "mask_cpu:", "1 0 0 n1"], out


@pytest.mark.parametrize("who", WHO)
def test_heterogeneous_jobs(four, folder, who):
    r = run(four, who, "srun", "-n1", "sh", "-c", "echo a $(id -un) $SLURM_PROCID", ":", "-n2", "-N2", "sh", "-c", "echo b $(id -un) $SLURM_PROCID")
    assert (r.returncode, sorted(r.stdout.splitlines())) == (0, ["a games 0", "b games 1", "b games 2"]), r.stderr
    r = run(four, who, "sbatch", "-W", "-o", "het.out", "-n1", "--wrap", "echo $SLURM_HET_SIZE $(id -un) $SLURM_JOB_NUM_NODES_HET_GROUP_1", ":", "-N2")
    assert r.returncode == 0 and open(f"{folder}/het.out").read() == "2 games 2\n", r.stderr


@pytest.mark.parametrize("who", WHO)
def test_prolog_epilog_and_a_clean_end(four, folder, who):
    r = run(four, who, "sbatch", "-W", "--parsable", "-N4", "-o", "batch.out", "--wrap", "sleep 1000 & srun printenv FROM_TASK_PROLOG | sort -u")
    job = r.stdout.strip()
    assert r.returncode == 0 and open(f"{folder}/batch.out").read() == "games\n", r.stderr
    assert four.file(f"prolog.{job}.n1") == "games prolog_slurmd homeless root\n"
    for i in range(1, 5):
        four.wait_node(f"n{i}", "idle", 30)
    wait_until(lambda: os.path.exists(f"{four.d}/work/epilog.{job}.n4"), 20, "the epilog of n4")
    assert four.file(f"epilog.{job}.n1") == "games epilog_slurmd homeless root\n"
    owned = [pid for pid in filter(str.isdigit, os.listdir("/proc")) if os.path.exists(f"/proc/{pid}") and is_sleeper(pid)]
    assert owned == []


def is_sleeper(pid):
    try:
        return os.stat(f"/proc/{pid}").st_uid == pwd.getpwnam(USER).pw_uid and open(f"/proc/{pid}/cmdline").read() == "sleep\0" "1000\0"
    except OSError:
        return False


@pytest.mark.parametrize("who", WHO)
def test_a_real_terminal(four, folder, who):
    line = [four.exe("srun"), "--pty", "sh", "-c", "id -un; tty; stty size; exit 4"]
    if who == USER:
        line = ["setpriv", "--reuid", USER, "--regid", str(pwd.getpwnam(USER).pw_gid), "--init-groups", *line]
    else:
        line.insert(1, f"--uid={USER}")
    shell = pexpect.spawn(line[0], line[1:], env=dict(four.env(), TERM="xterm"), timeout=30, dimensions=(33, 101), cwd=folder)
    shell.expect(r"games\r\n/dev/pts/\d+\r\n33 101\r\n")
    shell.expect(pexpect.EOF)
    shell.close()
    assert shell.exitstatus == 4
