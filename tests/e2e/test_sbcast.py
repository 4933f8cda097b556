# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""sbcast: a file to every node of a job, as its user; all nodes get it or none. Where root runs the tests each node has a disk of
its own, a small tmpfs in a mount namespace; else the nodes share a folder, and -f lets them replace each other's copy."""
import hashlib, os, pwd, random, re, shutil, signal, subprocess, time

import pytest

from harness import Cluster, wait_until

ROOT = os.geteuid() == 0 and subprocess.call(["unshare", "-m", "true"]) == 0
USER = "games"
root_only = pytest.mark.skipif(not ROOT, reason="mounts and changes users, so it wants root")


class ClusterOfDisks(Cluster):
    """Each slurmd sees its own tmpfs at `local`."""

    def __enter__(self):
        self.local = f"{self.d}/local"
        os.makedirs(self.local)
        os.chmod(self.local, 0o1777)
        os.chmod(f"{self.d}", 0o755)
        super().__enter__()
        os.chmod(f"{self.d}/work", 0o777)
        return self

    def spawn(self, key, argv, *a, **kw):
        if ROOT and key.startswith("slurmd."):
            argv = ["unshare", "-m", "sh", "-c", f'mount -t tmpfs -o size=40m,mode=1777 none {self.local} && exec "$@"', "sh", *argv]
        return super().spawn(key, argv, *a, **kw)

    def on(self, node, *argv):
        """Output of a command that sees what the node sees."""
        inside = ["nsenter", "-m", "-t", str(self.m["pids"][f"slurmd.{node}"])] if ROOT else []
        return subprocess.run([*inside, *argv], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=30).stdout

    def leftovers(self, nodes):
        return "".join(self.on(n, "ls", "-A", self.local) for n in nodes)

    def as_user(self, *argv, env=()):
        line = ["setpriv", "--reuid", USER, "--regid", str(pwd.getpwnam(USER).pw_gid), "--init-groups", self.exe(argv[0]), *argv[1:]]
        return subprocess.run(line if ROOT else [self.exe(argv[0]), *argv[1:]], env={**self.env(), **dict(env)}, cwd=f"{self.d}/work",
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=100)


def allocation(r):
    return re.search(r"Granted job allocation (\d+)", r.stderr).group(1)


NODES = ["n1", "n2", "n3", "n4"]


@pytest.fixture(scope="module")
def c():
    with ClusterOfDisks(nodes=4, conf="KillWait=1\nMessageTimeout=5") as cluster:
        yield cluster


@pytest.fixture
def job(c):
    """A job of the ordinary user on all nodes."""
    for n in NODES:
        c.on(n, "sh", "-c", f"rm -rf {c.local}/* {c.local}/.s*")
    r = c.as_user("salloc", "-N4", "-n4", "--no-shell")
    assert r.returncode == 0, r.stderr
    number = allocation(r)
    yield number
    c(f"scancel {number}")
    c.wait_end(number)


def source(c, name="source", size=300_000, mode=0o640):
    path = f"{c.d}/work/{name}"
    with open(path, "wb") as out:
        out.write(random.Random(size).randbytes(size))
    os.chmod(path, mode)
    os.utime(path, (1_500_000_000, 1_400_000_000))
    if ROOT:
        shutil.chown(path, USER, USER)
    return path


def digest(path):
    return hashlib.md5(open(path, "rb").read()).hexdigest()


def test_every_node_has_the_file_with_owner_mode_and_content(c, job):
    path = source(c, mode=0o751)
    r = c.as_user("sbcast", "-f", f"-j{job}", path, f"{c.local}/copy")
    assert (r.returncode, r.stdout, r.stderr) == (0, "", "")
    for n in NODES:
        assert c.on(n, "md5sum", f"{c.local}/copy").split()[0] == digest(path)
        owner, mode, when = c.on(n, "stat", "-c", "%U %a %Y", f"{c.local}/copy").split()
        assert mode == "751" and int(when) > 1_700_000_000
        assert owner == (USER if ROOT else pwd.getpwuid(os.geteuid()).pw_name)
    assert c("squeue -h -s -o %i").split() == []  # it is no step to be seen
    assert c.as_user("srun", f"--jobid={job}", "-N1", "-n1", "printenv", "SLURM_STEP_ID").stdout == "0\n"


def test_preserve_keeps_times(c, job):
    r = c.as_user("sbcast", "-f", "--preserve", f"--jobid={job}", source(c), f"{c.local}/copy")
    assert r.returncode == 0, r.stderr
    for n in NODES:
        assert c.on(n, "stat", "-c", "%a %X %Y", f"{c.local}/copy").split() == ["640", "1500000000", "1400000000"]


@root_only
def test_an_existing_file_is_kept_without_force_and_no_node_gets_another(c, job):
    path = source(c)
    c.on("n3", "sh", "-c", f"echo kept > {c.local}/copy")
    r = c.as_user("sbcast", f"-j{job}", path, f"{c.local}/copy")
    assert r.returncode == 1
    assert r.stderr == f"sbcast: error: n3: {c.local}/copy: File exists; -f replaces it\n"
    assert c.on("n3", "cat", f"{c.local}/copy") == "kept\n"
    assert c.leftovers(NODES) == "copy\n"
    c.on("n3", "chown", USER, f"{c.local}/copy")
    assert c.as_user("sbcast", "--force", f"-j{job}", path, f"{c.local}/copy").returncode == 0
    for n in NODES:
        assert c.on(n, "md5sum", f"{c.local}/copy").split()[0] == digest(path)
    r = c.as_user("sbcast", f"-j{job}", path, f"{c.local}/copy")
    told = set(r.stderr.splitlines())  # of the first that fails, and of who failed by then
    assert told and told <= {f"sbcast: error: {n}: {c.local}/copy: File exists; -f replaces it" for n in NODES}, told


@root_only
def test_no_space_on_one_node_names_it_and_leaves_nothing_anywhere(c, job):
    path = source(c, "big", 30 << 20)
    c.on("n2", "sh", "-c", f"head -c 20000000 /dev/zero > {c.local}/filler")
    r = c.as_user("sbcast", f"-j{job}", path, f"{c.local}/copy")
    assert (r.returncode, r.stderr) == (1, f"sbcast: error: n2: {c.local}/copy: No space left on device\n")
    assert c.leftovers(NODES) == "filler\n"
    c.on("n2", "rm", f"{c.local}/filler")
    assert c.as_user("sbcast", f"-j{job}", path, f"{c.local}/copy").returncode == 0
    assert c.on("n2", "md5sum", f"{c.local}/copy").split()[0] == digest(path)


@root_only
def test_it_writes_with_the_rights_of_the_jobs_user_and_no_more(c, job):
    path = source(c)
    c.on("n1", "sh", "-c", f"mkdir {c.local}/closed; chmod 700 {c.local}/closed")
    r = c.as_user("sbcast", f"-j{job}", path, f"{c.local}/closed/copy")
    told = set(r.stderr.splitlines())
    assert r.returncode == 1 and told <= {f"sbcast: error: n1: {c.local}/closed/copy: Permission denied",
                                          *(f"sbcast: error: {n}: {c.local}/closed/copy: No such file or directory" for n in NODES)}, told
    # root sends into a user's job: the file is the user's
    assert c(f"sbcast -j {job} {path} {c.local}/byroot") == ""
    assert c.on("n4", "stat", "-c", "%U", f"{c.local}/byroot").strip() == USER


@root_only
def test_another_users_job_is_refused(c, job):
    own = c("salloc -N1 --no-shell; true", code=None)
    other = c.submit("-N1 -o /dev/null --overcommit -n1", "sleep 60")
    r = c.as_user("sbcast", f"-j{other}", source(c), f"{c.local}/copy")
    assert r.returncode == 1 and r.stderr == f"sbcast: error: Slurm job {other} lookup error: Access/permission denied\n", r.stderr
    c(f"scancel {other}")
    assert c.leftovers(NODES) == "" and not own


def test_what_is_wrong_is_told_before_anything_is_sent(c, job):
    path, to = source(c), f"{c.local}/to"
    say = lambda *argv, **env: (lambda r: (r.returncode, r.stderr))(c.as_user("sbcast", *argv, env=env.items()))
    assert say(path, to) == (1, "sbcast: error: Need a job id to run this command.  Run from within a Slurm job or use the --jobid option.\n")
    assert say(path) == (1, 'Need two file names, have 1 names\nTry "sbcast --help" for more information\n')
    assert say("-j999999", path, to) == (1, "sbcast: error: Slurm job 999999 lookup error: Invalid job id specified\n")
    assert say(f"-j{job}", "absent", to) == (1, "sbcast: error: Can't open `absent`: No such file or directory\n")
    assert say(f"-j{job}", "/tmp", to) == (1, "sbcast: error: Can't send `/tmp`: it is not a regular file\n")
    assert say(f"-j{job}", path, "/tmp/") == (1, "sbcast: error: Target filename cannot be a directory: /tmp/\n")
    assert say(f"-j{job}.77", path, to) == (1, f"sbcast: error: Slurm job {job}.77 lookup error: Invalid job id specified\n")
    assert say(f"-j{job}+1", path, to)[0] == 1
    assert say("-jfoo", path, to) == (1, "sbcast: error: --jobid=foo: not a job id, nor JOB.STEP\n")
    assert say(f"-j{job}", "--compress=zip", path, to) == (
        1, 'sbcast: error: compression library "zip" is not there: --compress takes lz4 or none\n')
    assert not os.path.exists(to) and "to" not in c.leftovers(NODES)


def test_compression_and_block_sizes(c, job):
    path = f"{c.d}/work/zeros"
    with open(path, "wb") as out:
        out.write(b"slurmxx " * 700_000 + random.Random(1).randbytes(100_000))
    for options in (["-C"], ["--compress=lz4", "-s", "64k"], ["-C", "-s1m", "-F", "8"], ["--compress=none", "--size=100"],
                    ["-s", "junk", "--treewidth=2"]):
        r = c.as_user("sbcast", "-f", "-v", f"-j{job}", *options, path, f"{c.local}/copy")
        assert r.returncode == 0, r.stderr
        for n in NODES:
            assert c.on(n, "md5sum", f"{c.local}/copy").split()[0] == digest(path), options


def test_variables_stand_for_options(c, job):
    path = source(c)
    env = {"SLURM_JOB_ID": job, "SBCAST_FORCE": "1", "SBCAST_PRESERVE": "1", "SBCAST_COMPRESS": "lz4", "SBCAST_SIZE": "128k",
           "SBCAST_TIMEOUT": "7", "SBCAST_FANOUT": "2", "SBCAST_SEND_LIBS": "no", "SBCAST_EXCLUDE": "NONE"}
    for _ in range(2):
        r = c.as_user("sbcast", path, f"{c.local}/copy", env=env.items())
        assert (r.returncode, r.stderr) == (0, "")
    assert c.on("n1", "stat", "-c", "%Y", f"{c.local}/copy").strip() == "1400000000"


@root_only
def test_only_the_nodes_of_a_step_get_it(c, job):
    step = subprocess.Popen([c.exe("srun"), f"--jobid={job}", "--uid=games", "-N2", "-n2", "-w", "n2,n3", "sleep", "60"], env=c.env(),
                            stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        name = wait_until(lambda: c(f"squeue -h -s -j {job} -o %i").strip(), 20, "the step")
        r = c.as_user("sbcast", f"-j{name}", source(c), f"{c.local}/copy")
        assert r.returncode == 0, r.stderr
        assert [n for n in NODES if "copy" in c.on(n, "ls", c.local)] == ["n2", "n3"]
    finally:
        step.kill()
        step.wait()


def test_in_a_batch_script_a_program_and_its_libraries(c):
    c.script("prog.sh", "echo ran on $SLURMD_NODENAME")
    body = (f"cd {c.d}/work; sbcast -f prog.sh {c.local}/prog; srun -l {c.local}/prog | sort\n"
            f"sbcast -f --send-libs --exclude=NONE /bin/ls {c.local}/ls; ls -d {c.local}/ls_libs/libc.so.6\n"
            f"sbcast -f --send-libs /bin/ls {c.local}/ls2; ls {c.local}/ls2_libs")
    r = c.as_user("sbatch", "-W", "-N4", "-n4", "-o", "lib.out", "--wrap", body)
    out = c.file("lib.out").splitlines()
    assert r.returncode == 2 and out[:5] == [*(f"{i}: ran on n{i + 1}" for i in range(4)), f"{c.local}/ls_libs/libc.so.6"], out
    assert "No such file" in out[5]


def test_a_relative_destination_is_beside_the_caller_or_in_destdir(c, job):
    path = source(c)
    os.makedirs(f"{c.d}/work/sub", exist_ok=True)
    os.chmod(f"{c.d}/work/sub", 0o777)
    assert c.as_user("sbcast", "-f", f"-j{job}", path, "sub/copy").returncode == 0
    assert digest(f"{c.d}/work/sub/copy") == digest(path)


@root_only
def test_a_receiver_that_is_killed_ends_the_broadcast_everywhere(c, job):
    path = source(c, "big", 30 << 20)
    os.mkfifo(f"{c.d}/work/hold")
    stopped = subprocess.Popen([c.exe("sbcast"), f"-j{job}", "-t60", path, f"{c.local}/copy"], env=c.env(), stderr=subprocess.PIPE, text=True)
    receivers = lambda: subprocess.run(["pgrep", "-u", USER, "-f", "receive-files"], stdout=subprocess.PIPE, text=True).stdout.split()
    try:
        wait_until(lambda: len(receivers()) >= 1 or stopped.poll() is not None, 20, "receivers")
        for pid in receivers()[:1]:
            os.kill(int(pid), signal.SIGKILL)
        err = stopped.communicate(timeout=60)[1]
    finally:
        stopped.kill()
    if stopped.returncode != 0:  # it may have been quicker than the kill
        assert "the receiver of the file was killed" in err, err
        assert c.leftovers(NODES) == ""
    wait_until(lambda: not receivers(), 20, "no receivers")


@root_only
def test_sbcast_killed_midway_leaves_nothing(c, job):
    path = source(c, "big", 30 << 20)
    for pause in (0.0, 0.01, 0.03, 0.06, 0.1):
        one = subprocess.Popen([c.exe("sbcast"), "-f", f"-j{job}", path, f"{c.local}/copy"], env=c.env())
        try:
            one.wait(timeout=pause)  # how far it has come is what differs
        except subprocess.TimeoutExpired:
            one.kill()
        one.wait()
        wait_until(lambda: subprocess.run(["pgrep", "-u", USER, "-f", "receive-files"], stdout=subprocess.PIPE).stdout == b"", 20, "no receivers")
        left = {c.on(n, "ls", "-A", c.local) for n in NODES}
        assert left <= {"", "copy\n"}, left


def test_fifty_broadcasts_in_a_row(c, job):
    path = source(c, size=10)
    for _ in range(50):
        r = c.as_user("sbcast", "-f", f"-j{job}", path, f"{c.local}/copy")
        assert r.returncode == 0, r.stderr


def test_a_node_killed_midway_is_named():
    with ClusterOfDisks(nodes=2, conf="KillWait=1\nMessageTimeout=3\nSlurmdTimeout=60") as c:
        r = c.run("salloc", "-N2", "-n2", "--no-shell")
        job = allocation(r)
        path = source(c, "f", 1000)
        # slurmd and what it would start are stopped: the node is silent, and its session still there
        os.kill(c.m["pids"]["slurmd.n2"], signal.SIGSTOP)
        begun = time.monotonic()
        one = subprocess.Popen([c.exe("sbcast"), "-f", "-j", job, "-t2", path, f"{c.local}/copy"], env=c.env(), stderr=subprocess.PIPE, text=True)
        wait_until(lambda: time.monotonic() - begun > 1, 5, "a second")
        os.kill(c.m["pids"]["slurmd.n2"], signal.SIGKILL)
        err = one.communicate(timeout=90)[1]
        assert one.returncode == 1 and "sbcast: error: n2: " in err, err
        assert "copy" not in c.on("n1", "ls", "-A", c.local)
        c.kill("slurmd.n2")


# ---- srun --bcast

def test_bcast_runs_the_copy_of_each_node(c, job):
    r = c.as_user("srun", f"--jobid={job}", "-N4", "-n4", "-l", f"--bcast={c.local}/", "sh", "-c", "echo $0")
    assert r.returncode == 0, r.stderr
    lines = sorted(r.stdout.splitlines())
    assert [re.sub(r"(slurm_bcast_\d+)\.\d+_", r"\1.S_", line) for line in lines] == [f"{i}: {c.local}/slurm_bcast_{job}.S_n{i + 1}" for i in range(4)]
    copy = lines[0].split()[1]
    assert c.on("n1", "md5sum", copy).split()[0] == digest("/bin/sh")
    assert int(c.on("n1", "stat", "-c", "%Y", copy)) == int(os.stat("/bin/sh").st_mtime)


def test_bcast_to_a_name_replaces_and_to_nothing_is_the_working_folder(c, job):
    for _ in range(2):
        r = c.as_user("srun", f"--jobid={job}", "-N1", "-n1", f"--bcast={c.local}/mine", "--compress=lz4", "sh", "-c", "echo $0")
        assert (r.returncode, r.stdout) == (0, f"{c.local}/mine\n"), r.stderr
    r = c.as_user("srun", f"--jobid={job}", "-N1", "-n1", "--bcast", "sh", "-c", "echo $0")
    assert r.returncode == 0 and re.fullmatch(rf"{c.d}/work/slurm_bcast_{job}\.\d+_n\d\n", r.stdout), (r.stdout, r.stderr)
    r = c.as_user("srun", f"--jobid={job}", "-N1", "-n1", f"--chdir={c.local}", "sh", "-c", "echo $0", env=[("SLURM_BCAST", "")])
    assert r.returncode == 0 and r.stdout.startswith(f"{c.local}/slurm_bcast_"), (r.stdout, r.stderr)


def test_bcast_of_a_script_of_the_working_folder_in_a_job_of_its_own(c):
    c.script("own.sh", "echo own $SLURM_PROCID $0")
    r = c.as_user("srun", "-N2", "-n2", f"--bcast={c.local}/own", "own.sh")
    assert r.returncode == 0, r.stderr
    assert sorted(r.stdout.splitlines()) == [f"own 0 {c.local}/own", f"own 1 {c.local}/own"]


def test_bcast_with_libraries_finds_them_first(c, job):
    r = c.as_user("srun", f"--jobid={job}", "-N2", "-n2", f"--bcast={c.local}/lsh", "--send-libs", "--bcast-exclude=NONE", "sh", "-c",
                  'echo $LD_LIBRARY_PATH; [ -e ${LD_LIBRARY_PATH%%:*}/libc.so.6 ] && grep -c _libs/libc.so.6 /proc/$$/maps >/dev/null && echo mine')
    assert r.returncode == 0, r.stderr
    assert r.stdout.splitlines().count("mine") == 2 and r.stdout.splitlines()[0].startswith(f"{c.local}/lsh_libs"), r.stdout


def test_bcast_that_fails_runs_nothing(c, job):
    r = c.as_user("srun", f"--jobid={job}", "-N2", "-n2", "--bcast=/nowhere/at/all/x", "sh", "-c", "echo ran")
    assert (r.returncode, r.stdout) == (1, "")
    assert "/nowhere/at/all/x: No such file or directory" in r.stderr and "Unable to send /" in r.stderr
    r = c.as_user("srun", f"--jobid={job}", "--bcast=/tmp/x", "no-such-program")
    assert (r.returncode, r.stderr) == (1, "srun: error: --bcast: no-such-program is no program here: give its path\n")
    wait_until(lambda: c(f"squeue -h -s -j {job} -o %i") == "", 20, "no step left")
