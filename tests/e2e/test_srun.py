# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""srun: several programs, scripts around a step and its tasks, nodes counted within the job, steps that cannot wait."""
import os
import re
import signal
import subprocess

import pytest

from harness import Cluster, let_pass, wait_until


@pytest.fixture(scope="module")
def c():
    with Cluster(nodes=4, conf="MpiParams=ports=41000-41009\nPropagatePrioProcess=1\n") as cluster:
        yield cluster


def lines(text):
    return sorted(text.splitlines())


def in_job(c, options, body):
    """Output of a batch script with these options."""
    c.submit(f"-W -o out.txt {options}", body)
    return c.file("out.txt")


# ---- --multi-prog

def test_each_task_runs_the_program_that_the_file_gives_it(c):
    c.script("multi", "# comment\n0 echo first %t\n1-2 sh -c 'echo %t:%o; \\\n exit %o'\n* echo rest %t\n")
    r = c.run("srun", "-n4", "-l", "--multi-prog", "multi")
    assert lines(r.stdout) == ["0: first 0", "1: 1:0", "2: 2:1", "3: rest 3"], r.stderr
    assert r.returncode == 1 and "task 2: Exited with exit code 1" in r.stderr


@pytest.mark.parametrize("text,tasks,said", [
    ("0 a\n2 b\n", 3, "srun: error: Configuration file m invalid, no record for task id 1\n"),
    ("x b\n", 1, "srun: error: Invalid task range specification (x)\nsrun: error: Line 2 of configuration file m invalid\n"),
])
def test_a_bad_file_is_refused_before_anything_is_allocated(c, text, tasks, said):
    c.script("m", text)
    before = c("squeue -h -t all -o %i")
    assert c.refused(f"srun -n{tasks} --multi-prog m") == (1, said)
    assert c("squeue -h -t all -o %i") == before
    os.makedirs(f"{c.d}/work/elsewhere", exist_ok=True)
    c.script("none", "* pwd\n")  # looked for where srun was called
    assert c("srun --chdir=elsewhere --multi-prog none") == f"{c.d}/work/elsewhere\n"
    assert c.refused("srun --multi-prog absent") == (1, "srun: error: Could not open multi_prog config file absent\n")


# ---- scripts

def test_prolog_and_epilog_of_srun_run_here_around_the_step(c):
    path = c.script("around.sh", "echo $SLURM_SCRIPT_CONTEXT $SLURM_JOB_ID.$SLURM_STEP_ID")
    out = c(f"srun --prolog={path} --epilog={path} sh -c 'echo step $SLURM_JOB_ID.$SLURM_STEP_ID'").splitlines()
    job = out[1].split()[1]
    assert out == [f"prolog_srun {job}", f"step {job}", f"epilog_srun {job}"]


def test_a_failing_srun_prolog_stops_the_step(c):
    path = c.script("bad.sh", "exit 3")
    r = c.run("srun", f"--prolog={path}", "echo", "ran")
    assert (r.returncode, r.stdout) == (1, "")
    assert "srun: error: srun prolog failed rc = 3. Aborting step.\n" in r.stderr
    r = c.run("srun", "--prolog=/absent", "echo", "ran")
    assert (r.returncode, r.stdout) == (0, "ran\n")
    assert "srun: error: Access denied for /absent: No such file or directory\n" in r.stderr


def test_task_prolog_exports_unsets_prints_and_task_epilog_sees_the_task(c):
    prolog = c.script("tp.sh", 'echo "export FOO=of task $SLURM_PROCID"; echo "unset BAR"; echo "print hello"; echo noise')
    epilog = c.script("te.sh", f'echo "$SLURM_SCRIPT_CONTEXT $SLURM_PROCID $FOO" >> {c.d}/work/te.$SLURM_PROCID; echo seen >&2')
    r = c.run("srun", "-n2", "-l", f"--task-prolog={prolog}", f"--task-epilog={epilog}", "--export=ALL,BAR=1", "sh", "-c",
              'echo "FOO=$FOO BAR=$BAR"')
    assert lines(r.stdout) == ["0: FOO=of task 0 BAR=", "0: hello", "1: FOO=of task 1 BAR=", "1: hello"]
    assert lines(r.stderr) == ["0: seen", "1: seen"]
    assert c.file("te.1").startswith("epilog_task 1")
    bad = c.script("tpbad.sh", "exit 3")
    r = c.run("srun", f"--task-prolog={bad}", "echo", "ran")
    assert (r.returncode, r.stdout) == (3, "") and "error: --task-prolog failed status=3\n" in r.stderr
    r = c.run("srun", "--task-prolog=/absent", "echo", "ran")
    assert r.returncode == 1 and "error: --task-prolog failed cannot execute /absent: No such file or directory\n" in r.stderr


def test_task_prolog_and_epilog_of_slurm_conf_are_for_batch_scripts_and_steps():
    with Cluster(nodes=1, conf="TaskProlog=/absent\nTaskEpilog=/absent") as c:
        prolog = c.script("tp.sh", 'echo "export FOO=$SLURM_SCRIPT_CONTEXT"; echo "print hello"')
        epilog = c.script("te.sh", "echo bye $SLURM_SCRIPT_CONTEXT >&2")
        text = open(c.conf).read().replace("TaskProlog=/absent", f"TaskProlog={prolog}").replace("TaskEpilog=/absent", f"TaskEpilog={epilog}")
        open(c.conf, "w").write(text)
        c("scontrol reconfigure")
        assert in_job(c, "", "echo script $FOO; srun sh -c 'echo step $FOO'") == (
            "hello\nscript prolog_task\nhello\nstep prolog_task\nbye epilog_task\nbye epilog_task\n")


# ---- nodes of the job

def test_relative_counts_nodes_within_the_job(c):
    out = in_job(c, "-N4", "srun -r1 -N2 -n2 -l printenv SLURMD_NODENAME | sort\n"
                           "srun -r3 printenv SLURMD_NODENAME\n"
                           "srun -r3 -N2 true; srun -r9 -N1 true; srun -r1 -w n1 true; echo $?")
    assert out.splitlines() == [
        "0: n2", "1: n3", "n4",
        "srun: error: --relative and --nodes option incompatible with count of allocated nodes (3+2>4)",
        "srun: error: --relative and --nodes option incompatible with count of allocated nodes (9+1>4)",
        "srun: error: -r,--relative not allowed with -w,--nodelist or -x,--exclude.", "1"]


def test_named_nodes_are_among_those_of_the_step(c):
    out = in_job(c, "-N3", "srun -w n2 printenv SLURMD_NODENAME | sort | tr '\\n' ' '\n"
                           "srun -N1 -w n2 printenv SLURMD_NODENAME; srun -N1 -w n[2-3] true; echo $?")
    assert out == ("n1 n2 n3 n2\n"
                   "srun: error: --nodelist names 2 nodes, and --nodes permits 1\n1\n")


def test_a_step_that_waits_says_so_and_one_that_can_never_run_is_refused(c):
    out = in_job(c, "-N1 -n2 --mem=100", "srun -n2 sh -c 'touch held; while [ ! -e on ]; do sleep 0.1; done' &\n"
                                         "while [ ! -e held ]; do sleep 0.1; done; srun -n1 echo ran 2> waits &\n"
                                         "while ! grep -qs retrying waits; do sleep 0.1; done; touch on; wait; cat waits\n"
                                         "srun --jobid=abc true; echo $?")
    job = re.search(r"Job (\d+) step", out)[1]
    assert out == (f"ran\nsrun: Job {job} step creation temporarily disabled, retrying (Requested nodes are busy)\n"
                   f"srun: Step created for StepId={job}.1\n"
                   'srun: error: Invalid numeric value "abc" for --jobid.\n1\n')


def test_a_step_gets_no_more_memory_than_its_job_has():
    with Cluster(nodes=1, conf="SelectTypeParameters=CR_Core_Memory\nDefMemPerCPU=50") as c:
        out = in_job(c, "-n1", "srun --mem=5000 true; echo $?; srun --mem=20 true; echo $?")
        assert re.fullmatch(r"srun: error: Unable to create step for job 1: Memory required by task is not available\n1\n0\n", out)
        out = in_job(c, "-n4 --mem=200", "srun -n1 --exact --mem=150 sh -c 'touch there; while [ ! -e go ]; do sleep 0.1; done' &\n"
                                         "while [ ! -e there ]; do sleep 0.1; done; srun -I -n1 --exact --mem=150 true 2>/dev/null || echo waits\n"
                                         "srun -I -n1 --exact --mem=50 echo ran; touch go; wait")
        assert out == "waits\nran\n"
        out = in_job(c, "-n4 --mem=200", "srun -n1 --exact --mem-per-cpu=150 sh -c 'touch there2; while [ ! -e go2 ]; do sleep 0.1; done' &\n"
                                         "while [ ! -e there2 ]; do sleep 0.1; done; srun -I -n2 --exact --mem-per-cpu=30 true 2>/dev/null || echo waits\n"
                                         "srun -I -n2 --exact --mem-per-cpu=25 sh -c 'echo ran'; srun -n1 --mem-per-cpu=300 true; touch go2; wait")
        assert out == "waits\nran\nran\nsrun: error: Unable to create step for job 3: Memory required by task is not available\n", out


def test_a_step_has_a_time_limit_of_its_own(c):
    out = in_job(c, "-n1 -t 5", "srun -t 9 true; srun -t 1 sh -c 'touch begun; exec sleep 1000' & while [ ! -e begun ]; do sleep 0.1; done\n"
                                "squeue -hs -j $SLURM_JOB_ID -o '%i %l' | grep -v '[a-z]'; scontrol update StepId=$SLURM_JOB_ID.0 TimeLimit=0; wait $!; echo $?; srun echo on")
    lines = out.splitlines()
    job = lines[1].split(".")[0]
    assert lines[0].endswith("Requested time limit is invalid (missing or exceeds some limit)") and lines[1] == f"{job}.0 1:00"
    assert re.search(rf"error: \*\*\* STEP {job}\.0 ON n\d CANCELLED AT \S+ DUE TO TIME LIMIT \*\*\*$", out, re.M), out
    assert lines[-2:] == ["143", "on"], out


def test_a_step_that_may_not_wait_is_refused(c):
    out = in_job(c, "-N1 -n4", "srun -n4 sh -c 'touch there; while [ ! -e go ]; do sleep 0.1; done' &\n"
                               "while [ ! -e there ]; do sleep 0.1; done; srun -I -n1 true; echo $?; touch go; wait; srun -I -n1 echo ran")
    assert "Unable to create step for job" in out and "Requested nodes are busy\n1\nran\n" in out


def test_a_task_prolog_that_fails_is_heard_first(c):
    prolog = c.script("last_words.sh", "echo print bye; exit 7")
    r = c.run("srun", f"--task-prolog={prolog}", "echo", "ran")
    assert (r.returncode, r.stdout) == (7, "bye\n") and "error: --task-prolog failed status=7\n" in r.stderr


def test_task_epilogs_that_fail_or_hang_are_told_and_change_nothing(c):
    bad, hanging = c.script("te_bad.sh", "exit 3"), c.script("te_hangs.sh", "sleep 1000")
    r = c.run("srun", f"--task-epilog={bad}", "echo", "ran")
    assert (r.returncode, r.stdout) == (0, "ran\n") and "error: --task-epilog failed status=3\n" in r.stderr
    r = c.run("srun", f"--task-epilog={hanging}", "echo", "ran", timeout=30)
    assert (r.returncode, r.stdout) == (0, "ran\n")
    assert "error: --task-epilog failed status=9 (it ran longer than 5 s)\n" in r.stderr


def test_the_task_epilog_of_a_batch_script_is_told_in_its_errors_and_has_prolog_epilog_timeout(tmp_path):
    hanging = tmp_path / "hangs.sh"
    hanging.write_text("#!/bin/sh\nsleep 1000\n")
    hanging.chmod(0o755)
    with Cluster(nodes=1, conf=f"PrologEpilogTimeout=1\nTaskEpilog={hanging}") as one:
        one.submit("-W -o out.txt", "echo ran")
        assert one.file("out.txt").startswith("ran\n") and "TaskEpilog failed status=9 (it ran longer than 1 s)\n" in one.file("out.txt")


# ---- variables

def test_the_umask_of_a_job_and_of_a_step_can_be_given(c):
    assert c.run("env", "SLURM_UMASK=0027", "srun", "-o", "own-%t.txt", "sh", "-c", "umask").returncode == 0
    assert c.file("own-0.txt") == "0027\n" and os.stat(f"{c.d}/work/own-0.txt").st_mode & 0o777 == 0o640
    assert c.run("env", "SLURM_UMASK=77", "sbatch", "-W", "-o", "batch.txt", "--wrap", "umask").returncode == 0
    assert c.file("batch.txt") == "0077\n"


def test_a_program_that_is_not_here_is_refused_before_anything_is_asked_for(c):
    r = c.run("env", "SLURM_TEST_EXEC=1", "srun", "nosuchprog")
    assert (r.returncode, r.stderr) == (1, "srun: fatal: Can not execute nosuchprog\n")
    assert c.run("env", "SLURM_TEST_EXEC=1", "srun", "true").returncode == 0


def test_statuses_of_srun_and_salloc_itself_can_be_given(c):
    codes = ["env", "SLURM_EXIT_IMMEDIATE=33", "SLURM_EXIT_ERROR=44"]
    job = c.submit("-N4 --exclusive", "sleep 1000")
    c.wait_state(job, "RUNNING")
    assert [c.run(*codes, command, "-I", "true").returncode for command in ("srun", "salloc")] == [33, 33]
    assert c.run("env", "SLURM_EXIT_ERROR=44", "srun", "-I", "true").returncode == 1
    assert [c.run(*codes, command, "-p", "nosuch", "true").returncode for command in ("srun", "salloc")] == [44, 44]
    c(f"scancel {job}")
    wait_until(lambda: c("squeue -h") == "", 20, "an empty queue")


def test_a_name_of_more_than_1024_characters_is_refused(c):
    assert c.submit("-H -J " + "x" * 1024)
    code, said = c.refused("sbatch -J " + "x" * 1025 + " job.sh")
    assert code == 1 and said == ("sbatch: error: --job-name: 1025 characters, at most 1024 are taken\n"
                                  "sbatch: error: Batch job submission failed: Pathname of a file, directory or other parameter too long\n")
    c("scancel -u root", code=None)
    c("scancel --me", code=None)
    wait_until(lambda: c("squeue -h") == "", 20, "an empty queue")


# ---- signals

def begin(c, *arguments):
    """A command that runs on meanwhile."""
    return subprocess.Popen([c.exe(arguments[0]), *arguments[1:]], env=c.env(), cwd=f"{c.d}/work", text=True, stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_disable_status_gives_the_tasks_the_first_ctrl_c(c):
    run = begin(c, "srun", "-X", "sh", "-c", "trap 'echo got; exit 0' INT; touch trapped; while :; do sleep 0.1; done")
    wait_until(lambda: os.path.exists(f"{c.d}/work/trapped"), 20, "the task")
    run.send_signal(signal.SIGINT)
    out, said = run.communicate(timeout=30)
    assert (run.returncode, out) == (0, "got\n") and re.fullmatch(r"srun: sending Ctrl-C to StepId=\d+\.0\n", said)


def test_output_to_a_fifo_waits_for_its_reader_and_can_be_interrupted(c):
    fifo = f"{c.d}/work/out.fifo"
    os.mkfifo(fifo)
    run = begin(c, "srun", "-o", "out.fifo", "echo", "through")
    let_pass(0.5)
    run.send_signal(signal.SIGINT)
    assert f"srun: error: interrupted while nobody read {fifo}\n" in run.communicate(timeout=20)[1] and run.returncode == 1
    run = begin(c, "srun", "-o", "out.fifo", "echo", "through")
    with open(fifo) as reading:
        assert reading.read() == "through\n"
    assert run.communicate(timeout=20) and run.returncode == 0


@pytest.mark.parametrize("sent", [[signal.SIGTERM], [signal.SIGQUIT], [signal.SIGHUP], [signal.SIGINT, signal.SIGINT]])
def test_a_step_that_ignores_what_ends_srun_is_killed_after_kill_wait(c, sent):
    run = begin(c, "srun", "sh", "-c", "trap '' TERM INT; touch stubborn; while :; do sleep 60; done")
    wait_until(lambda: os.path.exists(f"{c.d}/work/stubborn"), 20, "the task")
    os.remove(f"{c.d}/work/stubborn")
    for one in sent:
        run.send_signal(one)
        let_pass(0.2)  # two at once are one
    _, said = run.communicate(timeout=30)
    assert run.returncode == 137, said
    assert "srun: Job step aborted: Waiting up to 7 seconds for job step to finish.\nsrun: error: *** STEP " in said
    assert said.endswith("srun: error: n1: task 0: Killed\n")
    wait_until(lambda: c("squeue -h") == "", 20, "an empty queue")


def test_kill_on_bad_exit_gives_the_other_tasks_time_to_clean_up(c):
    r = c.run("srun", "-K", "-n2", "sh", "-c", "trap 'echo cleaned; exit 3' TERM; [ $SLURM_PROCID = 1 ] || { sleep 1; exit 7; }; "
              "while :; do sleep 60 & wait; done", timeout=30)
    assert (r.returncode, r.stdout) == (7, "cleaned\n")
    assert "srun: error: n1: task 0: Exited with exit code 7\nsrun: Terminating StepId=" in r.stderr and " CANCELLED AT " in r.stderr


def test_kill_on_bad_exit_of_slurm_conf_is_the_usual():
    with Cluster(nodes=1, conf="KillOnBadExit=1") as c:
        task = ["-n2", "sh", "-c", "[ $SLURM_PROCID = 0 ] && exit 5; sleep 30; echo alive"]
        r = c.run("srun", *task, timeout=20)
        assert (r.returncode, r.stdout) == (143, "") and "srun: Terminating StepId=" in r.stderr
        assert c.run("srun", "--kill-on-bad-exit=0", "-n2", "sh", "-c", "[ $SLURM_PROCID = 0 ] && exit 5; sleep 1; echo alive").stdout == "alive\n"


def test_cpus_per_task_alone_fill_the_nodes_of_an_allocation(c):
    r = c.run("salloc", "-Q", "-N2", "-c4", "srun", "-c2", "sh", "-c", "echo $SLURMD_NODENAME")
    assert lines(r.stdout) == ["n1", "n1", "n2", "n2"], r.stderr
    assert c("srun -c2 printenv SLURM_NTASKS") == "1\n"


@pytest.mark.parametrize("options,heard", [("-e 2", "out0 out1 out2 err2"), ("-o 1", "out1 err1"), ("-o all -e 0", "out0 out1 out2 err0")])
def test_of_one_task_only_output_or_errors_are_heard(c, options, heard):
    r = c.run("srun", "-n3", *options.split(), "sh", "-c", "echo out$SLURM_PROCID; echo err$SLURM_PROCID >&2")
    assert lines(r.stdout + r.stderr) == sorted(heard.split())


def test_one_line_tells_of_ends_that_are_alike_if_the_user_likes(c):
    env = dict(c.env(), SLURM_SRUN_REDUCE_TASK_EXIT_MSG="1")
    r = subprocess.run([c.exe("srun"), "-n3", "sh", "-c", "sleep 0.$SLURM_PROCID; exit 4"], env=env, stderr=subprocess.PIPE, text=True)
    assert r.returncode == 4 and r.stderr.count("Exited with exit code 4") == 1


def test_srun_v_tells_where_tasks_are_launched_and_how_they_end(c):
    said = c.run("srun", "-v", "-n2", "true").stderr
    node = re.search(r"^srun: launching StepId=\d+\.0 on host (n\d), 2 tasks: 0-1$", said, re.M).group(1)
    for line in (f"srun: Node {node}, 2 tasks started\n", " (status=0x0000).\n", f"srun: {node}: task 1: Completed\n"):
        assert line in said


def test_files_and_a_pseudo_terminal_exclude_each_other(c):
    for option in ("-o", "-e", "-i"):
        assert c.refused(f"srun --pty {option} file true") == (1, "srun: error: --error/--input/--output are incompatible with --pty\n")


def test_salloc_runs_its_command_in_the_folder_that_is_named(c):
    assert c("salloc -Q --chdir=/usr pwd") == "/usr\n"


def test_tasks_have_a_folder_for_what_passes_and_know_how_much_srun_says(c):
    env = {k: v for k, v in c.env().items() if k != "TMPDIR"}
    shown = subprocess.run([c.exe("srun"), "-v", "sh", "-c", "echo $TMPDIR $SRUN_DEBUG"], env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    assert shown == "/tmp 4\n"


@pytest.mark.parametrize("sent,status", [(signal.SIGUSR1, 0), (signal.SIGUSR2, 0), (signal.SIGPIPE, 0), (signal.SIGHUP, 1)])
def test_no_signal_makes_salloc_forget_its_allocation(c, sent, status):
    run = begin(c, "salloc", "-N1", "sh", "-c", "touch inside; sleep 2")
    wait_until(lambda: os.path.exists(f"{c.d}/work/inside"), 20, "the command")
    os.remove(f"{c.d}/work/inside")
    run.send_signal(sent)
    said = run.communicate(timeout=30)[1]
    assert run.returncode == status and "Relinquishing job allocation" in said
    wait_until(lambda: c("squeue -h") == "", 10, "nodes that are left")


# ---- what is refused, and files that keep one waiting

def test_input_of_a_task_that_is_not_there_is_a_file(c):
    code, said = c.refused("srun -i 7 true")
    assert code == 1 and "srun: error: Could not open stdin file " in said and "/7: No such file or directory\n" in said
    c.script("8", "text of 8")
    assert c("srun -i 8 tail -1") == "text of 8\n"


@pytest.mark.parametrize("line", ["srun --multi-prog pipe", "srun -F ./pipe true", "salloc -F ./pipe true", "srun -i pipe cat"])
def test_a_pipe_that_nobody_writes_keeps_nobody_for_ever(c, line):
    pipe = f"{c.d}/work/pipe"
    if not os.path.exists(pipe):
        os.mkfifo(pipe)
    run = begin(c, *line.split())
    with pytest.raises(subprocess.TimeoutExpired):
        run.wait(timeout=2)
    run.send_signal(signal.SIGTERM)
    run.communicate(timeout=30)
    assert run.returncode != 0
    wait_until(lambda: c("squeue -h") == "", 20, "an empty queue")


def test_a_pipe_is_read_when_somebody_writes(c):
    run = begin(c, "srun", "-i", "pipe", "cat")
    with open(f"{c.d}/work/pipe", "w") as pipe:
        pipe.write("through the pipe\n")
    assert run.communicate(timeout=30)[0] == "through the pipe\n"


def test_help_about_binding(c):
    assert c("srun --mem-bind=help").startswith("--mem-bind=") and c("srun --cpu-bind=help").startswith("--cpu-bind=")


# ---- what a step has and is told

def test_a_step_has_ports_its_nice_value_and_waits_for_what_its_task_left_behind(c):
    said = c("srun --resv-ports=2 --network=sn_all sh -c 'echo $SLURM_STEP_RESV_PORTS; nice; scontrol show step $SLURM_JOB_ID.0'")
    assert said.startswith("41000-41001\n0\n") and "Network=sn_all" in said and "ResvPorts=41000-41001" in said
    assert c("nice -n 3 srun nice") == "3\n"
    assert c("srun --wait-for-children sh -c '(sleep 0.5; echo late) & echo first'") == "first\nlate\n"
    assert c.refused("srun -r1 true")[1].startswith("srun: error: --relative option invalid")
    assert in_job(c, "-N2 --ntasks-per-node=2 --network=x", "scontrol show job $SLURM_JOB_ID | grep -o Network=.*\nsrun -N2 -n2 sh -c 'echo $SLURM_DISTRIBUTION'\n"
                  "srun -N1 -n2 sh -c 'echo $SLURM_DISTRIBUTION'") == "Network=x\ncyclic\ncyclic\nblock\nblock\n"
