# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""MPI programs of Debian's MPICH and Open MPI over four nodes: started by srun (pmi2, pmix), and by mpirun and mpiexec within a job."""
import os, pwd, re, signal, subprocess

import pytest

from harness import Cluster, wait_until

ALLREDUCE = r"""
#include <mpi.h>
#include <stdio.h>
int main(int argc, char **argv) {
  int rank, size, sum;
  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  int own = rank + 1;
  MPI_Allreduce(&own, &sum, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
  printf("rank %d of %d sum %d\n", rank, size, sum);
  MPI_Finalize();
  return 0;
}
"""
ABORT = r"""
#include <mpi.h>
int main(int argc, char **argv) {
  int rank;
  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  if (rank == 1) MPI_Abort(MPI_COMM_WORLD, 7);
  MPI_Barrier(MPI_COMM_WORLD);
  MPI_Finalize();
  return 0;
}
"""
QUIT = r"""
#include <mpi.h>
#include <signal.h>
#include <stdlib.h>
int main(int argc, char **argv) {
  int rank;
  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  if (rank == 1 && argc > 2) raise(atoi(argv[2]));
  if (rank == 1) _Exit(atoi(argv[1]));
  MPI_Barrier(MPI_COMM_WORLD);
  MPI_Finalize();
  return 0;
}
"""
STAY = r"""
#include <mpi.h>
#include <stdio.h>
#include <unistd.h>
int main(int argc, char **argv) {
  int rank;
  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Barrier(MPI_COMM_WORLD);
  if (rank == 0) { puts("all there"); fflush(stdout); }
  for (;;) pause();
}
"""
PMI2 = r"""
#include <stdio.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
int PMI2_Init(int *spawned, int *size, int *rank, int *appnum);
int PMI2_Finalize(void);
int PMI2_Abort(int flag, const char *message);
int PMI2_Job_GetId(char *id, int size);
int PMI2_Info_GetJobAttr(const char *name, char *value, int size, int *found);
int PMI2_Info_PutNodeAttr(const char *name, const char *value);
int PMI2_Info_GetNodeAttr(const char *name, char *value, int size, int *found, int wait);
int PMI2_KVS_Put(const char *key, const char *value);
int PMI2_KVS_Fence(void);
int PMI2_KVS_Get(const char *job, int source, const char *key, char *value, int size, int *length);
int PMI2_Nameserv_publish(const char *name, const void *info, const char *port);
int PMI2_Nameserv_lookup(const char *name, const void *info, char *port, int size);
#define DO(call) do { int rc = (call); if (rc != 0) { printf("%s: %d\n", #call, rc); exit(3); } } while (0)

int main(int argc, char **argv) {
  int spawned, size, rank, appnum, found, length;
  char job[256], map[256], key[64], value[256], here[64], pid[64], port[1024] = "";
  DO(PMI2_Init(&spawned, &size, &rank, &appnum));
  DO(PMI2_Job_GetId(job, sizeof job));
  DO(PMI2_Info_GetJobAttr("PMI_process_mapping", map, sizeof map, &found));
  snprintf(key, sizeof key, "key-%d", rank);
  snprintf(value, sizeof value, "a;b=%d", rank);
  DO(PMI2_KVS_Put(key, value));
  DO(PMI2_Info_PutNodeAttr("attribute", "here"));
  snprintf(value, sizeof value, "%d", (int)getpid());
  if (rank == 0) DO(PMI2_KVS_Put("pid", value));
  if (rank == 0) DO(PMI2_Nameserv_publish("service", NULL, "the-port"));
  DO(PMI2_KVS_Fence());
  snprintf(key, sizeof key, "key-%d", (rank + 1) % size);
  DO(PMI2_KVS_Get(job, -1, key, value, sizeof value, &length));
  DO(PMI2_Info_GetNodeAttr("attribute", here, sizeof here, &found, 1));
  /* Names do not need the node whose task has published them: wait until that is over. */
  DO(PMI2_KVS_Get(job, -1, "pid", pid, sizeof pid, &length));
  while (argc == 1 && rank == size - 1 && kill(atoi(pid), 0) == 0) poll(NULL, 0, 10);
  DO(PMI2_Nameserv_lookup("service", NULL, port, sizeof port));
  printf("rank %d of %d %s %s %s %s\n", rank, size, map, value, here, port);
  fflush(stdout);
  if (argc > 1 && rank == 1) PMI2_Abort(1, "no luck");
  if (argc > 1) DO(PMI2_KVS_Fence());
  DO(PMI2_Finalize());
  return 0;
}
"""
SUMS = [f"rank {rank} of 4 sum 10" for rank in range(4)]
AS_ROOT = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "OMPI_MCA_rmaps_base_oversubscribe": "1"}
KINDS = [("pmi2", "mpich"), ("pmix", "openmpi")]
USERS = [None, "games"] if os.geteuid() == 0 else [None]


@pytest.fixture(scope="module")
def four():
    with Cluster(nodes=4, conf="KillWait=1") as c:
        for name, source in (("allreduce", ALLREDUCE), ("abort", ABORT), ("quit", QUIT), ("stay", STAY)):
            write(c, f"{name}.c", source)
            for library in ("mpich", "openmpi"):
                subprocess.run([f"mpicc.{library}", "-o", f"{name}.{library}", f"{name}.c"], cwd=f"{c.d}/work", check=True)
        write(c, "pmi2.c", PMI2)
        subprocess.run(["gcc", "-o", "pmi2", "pmi2.c", "-l:libpmi2.so.0"], cwd=f"{c.d}/work", check=True)
        yield c


def write(c, name, text):
    with open(f"{c.d}/work/{name}", "w") as out:
        out.write(text)


def run(c, *argv, user=None, env=()):
    """As root, or as `user` with a folder of its own to write into."""
    line = [c.exe(argv[0]), *argv[1:]]
    everything = {**c.env(), **AS_ROOT, **dict(env)}
    if user:
        line = ["setpriv", "--reuid", user, "--regid", str(pwd.getpwnam(user).pw_gid), "--init-groups", *line]
        everything["HOME"] = "/"
    return subprocess.run(line, env=everything, cwd=f"{c.d}/work", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=60)


def leftovers(c):
    """Processes of slurmxx-pmix of this cluster's tree."""
    pattern = f"^{os.path.realpath(c.prefix)}/libexec/slurmxx/slurmxx-pmix"
    return subprocess.run(["pgrep", "-f", pattern], stdout=subprocess.PIPE, text=True).stdout.split()


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("kind,library", KINDS)
def test_an_allreduce_over_four_nodes(four, kind, library, user):
    r = run(four, "srun", "-N4", "-n4", f"--mpi={kind}", f"./allreduce.{library}", user=user)
    assert r.returncode == 0, r.stderr
    assert sorted(r.stdout.splitlines()) == SUMS


@pytest.mark.parametrize("kind,library", KINDS)
def test_several_tasks_on_each_node(four, kind, library):
    # Open MPI names shared memory after the host and the local rank, and these nodes are one host.
    r = run(four, "srun", "-N3", "-n8", f"--mpi={kind}", f"./allreduce.{library}", env=[("OMPI_MCA_btl", "self,tcp")])
    assert r.returncode == 0, r.stderr
    assert sorted(r.stdout.splitlines()) == [f"rank {rank} of 8 sum 36" for rank in range(8)]


@pytest.mark.parametrize("kind,library", KINDS)
def test_one_application_over_components_of_a_heterogeneous_job(four, kind, library):
    program = f"./allreduce.{library}"
    r = run(four, "srun", "-N1", f"--mpi={kind}", "--exclusive", program, ":", "-N3", "-n3", "--exclusive", program)
    assert r.returncode == 0, r.stderr
    assert sorted(r.stdout.splitlines()) == SUMS


def test_values_that_no_fence_brought_are_asked_for(four):
    late = [("OMPI_MCA_pmix_base_async_modex", "1"), ("OMPI_MCA_pmix_base_collect_data", "0")]
    r = run(four, "srun", "-N4", "-n4", "--mpi=pmix", "./allreduce.openmpi", env=late)
    assert r.returncode == 0, r.stderr
    assert sorted(r.stdout.splitlines()) == SUMS


def test_the_servers_folder_lives_as_long_as_the_step(four):
    r = run(four, "srun", "-n1", "--mpi=pmix", "sh", "-c", 'stat -c "%a %U" $PMIX_SERVER_TMPDIR; echo $PMIX_SERVER_TMPDIR')
    assert r.returncode == 0, r.stderr
    mode, folder = r.stdout.splitlines()
    assert mode == f"700 {pwd.getpwuid(os.getuid()).pw_name}"
    wait_until(lambda: not os.path.exists(folder), 10, "the folder is gone")


@pytest.mark.parametrize("kind,library", KINDS)
def test_a_node_that_dies_in_a_fence_ends_the_step(four, kind, library):
    body = f"if [ $SLURM_PROCID = 2 ]; then touch here; exec sleep 60; fi; exec ./allreduce.{library}"
    line = [four.exe("srun"), "-N4", "-n4", f"--mpi={kind}", "sh", "-c", body]
    if os.path.exists(f"{four.d}/work/here"):
        os.unlink(f"{four.d}/work/here")
    step = subprocess.Popen(line, env={**four.env(), **AS_ROOT}, cwd=f"{four.d}/work", stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    wait_until(lambda: os.path.exists(f"{four.d}/work/here"), 20, "the task of n3")
    stepd = subprocess.run(["pgrep", "-f", f"slurmstepd {four.d}/spool/n3/"], stdout=subprocess.PIPE, text=True).stdout.split()
    assert len(stepd) == 1
    os.kill(int(stepd[0]), signal.SIGKILL)
    _, said = step.communicate(timeout=30)
    assert step.returncode != 0
    assert "srun: error: n3: task 2: " in said
    wait_until(lambda: not leftovers(four), 10, "slurmxx-pmix has ended")


@pytest.mark.parametrize("kind,library,nodes,end,code", [
    ("pmi2", "mpich", 1, ("3",), 3), ("pmi2", "mpich", 2, ("0", "9"), 137), ("pmix", "openmpi", 1, ("0", "9"), 137), ("pmix", "openmpi", 2, ("3",), 3)])
def test_a_task_that_fails_without_finalize_ends_the_step(four, kind, library, nodes, end, code):
    r = run(four, "srun", f"-N{nodes}", "-n2", f"--mpi={kind}", f"./quit.{library}", *end)
    assert r.returncode == code, r.stderr
    assert re.search(rf"^srun: error: n\d: task 1: aborted the step with code {code}: it ended without MPI_Finalize$", r.stderr, re.M), r.stderr
    wait_until(lambda: not leftovers(four), 10, "slurmxx-pmix has ended")


def test_an_mpi_step_that_is_signalled_by_order_is_no_abort(four):
    step = subprocess.Popen([four.exe("srun"), "-N2", "-n2", "--mpi=pmix", "-J", "told", "./stay.openmpi"], env={**four.env(), **AS_ROOT}, cwd=f"{four.d}/work",
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert step.stdout.readline() == "all there\n"
    four(f"scancel -s USR1 -n told")
    _, said = step.communicate(timeout=30)
    assert step.returncode == 128 + signal.SIGUSR1, said
    assert "User defined signal 1" in said and "MPI_Finalize" not in said, said


@pytest.mark.parametrize("kind,library", KINDS)
def test_an_abort_ends_the_step_with_its_code(four, kind, library):
    r = run(four, "srun", "-N4", "-n4", f"--mpi={kind}", f"./abort.{library}")
    assert r.returncode == 7, r.stderr
    assert re.search(r"^srun: error: n\d: task 1: aborted the step with code 7$", r.stderr, re.M), r.stderr
    assert "srun: Job step aborted: Waiting up to 3 seconds for job step to finish." in r.stderr
    wait_until(lambda: not leftovers(four), 10, "slurmxx-pmix has ended")


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("launcher,library", [("mpirun.openmpi", "openmpi"), ("mpiexec.hydra", "mpich")])
def test_mpirun_in_salloc(four, launcher, library, user):
    r = run(four, "salloc", "-N4", "-n4", launcher, f"./allreduce.{library}", user=user, env=[("TMPDIR", "/tmp")])
    assert r.returncode == 0, r.stderr
    assert sorted(line for line in r.stdout.splitlines() if line.startswith("rank")) == SUMS


@pytest.mark.parametrize("kind,library", KINDS)
def test_srun_in_sbatch(four, kind, library):
    r = run(four, "sbatch", "-W", "-N4", "-n4", "-o", f"{kind}.out", "--wrap", f"srun --mpi={kind} ./allreduce.{library}")
    assert r.returncode == 0, r.stderr + four.file(f"{kind}.out")
    assert sorted(four.file(f"{kind}.out").splitlines()) == SUMS


@pytest.mark.parametrize("launcher,library", [("mpirun.openmpi", "openmpi"), ("mpiexec.hydra", "mpich")])
def test_mpirun_in_sbatch(four, launcher, library):
    r = run(four, "sbatch", "-W", "-N4", "-n4", "-o", f"{launcher}.out", "--wrap", f"{launcher} ./allreduce.{library}")
    assert r.returncode == 0, r.stderr + four.file(f"{launcher}.out")
    assert sorted(line for line in four.file(f"{launcher}.out").splitlines() if line.startswith("rank")) == SUMS


@pytest.mark.parametrize("launcher,library", [("mpirun.openmpi", "openmpi"), ("mpiexec.hydra", "mpich")])
def test_an_abort_under_mpirun_ends_the_job(four, launcher, library):
    r = run(four, "sbatch", "-W", "--parsable", "-N4", "-n4", "-o", "abort.out", "--wrap", f"{launcher} ./abort.{library}")
    assert r.returncode == 7, r.stderr + four.file("abort.out")
    assert four.job(r.stdout.strip())["JobState"] == "FAILED"


def test_a_program_that_speaks_pmi2(four):
    r = run(four, "srun", "-N2", "-n4", "--ntasks-per-node=2", "--mpi=pmi2", "./pmi2")
    assert r.returncode == 0, r.stdout + r.stderr
    assert sorted(r.stdout.splitlines()) == [f"rank {rank} of 4 (vector,(0,2,2)) a;b={(rank + 1) % 4} here the-port" for rank in range(4)]
    r = run(four, "srun", "-N2", "-n4", "--mpi=pmi2", "./pmi2", "abort")
    assert r.returncode == 1
    assert "task 1: aborted the step with code 1: no luck" in r.stderr


@pytest.mark.parametrize("kind,library", KINDS)
def test_a_task_that_leaves_does_not_leave_the_others_waiting(four, kind, library):
    body = f'if [ $SLURM_PROCID = 2 ]; then exit 0; fi; exec ./allreduce.{library}'
    r = run(four, "srun", "-N4", "-n4", f"--mpi={kind}", "sh", "-c", body)
    assert r.returncode != 0
    assert "MPI: n3 has left the step, and other nodes wait for it" in r.stderr
    wait_until(lambda: not leftovers(four), 10, "slurmxx-pmix has ended")


def test_the_kind_comes_from_option_variable_and_site(four):
    listed = run(four, "srun", "--mpi=list")
    assert listed.returncode == 0
    assert listed.stdout == "MPI plugin types are...\n\tnone\n\tpmi2\n\tpmix\nspecific pmix plugin versions available: pmix_v4\n"
    shown = ["sh", "-c", "echo $SLURM_MPI_TYPE $PMI_SIZE"]
    assert run(four, "srun", "-n1", *shown, env=[("SLURM_MPI_TYPE", "pmi2")]).stdout == "pmi2 1\n"
    assert run(four, "srun", "-n1", "--mpi=none", *shown, env=[("SLURM_MPI_TYPE", "pmi2")]).stdout.strip() in ("", "none", "pmi2")
    wrong = run(four, "srun", "-n1", "--mpi=pmix_v9", "true")
    assert wrong.returncode == 1
    assert wrong.stderr == "srun: error: Invalid MPI type 'pmix_v9', --mpi=list for acceptable types\n"


def test_a_library_that_is_not_there_is_told_in_one_line(four):
    r = run(four, "srun", "-n1", "--mpi=pmix", "true", env=[("SLURMXX_PMIX_LIBRARY", "/absent/libpmix.so")])
    assert r.returncode == 1
    lines = [line for line in r.stderr.splitlines() if "libpmix" in line]
    assert len(lines) == 1
    assert re.match(r"srun: error: n\d: --mpi=pmix: cannot load /absent/libpmix.so \(.*\): install libpmix2, or name .* SLURMXX_PMIX_LIBRARY$", lines[0])


def test_mpi_default_of_the_site():
    with Cluster(nodes=1, conf="MpiDefault=pmi2") as c:
        assert c('srun -n2 sh -c "echo $SLURM_MPI_TYPE $PMI_SIZE"') .splitlines() == ["pmi2 2", "pmi2 2"]
