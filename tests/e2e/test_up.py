# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""./dev up shows a job on three nodes and ./dev down leaves nothing behind."""
import os, shutil, subprocess, tempfile

import pytest

from harness import PREFIX, ROOT


def up_py(verb, folder, *more):
    return subprocess.run(["/usr/bin/python3", f"{ROOT}/tools/up.py", verb, "--dir", folder, *more], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=200)


def marked(folder):
    """Processes that name the folder in their environment or arguments, this one aside."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            text = open(f"/proc/{pid}/environ", "rb").read() + open(f"/proc/{pid}/cmdline", "rb").read()
        except OSError:
            continue
        if folder.encode() in text and int(pid) != os.getpid():
            found.append(pid)
    return found


@pytest.fixture
def folder():
    top = tempfile.mkdtemp(prefix="sxu.")
    yield f"{top}/state/up"
    up_py("down", f"{top}/state/up")
    shutil.rmtree(top)


def test_up_runs_a_three_node_job_and_down_leaves_nothing(folder):
    r = up_py("up", folder, "--programs", PREFIX)
    assert r.returncode == 0, r.stdout
    assert "runs on n[1-3]" in r.stdout and "2: task 2 of 3 on n3" in r.stdout
    assert "JobState=COMPLETED" in r.stdout and f"export SLURM_CONF={folder}/etc/slurm.conf" in r.stdout
    again = up_py("running", folder)
    assert again.returncode == 0 and "runs already" in again.stdout
    env = {**os.environ, "SLURM_CONF": f"{folder}/etc/slurm.conf"}
    subprocess.run([f"{folder}/prefix/bin/sbatch", "-N2", "-o", "/dev/null", "--wrap", "sleep 1000"], env=env, check=True, stdout=subprocess.DEVNULL)
    shell = subprocess.Popen(["sleep", "1000"], env=env)
    try:
        down = up_py("down", folder)
        assert down.returncode == 0, down.stdout
        assert shell.poll() is None, "a shell that only knows SLURM_CONF was ended too"
    finally:
        shell.kill()
        shell.wait()
    assert not os.path.exists(os.path.dirname(folder))
    assert marked(folder) == []


def test_a_folder_with_strange_files_is_left_alone(folder):
    os.makedirs(folder)
    open(f"{folder}/mine", "w").close()
    r = up_py("up", folder, "--programs", PREFIX)
    assert r.returncode != 0 and "did not make" in r.stdout
    assert up_py("down", folder).returncode == 0
    assert os.listdir(folder) == ["mine"]
