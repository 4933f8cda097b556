# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""The lines that real client programs call (workflow engines, node set tools, grid middleware, MPI launchers), and what they parse.

A row: who, the command line, a pattern for the whole of stdout. {job} is a job that runs on n1 and n2.
"""
import getpass, json, re, subprocess

import pytest

ROWS = [
    ("clustershell", "sinfo -h -o %N", r"n\[1-3\]"),
    ("clustershell", "sinfo -h -o %R", r"main"),
    ("clustershell", "sinfo -h -o %T -n n1", r"(mixed|allocated)"),
    ("clustershell", "sinfo -h -p main -o %N", r"n\[1-3\]"),
    ("clustershell", "sinfo -h -t idle -o %N", r"n3"),
    ("clustershell", "squeue -h -o %i -t R", r"{job}"),
    ("clustershell", "squeue -h -u {user} -o %N -t R", r"n\[1-2\]"),
    ("clustershell", "squeue -h -j {job} -o %N", r"n\[1-2\]"),
    ("toil", "squeue -h --format '%i %t %M'", r"{job} R \d+:\d\d"),
    ("dask", "squeue -h -j {job} -o '%T %B'", r"RUNNING n1"),
    ("batchtools", "squeue --user={user} --states=R,S,CG,RS,SI,SO,ST --noheader --format=%i -r", r"{job}"),
    ("batchtools", "squeue --user={user} --states=PD,CF,RF,RH,RQ,SE --noheader --format=%i -r", r""),
    ("nordugrid", 'sinfo -a -h -o "PartitionName=%P TotalCPUs=%C TotalNodes=%D MaxTime=%l DefaultTime=%L"',
     r"PartitionName=main\* TotalCPUs=\d+/\d+/\d+/\d+ TotalNodes=\d MaxTime=\S+ DefaultTime=\S+(\nPartitionName=main\* .*)?"),
    ("nordugrid", 'squeue -a -h -t all -o "JobId=%i TimeUsed=%M Partition=%P JobState=%T ReqNodes=%D ReqCPUs=%C TimeLimit=%l Name=%j NodeList=%N"',
     r"JobId={job} TimeUsed=\d+:\d\d Partition=main JobState=RUNNING ReqNodes=2 ReqCPUs=\d+ TimeLimit=\S+ Name=\S+ NodeList=n\[1-2\]"),
    ("nordugrid", "scontrol show node --oneliner", r"(NodeName=n\d .*CPUTot=\d+ .*RealMemory=\d+ .*State=\S+ .*\n?){3}"),
    ("nordugrid", "scontrol show config", r"(?s)Configuration data as of .*\nClusterName +\w* *= e2e\n.*\nSLURM_VERSION +\w* *= 25\.11\..*"),
    ("parallel", "scontrol show hostnames n[1-3]", r"n1\nn2\nn3"),
    ("scripts", "scontrol show hostlist n1,n2,n3", r"n\[1-3\]"),
    ("scripts", "scontrol ping", r"Slurmctld\(primary\) at \S+ is UP"),
    ("scripts", "scontrol show job {job} -o", r"JobId={job} JobName=.*JobState=RUNNING .*NodeList=n\[1-2\] .*"),
    ("snakemake", "srun -n1 --cpu-bind=q echo hi", r"hi"),
    ("parallel", "srun -N1 -n1 -c1 --exact --mem-per-cpu=10 hostname -s", r"\S+"),
    ("hydra", "srun -N 2 -n 2 --input none -l echo x", r"(?s)[01]: x\n[01]: x"),
]


@pytest.fixture(scope="module")
def running(cluster):
    job = cluster.submit("-N2 -n2", "exec sleep 600")
    cluster.wait_state(job, "RUNNING")
    yield {"job": job, "user": getpass.getuser()}
    cluster(f"scancel {job}")


@pytest.mark.parametrize("who,line,pattern", ROWS, ids=[f"{r[0]}-{i}" for i, r in enumerate(ROWS)])
def test_a_client_reads_what_it_expects(cluster, running, who, line, pattern):
    fill = lambda text: text.replace("{job}", running["job"]).replace("{user}", running["user"])
    out = cluster(fill(line)).rstrip("\n ")
    assert re.fullmatch(fill(pattern), out), f"{who}: {line}\n{out}"


def test_a_job_script_comes_from_standard_input_as_jupyterhub_sends_it(cluster):
    script = "#!/bin/bash\n#SBATCH --partition='main'\n#SBATCH -J \"two words\"\nexport A=1\n#SBATCH -n 99\ntrue\n"
    r = subprocess.run([cluster.exe("sbatch"), "--parsable"], input=script, text=True, capture_output=True, env=cluster.env(),
                       cwd=f"{cluster.d}/work", timeout=60)
    assert r.returncode == 0, r.stderr
    job = cluster.job(r.stdout.strip())
    assert job["Partition"] == "main" and job["JobName"] == "two words" and job["NumTasks"] == "1"
    cluster.wait_end(r.stdout.strip())


def test_wrapped_jobs_with_an_export_list_as_toil_sends_them(cluster):
    job = cluster("sbatch --parsable --export=ALL,OMP_NUM_THREADS=1 -o omp.out --wrap='echo $OMP_NUM_THREADS'").strip()
    assert cluster.wait_end(job) == "COMPLETED"
    assert cluster.file("omp.out") == "1\n"


@pytest.mark.parametrize("line,list_name", [("squeue --json", "jobs"), ("sinfo --json", "sinfo"), ("scontrol show job --json", "jobs"),
                                            ("scontrol show node --json", "nodes"), ("scontrol show partition --json", "partitions")])
def test_json_answers_are_whole(cluster, running, line, list_name):
    answer = json.loads(cluster(line))
    assert answer[list_name] and answer["errors"] == [] and answer["meta"]["slurm"]["cluster"] == "e2e"
