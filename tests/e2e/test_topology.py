# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""The network of a cluster: what topology.conf says is shown, obeyed and told to tasks; features with alternatives and counts."""
import pytest

from harness import Cluster, wait_until

CONF = """
KillWait=1
SchedulerParameters=max_switch_wait=4
TopologyPlugin=topology/tree
SelectTypeParameters=CR_Core
NodeName=n1 NodeHostname=localhost NodeAddr=127.0.0.1 Port=@PORT1@ CPUs=4 RealMemory=4000 Feature=a,x
NodeName=n2 NodeHostname=localhost NodeAddr=127.0.0.1 Port=@PORT2@ CPUs=4 RealMemory=4000 Feature=b,x
NodeName=n3 NodeHostname=localhost NodeAddr=127.0.0.1 Port=@PORT3@ CPUs=4 RealMemory=4000 Feature=b
NodeName=n4 NodeHostname=localhost NodeAddr=127.0.0.1 Port=@PORT4@ CPUs=4 RealMemory=4000 Feature=c
PartitionName=main Nodes=n[1-4] Default=YES MaxTime=INFINITE State=UP
"""
TREE = "SwitchName=s1 Nodes=n[1-2]\nSwitchName=s2 Nodes=n[3-4]\nSwitchName=s0 Switches=s[1-2]\n"


class Wired(Cluster):
    def write_conf(self, a):
        super().write_conf(a)
        with open(f"{self.d}/etc/topology.conf", "w") as out:
            out.write(TREE)


@pytest.fixture(scope="module")
def c():
    with Wired(nodes=4, conf=CONF) as cluster:
        yield cluster


@pytest.fixture(autouse=True)
def calm(c):
    yield
    sh(c, "scancel -u root")
    wait_until(lambda: sh(c, "squeue -h") == "", 30, "no job is left")


def sh(c, line):
    """What a shell line writes, to either stream."""
    done = c.run("sh", "-c", f"{line} 2>&1", timeout=60)
    return done.stdout.strip()


def runs_on(c, job):
    return wait_until(lambda: sh(c, f"squeue -h -t R -j {job} -o %N"), 30, f"job {job} runs")


def nodes_of(c, options):
    return runs_on(c, sh(c, f"sbatch --parsable {options} -o /dev/null --wrap 'sleep 100'"))


def test_the_network_is_shown(c):
    assert sh(c, "scontrol show topology") == (
        "SwitchName=s1 Level=0 LinkSpeed=1 Nodes=n[1-2]\nSwitchName=s2 Level=0 LinkSpeed=1 Nodes=n[3-4]\n"
        "SwitchName=s0 Level=1 LinkSpeed=1 Nodes=n[1-4] Switches=s[1-2]")
    assert sh(c, "scontrol show topology unit=s2") == "SwitchName=s2 Level=0 LinkSpeed=1 Nodes=n[3-4]"
    assert len(sh(c, "scontrol show topology default node=n3").splitlines()) == 2
    assert "Requested topology configuration is not available" in sh(c, "scontrol show topology n3")


def test_tasks_are_told_where_they_are(c):
    told = sh(c, "srun -N3 -l sh -c 'echo $SLURM_TOPOLOGY_ADDR $SLURM_TOPOLOGY_ADDR_PATTERN' | sort")
    assert told.splitlines()[0] == "0: s0.s1.n1 switch.switch.node"
    assert "s0.s2.n3" in told
    job = sh(c, "sbatch --parsable -w n3 -o %j.out --wrap 'echo $SLURM_TOPOLOGY_ADDR'")
    wait_until(lambda: "COMPLETED" in sh(c, f"scontrol show job {job}"), 30, "the script ends")
    assert sh(c, f"cat {job}.out") == "s0.s2.n3"


def test_a_job_lies_under_one_switch(c):
    assert nodes_of(c, "-w n1 --exclusive") == "n1"
    assert nodes_of(c, "-N2 --exclusive") == "n[3-4]"


def test_a_job_waits_for_few_switches_but_not_for_ever(c):
    assert nodes_of(c, "-w n1 --exclusive") == "n1"
    assert nodes_of(c, "-w n3 --exclusive") == "n3"
    job = sh(c, "sbatch --parsable -N2 --switches=1 -o /dev/null --wrap 'sleep 100'")
    wait_until(lambda: sh(c, f"squeue -h -j {job} -o %r") == "Resources", 30, "the job waits")
    assert sh(c, f"squeue -h -j {job} -O ReqSwitch").split() == ["1"]
    assert "Switches=1@00:00:04" in sh(c, f"scontrol show job {job}")
    assert "leaf switches at most" in sh(c, f"scontrol explain job {job}")
    assert runs_on(c, job) == "n[2,4]"


def test_features_with_alternatives_and_counts(c):
    assert nodes_of(c, "-N2 --exclusive -C '[a|b]'") == "n[2-3]"
    assert nodes_of(c, "--exclusive -C '[a*1&c*1]'") == "n[1,4]"
    assert "Invalid feature specification" in sh(c, "sbatch -C '[a|nosuch]' --wrap true")
    assert "Requested node configuration is not available" in sh(c, "sbatch -N3 -C '[a|b]' --wrap true")


def test_an_update_of_features_counts_at_once(c):
    assert nodes_of(c, "--prefer=c") == "n4"
    assert nodes_of(c, "-C x") == "n1"
    assert sh(c, "scontrol update NodeName=n1 ActiveFeatures=a") == ""
    assert nodes_of(c, "-C x") == "n2"
    sh(c, "scontrol update NodeName=n1 ActiveFeatures=a,x")


def test_short_words_mean_the_topology(c):
    for word in ("t", "top", "topo"):
        assert sh(c, f"scontrol show {word}") == sh(c, "scontrol show topology")


TWO = """---
- topology: wires
  cluster_default: true
  tree:
    switches:
      - switch: s1
        nodes: n1
      - switch: s2
        nodes: n2
      - switch: s0
        children: s[1-2]
- topology: racks
  cluster_default: false
  block:
    block_sizes:
      - 1
    blocks:
      - block: b1
        nodes: n[1-2]
"""
TWO_CONF = """
KillWait=1
NodeName=n1 NodeHostname=localhost NodeAddr=127.0.0.1 Port=@PORT1@ CPUs=4 RealMemory=4000
NodeName=n2 NodeHostname=localhost NodeAddr=127.0.0.1 Port=@PORT2@ CPUs=4 RealMemory=4000
NodeName=n3 NodeHostname=localhost NodeAddr=127.0.0.1 Port=@PORT3@ CPUs=4 RealMemory=4000 Topology=wires:s2
PartitionName=main Nodes=n[1-3] Default=YES MaxTime=INFINITE State=UP
PartitionName=racked Nodes=n[1-3] MaxTime=INFINITE State=UP Topology=racks
"""


class TwoNetworks(Cluster):
    def write_conf(self, a):
        super().write_conf(a)
        with open(f"{self.d}/etc/topology.yaml", "w") as out:
            out.write(TWO)


def test_nodes_are_shown_where_they_were_put_and_jobs_told_of_their_partitions_network():
    with TwoNetworks(nodes=3, conf=TWO_CONF) as c:
        assert sh(c, "scontrol show topology unit=s2") == "SwitchName=s2 Level=0 LinkSpeed=1 Nodes=n[2-3]"
        assert "nodes: n2,n3" in sh(c, "scontrol show topoconf")
        assert "Topology=wires:s2" in sh(c, "scontrol show node n3")
        assert "Topology=" not in sh(c, "scontrol show node n1")
        assert sh(c, "scontrol update NodeName=n3 Topology=wires:s1,racks:b2") == ""
        assert sh(c, "scontrol show topology unit=s1") == "SwitchName=s1 Level=0 LinkSpeed=1 Nodes=n[1,3]"
        assert sh(c, "scontrol show topology racks unit=b2") == "BlockName=b2 BlockIndex=1 Nodes=n3 BlockSize=1"
        tell = "sh -c 'echo $SLURM_TOPOLOGY_ADDR $SLURM_TOPOLOGY_ADDR_PATTERN'"
        assert sh(c, f"srun -w n3 {tell}") == "s0.s1.n3 switch.switch.node"
        assert sh(c, f"srun -w n3 -p racked {tell}") == "b2.n3 block.node"
        job = sh(c, "sbatch --parsable -W -p racked -w n1 -o %j.out --wrap 'echo $SLURM_TOPOLOGY_ADDR'")
        assert sh(c, f"cat {job}.out") == "b1.n1"
