# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""Bad input gets a clear line and a failing exit code, and changes nothing."""
import socket, subprocess

import pytest

BAD = ["sbatch nosuchfile.sh", "sbatch --no-such-option --wrap true", "sbatch -t bogus --wrap true", "sbatch -p nosuch --wrap true",
       "sbatch --mem=abc --wrap true", "sbatch -n abc --wrap true", "sbatch -w nosuchnode --wrap true", "sbatch -N 2-1 --wrap true",
       "sbatch -C nosuchfeature --wrap true", "sbatch --gres=gpu:1 --wrap true", "sbatch -L matlab:1 --wrap true", "sbatch -d afterok:99999 --wrap true",
       "sbatch --reservation=nosuch --wrap true", "sbatch --array=3-1 --wrap true", "squeue --bogus", "squeue -j 99999", "squeue -t BOGUS",
       "sinfo --bogus", "sinfo -t bogus", "scontrol bogus", "scontrol show job 99999", "scontrol update NodeName=n9 State=RESUME",
       "scontrol update NodeName=n1 State=BOGUS", "scontrol update NodeName=n1 State=DRAIN", "scontrol update JobId=99999 TimeLimit=5",
       "scontrol update PartitionName=nosuch State=UP", "scontrol hold", "scontrol requeue 99999", "srun", "srun -p nosuch true"]


@pytest.mark.parametrize("line", BAD)
def test_bad_input_is_refused_in_words(cluster, line):
    before = cluster("squeue -h -t all -o %i"), cluster("sinfo -h -o '%P %T %N'")
    code, message = cluster.refused(line)
    assert 1 <= code <= 255 and message.strip(), f"{line}: exit code {code}, said nothing"
    assert "Traceback" not in message and "Segmentation" not in message
    assert (cluster("squeue -h -t all -o %i"), cluster("sinfo -h -o '%P %T %N'")) == before


@pytest.mark.parametrize("junk", [b"GET / HTTP/1.0\r\n\r\n", b"\xff" * 4096, b"\0" * 64, b"\0\0\0\x10short"], ids=["http", "ff", "zeros", "torn"])
def test_junk_on_the_port_leaves_the_controller_answering(cluster, junk):
    for port in (cluster.m["port"], cluster.m["port"] + 21):
        with socket.create_connection(("127.0.0.1", port), 5) as s:
            s.sendall(junk)
            s.shutdown(socket.SHUT_WR)
    assert "UP" in cluster("scontrol ping")
    assert cluster("sinfo -h -o %T").split() == ["idle"]


SCRIPTS = [("empty", b"", "Batch script is empty!"), ("blank", b"\n \n", "contains only whitespace"), ("shebang", b"echo hi\n", "does not look like a batch script"),
           ("dos", b"#!/bin/sh\r\ntrue\r\n", "DOS line breaks"), ("binary", b"#!/bin/sh\n\0\1\2", "zero byte"), ("elf", b"\x7fELF\2\1\1\0", "does not look like a batch script"),
           ("huge", b"#!/bin/sh\n" + b"#" * (5 << 20), "4194304 are the most"), ("quote", b"#!/bin/sh\n#SBATCH -J \"open\n", "line 2"),
           ("option", b"#!/bin/sh\n#SBATCH --no-such\n", "unrecognized option '--no-such'")]


@pytest.mark.parametrize("name,content,message", SCRIPTS, ids=[s[0] for s in SCRIPTS])
def test_a_script_that_is_none_is_refused_in_words(cluster, name, content, message):
    with open(f"{cluster.d}/work/{name}.bad", "wb") as out:
        out.write(content)
    before = cluster("squeue -h -t all -o %i")
    code, err = cluster.refused(f"sbatch {name}.bad")
    assert message in err and code in (1, 255)
    assert cluster("squeue -h -t all -o %i") == before


LATER = ["sbatch -L matlab:1 --wrap true",
         "sbatch --bb=x --wrap true", "sbatch --container=x --wrap true", "sbatch -M other --wrap true",
         "srun -Z true", "squeue -M other", "sinfo -M other", "scancel -M other 1",
         "scontrol takeover"]


@pytest.mark.parametrize("line", LATER)
def test_what_is_not_there_yet_is_refused_in_one_line_and_never_ignored(cluster, line):
    before = cluster("squeue -h -t all -o %i")
    code, err = cluster.refused(line)
    assert 1 <= len(err.strip().splitlines()) <= 2 and code in (1, 255)
    assert cluster("squeue -h -t all -o %i") == before


def test_a_slurm_conf_that_is_missing_is_named(cluster):

    r = subprocess.run([cluster.exe("squeue")], env=dict(cluster.env(), SLURM_CONF="/nowhere/slurm.conf"), text=True, capture_output=True)
    assert r.returncode == 1 and r.stderr == "squeue: error: /nowhere/slurm.conf: No such file or directory: set SLURM_CONF to the cluster's slurm.conf\n"
