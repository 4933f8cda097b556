# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""Generic resources: what a node has, who gets which device, and what jobs and their tasks are told of it. Terminals stand for devices."""
import re, subprocess

import pytest

from harness import Cluster, wait_until

HARDWARE = "Sockets=2 CoresPerSocket=2 ThreadsPerCore=2 RealMemory=4000"
CONF = f"""
KillWait=1
GresTypes=gpu,nic,shard
AccountingStorageTRES=gres/gpu,gres/gpu:a100
SelectTypeParameters=CR_Core_Memory
DefMemPerCPU=10
NodeName=n1 NodeHostname=localhost NodeAddr=127.0.0.1 Port=@PORT1@ {HARDWARE} Gres=gpu:a100:2,gpu:v100:2,nic:2
NodeName=n2 NodeHostname=localhost NodeAddr=127.0.0.1 Port=@PORT2@ {HARDWARE} Gres=gpu:a100:2
NodeName=n3 NodeHostname=localhost NodeAddr=127.0.0.1 Port=@PORT3@ {HARDWARE} Gres=gpu:2,shard:8
PartitionName=main Nodes=n[1-3] Default=YES MaxTime=INFINITE State=UP
"""
GRES = """
NodeName=n1 Name=gpu Type=a100 File=/dev/tty[0-1] Cores=0-1
NodeName=n1 Name=gpu Type=v100 File=/dev/tty[2-3] Cores=2-3
NodeName=n2 Name=gpu Type=a100 File=/dev/tty[0-1] Flags=nvidia_gpu_env
NodeName=n3 Name=gpu File=/dev/tty[0-1]
"""
SHOW = "sh -c 'env | grep -E \"GPU|CUDA_VIS|ROCR|ZE_A|SHARD\" | sort'"


class GresCluster(Cluster):
    def write_conf(self, a):
        super().write_conf(a)
        self.write_gres(GRES)

    def write_gres(self, text):
        with open(f"{self.d}/etc/gres.conf", "w") as out:
            out.write(text)


@pytest.fixture(scope="module")
def c():
    with GresCluster(nodes=3, conf=CONF) as cluster:
        yield cluster


@pytest.fixture(autouse=True)
def calm(c):
    yield
    c("scancel -u root")
    for node in ("n1", "n2", "n3"):
        c.wait_node(node, "idle")


def gres_of(c, options):
    return re.findall(r"Nodes=(\S+) CPU_IDs=(\S+) Mem=\d+ GRES=(\S*)", c(f"salloc -Q {options} sh -c 'scontrol -d show job $SLURM_JOB_ID'"))


def told(text):
    return dict(line.split("=", 1) for line in text.split())


def test_nodes_show_what_they_have(c):
    assert "Gres=gpu:a100:2(S:0),gpu:v100:2(S:1),nic:2\n" in c("scontrol show node n1")
    assert "CfgTRES=cpu=8,mem=4000M,billing=8,gres/gpu=4,gres/gpu:a100=2\n" in c("scontrol show node n1")
    assert "GresUsed=gpu:0(IDX:N/A),shard:0(IDX:N/A)\n" in c("scontrol -d show node n3")
    assert c("sinfo -h -N -n n1,n2 -o '%N %G'").split("\n")[:2] == ["n1 gpu:a100:2(S:0),gpu:v100:2(S:1),nic:2", "n2 gpu:a100:2"]


ONE = """
GresTypes=gpu
SlurmdParameters=
NodeName=n1 NodeHostname=localhost NodeAddr=127.0.0.1 Port=@PORT1@ CPUs=1 RealMemory=100 Gres=gpu:2
PartitionName=main Nodes=n1 Default=YES MaxTime=INFINITE State=UP
"""


def test_a_node_with_fewer_devices_than_promised_is_set_aside_until_it_has_them():
    with GresCluster(nodes=1, conf=ONE) as c:
        c.write_gres("Name=gpu File=/dev/tty0,/dev/slurmxx-has-no-such-device\n")
        c("scontrol reconfigure")
        c.wait_node("n1", "inval")
        text = c("scontrol show node n1")
        assert "INVALID_REG" in text and "Reason=gres/gpu count reported lower than configured (1 < 2) " in text
        c.write_gres("Name=gpu File=/dev/tty[0-1]\n")
        c("scontrol reconfigure")
        c.wait_node("n1", "idle")


@pytest.mark.parametrize("options, wanted", [
    ("-w n1 --gres=gpu:1", [("n1", "0-1", "gpu:a100:1(IDX:0)")]),
    ("-w n1 --gres=gpu:v100:2", [("n1", "4-5", "gpu:v100:2(IDX:2-3)")]),
    ("-w n1 --gres=gpu:a100:1,gpu:v100:1,nic:1", [("n1", "0-1", "gpu:a100:1(IDX:0),gpu:v100:1(IDX:2),nic(CNT:1)")]),
    ("-w n1,n2 --gpus=6", [("n1", "0-1", "gpu:a100:2(IDX:0-1),gpu:v100:2(IDX:2-3)"), ("n2", "0-1", "gpu:a100:2(IDX:0-1)")]),
    ("--gpus=5 -x n3", [("n1", "0-1", "gpu:a100:2(IDX:0-1),gpu:v100:2(IDX:2-3)"), ("n2", "0-1", "gpu:a100:1(IDX:0)")]),
    ("-w n2 -n2 --gpus-per-task=1", [("n2", "0-1", "gpu:a100:2(IDX:0-1)")]),
    ("-w n1 --gpus=2 --cpus-per-gpu=4", [("n1", "0-7", "gpu:a100:2(IDX:0-1)")]),
    ("-w n1 --gpus=2 -n1 --gres-flags=enforce-binding", [("n1", "0-1", "gpu:a100:2(IDX:0-1)")]),
    ("-w n1 --gpus=2 -n2 -c2 --gres-flags=enforce-binding", [("n1", "0-3", "gpu:a100:2(IDX:0-1)")]),
    ("-w n1 --gpus-per-socket=1 --sockets-per-node=2 -n4", [("n1", "0-1,4-5", "gpu:a100:1(IDX:0),gpu:v100:1(IDX:2)")]),
    ("--gpus=4 --gpus-per-node=2 -w n1,n2", [("n[1-2]", "0-1", "gpu:a100:2(IDX:0-1)")]),
    ("-w n1 --gpus-per-node=2 --gpus-per-task=1 -n2", [("n1", "0-1", "gpu:a100:2(IDX:0-1)")]),
    ("-w n3 --gres=shard:3", [("n3", "0-1", "shard:3(IDX:0)")]),
    ("-w n3 --exclusive", [("n3", "0-7", "gpu:2(IDX:0-1)")]),
])
def test_who_gets_which_device(c, options, wanted):
    assert gres_of(c, options) == [tuple(one) for one in wanted]


def test_memory_goes_by_gpus(c):
    text = c("salloc -Q -w n1 --gpus=2 --mem-per-gpu=100 sh -c 'scontrol show job $SLURM_JOB_ID'")
    assert "AllocTRES=cpu=2,mem=200M,node=1,billing=2,gres/gpu=2,gres/gpu:a100=2" in text
    assert "MemPerTres=gres/gpu:100" in text and "TresPerJob=gres/gpu:2" in text


def test_a_job_waits_for_a_device(c):
    first = c.submit("-w n2 --gres=gpu:2", "sleep 100")
    c.wait_state(first, "RUNNING")
    second = c.submit("-w n2 --gres=gpu:1", "true")
    assert c(f"squeue -h -j {second} -o '%r %b'").strip() == "Resources gres/gpu:1"
    assert "GresUsed=gpu:a100:2(IDX:0-1)" in c("scontrol -d show node n2")
    assert "AllocTRES=cpu=2,mem=20M,gres/gpu=2,gres/gpu:a100=2" in c("scontrol show node n2")
    c(f"scancel {first}")
    assert c.wait_end(second) == "COMPLETED"


@pytest.mark.parametrize("options, message", [
    ("--gres=tpu:1", "sbatch: error: Invalid generic resource (gres) specification\n"),
    ("--gres=gpu:9", "sbatch: error: Batch job submission failed: Requested node configuration is not available\n"),
    ("-w n1 -N1 -n1 --gres=gpu:3 --gres-flags=enforce-binding", "sbatch: error: Batch job submission failed: Requested node configuration is not available\n"),
    ("--gres=gpu:x100:1", "sbatch: error: Batch job submission failed: Requested node configuration is not available\n"),
    ("--gres=gpu:1,gpu:a100:1", "sbatch: error: Invalid GRES specification (with and without type identification)\n"),
    ("--gpu-bind=foo --gpus=1", "sbatch: error: Invalid --gpu-bind argument: gpu:foo\n"),
])
def test_what_makes_no_sense_is_refused(c, options, message):
    code, said = c.refused(f"sbatch {options} --wrap true")
    assert (code, said) == (1, message)


def test_a_step_is_told_of_its_devices(c):
    assert told(c(f"srun -w n1 --gres=gpu:v100:2 {SHOW}")) == {
        "CUDA_VISIBLE_DEVICES": "2,3", "GPU_DEVICE_ORDINAL": "2,3", "ROCR_VISIBLE_DEVICES": "2,3", "ZE_AFFINITY_MASK": "2,3", "SLURM_GPUS_ON_NODE": "2",
        "SLURM_STEP_GPUS": "2,3"}
    assert told(c(f"srun -w n2 --gres=gpu:1 {SHOW}")) == {"CUDA_VISIBLE_DEVICES": "0", "SLURM_GPUS_ON_NODE": "1", "SLURM_STEP_GPUS": "0"}
    assert told(c(f"srun -w n3 --gres=shard:3 {SHOW}"))["SLURM_SHARDS_ON_NODE"] == "3"
    assert c(f"srun -w n1 {SHOW}") == ""


@pytest.mark.parametrize("command", ["sbatch --wrap true", "srun true", "salloc true"])
def test_help_lists_what_may_be_asked_for(c, command):
    name, rest = command.split(" ", 1)
    assert c(f"{name} --gres=help {rest}") == "Valid gres options are:\ngpu[[:type]:count]\nnic[[:type]:count]\nshard[[:type]:count]\n"


SCRIPT = """
show() { env | grep -E "^(CUDA_VISIBLE_DEVICES|SLURM_STEP_GPUS|SLURM_JOB_GPUS|SLURM_GPUS_ON_NODE|SLURM_PROCID)=" | sort | cut -d= -f2 | tr '\\n' ' '; }
echo "batch: $(show)"
each() { echo "$*: $(srun -Q "$@" sh -c 'echo $SLURM_PROCID=$CUDA_VISIBLE_DEVICES' | sort | tr '\\n' ' ')"; }
each -n2
each -n1 --gres=gpu:1
each -n1 --gres=none
each -n3 --gpu-bind=single:1
each -n2 --gpu-bind=map_gpu:1,0
each -n2 --gpus-per-task=1
each -n2 --ntasks-per-gpu=2
srun -Q --exact -n1 --gres=gpu:a100:1 sh -c 'echo $CUDA_VISIBLE_DEVICES > one; for i in $(seq 200); do test -s two && break; sleep 0.1; done' &
srun -Q --exact -n1 --gres=gpu:a100:1 sh -c 'for i in $(seq 200); do test -s one && break; sleep 0.1; done; echo $CUDA_VISIBLE_DEVICES > two' &
wait
echo "side by side: $(cat one two | sort | tr '\\n' ' ')"
srun --gres=gpu:9 true
"""


def test_steps_share_the_devices_of_their_job(c):
    job = c.submit("-w n1 -n4 --gres=gpu:a100:2,gpu:v100:1 -o steps.out", SCRIPT)
    c.wait_end(job)
    assert c.file("steps.out").splitlines() == [
        "batch: 0,1,2 3 0,1,2 0 ",
        "-n2: 0=0,1,2 1=0,1,2 ",
        "-n1 --gres=gpu:1: 0=0 ",
        "-n1 --gres=none: 0= ",
        "-n3 --gpu-bind=single:1: 0=0 1=1 2=2 ",
        "-n2 --gpu-bind=map_gpu:1,0: 0=1 1=0 ",
        "-n2 --gpus-per-task=1: 0=0 1=1 ",
        "-n2 --ntasks-per-gpu=2: 0=0 1=0 ",
        "side by side: 0 1 ",
        f"srun: error: Unable to create step for job {job}: Invalid generic resource (gres) specification"]


def test_options_and_variables_mean_the_same(c):
    text = c("env SBATCH_GPUS=1 SBATCH_CPUS_PER_GPU=2 sbatch -H --wrap true")
    job = text.split()[-1]
    shown = c(f"scontrol show job {job}")
    assert "TresPerJob=gres/gpu:1\n" in shown and "CpusPerTres=gres/gpu:2\n" in shown
    assert c(f"squeue -h -j {job} -O tres-per-job:20,cpus-per-tres:20,tres-per-node:20").split() == ["gres/gpu:1", "gres/gpu:2", "N/A"]


def test_prolog_variables_and_restart(c):
    """A slurmctld that is killed still knows who has which device."""
    job = c.submit("-w n1 --gres=gpu:v100:1", "sleep 100")
    c.wait_state(job, "RUNNING")
    c.kill("slurmctld")
    c.restart_ctld()
    assert "GresUsed=gpu:a100:0(IDX:N/A),gpu:v100:1(IDX:2),nic:0" in c("scontrol -d show node n1")
    assert "GRES=gpu:v100:1(IDX:2)" in c(f"scontrol -d show job {job}")


def test_devices_that_are_to_be_detected_and_named_nowhere_stop_slurmd(c):
    c.write_gres(GRES.replace("NodeName=n2 Name=gpu Type=a100 File=/dev/tty[0-1] Flags=nvidia_gpu_env\n", "") + "AutoDetect=nvml\n")
    r = subprocess.run([c.exe("slurmd"), "-G", "-f", c.conf, "-N", "n2"], env=c.env(), capture_output=True, text=True, timeout=20)
    assert r.returncode == 1 and "AutoDetect=nvml: devices are not found by themselves: name those of Gres= with File=" in r.stderr
    c.write_gres(GRES + "AutoDetect=nvml\n")  # all are named
    r = subprocess.run([c.exe("slurmd"), "-G", "-f", c.conf, "-N", "n2"], env=c.env(), capture_output=True, text=True, timeout=20)
    assert (r.returncode, r.stdout) == (0, "Gres Name=gpu Type=a100 Count=2 File=/dev/tty0,/dev/tty1 Flags=nvidia_gpu_env\n")
    c.write_gres(GRES)


class Accounted(GresCluster):
    def __init__(self, **kw):
        super().__init__(**kw)
        self.arguments.dbd = "sqlite"


def test_records_and_limits_count_gres():
    with Accounted(nodes=3, conf=CONF + "AccountingStorageEnforce=limits,qos") as c:
        c("sacctmgr -i add qos two MaxTRESPerUser=gres/gpu=2")
        c("sacctmgr -i modify user root set qos=normal,two")
        wait_until(lambda: c.run("sbatch", "--test-only", "--qos=two", "--wrap", "true").returncode == 0, 10, "the QOS in slurmctld")
        first = c.submit("--qos=two -w n1 --gpus=a100:2", "srun --gres=gpu:1 true; sleep 100")
        c.wait_state(first, "RUNNING")
        second = c.submit("--qos=two -w n1 -n1 --gpus-per-task=1", "true")
        wait_until(lambda: c(f"squeue -h -j {second} -o %r").strip() == "QOSMaxGRESPerUser", 10, "QOSMaxGRESPerUser")
        free = c.submit("-w n1 --gres=gpu:1", "true")
        assert c.wait_end(free) == "COMPLETED"
        c(f"scancel {first}")
        assert c.wait_end(second) == "COMPLETED"
        told = lambda: c(f"sacct -nXP -j {first},{second} -o AllocTRES,ReqTRES").splitlines()
        wait_until(lambda: len(told()) == 2 and all("billing" in line for line in told()), 20, "records of both jobs")
        alloc, asked = told()[0].split("|")
        assert alloc == "billing=2,cpu=2,gres/gpu:a100=2,gres/gpu=2,mem=20M,node=1"
        assert "gres/gpu=2" in asked and "gres/gpu:a100=2" in asked
        step = c(f"sacct -nP -j {first}.0 -o AllocTRES").strip()
        assert "gres/gpu:a100=1,gres/gpu=1" in step


def test_a_reservation_of_devices_keeps_them_for_its_jobs(c):
    c("scontrol create reservation reservationname=gpus users=root starttime=now duration=10 nodes=n1 trespernode=gres/gpu:a100=2")
    try:
        shown = c("scontrol show reservation gpus")
        assert "NodeCnt=1 CoreCnt=2" in shown and "TRES=cpu=4,gres/gpu=2,gres/gpu:a100=2" in shown
        assert gres_of(c, "--reservation=gpus -n1 --gres=gpu:2") == [("n1", "0-1", "gpu:a100:2(IDX:0-1)")]
        assert gres_of(c, "-w n1 -n1 --gres=gpu:2") == [("n1", "4-5", "gpu:v100:2(IDX:2-3)")]
        job = c("sbatch --parsable -w n1 --gres=gpu:a100:1 --wrap true").strip()
        wait_until(lambda: "May be reserved" in c(f"squeue -h -j {job} -o %R"), 10, "told that they are reserved")
        three = c("sbatch --parsable --reservation=gpus --gres=gpu:3 --wrap true").strip()
        wait_until(lambda: c(f"squeue -h -j {three} -o %R").strip() not in ("(None)", ""), 10, "judged")
        assert "PENDING" in c(f"squeue -h -j {three} -o %T")
    finally:
        c("scancel -u root")
        c("scontrol delete reservation gpus")
