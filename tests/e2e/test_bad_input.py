# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""Bad input gets a clear line and a failing exit code, and changes nothing."""
import socket

import pytest

BAD = ["sbatch nosuchfile.sh", "sbatch --no-such-option --wrap true", "sbatch -t bogus --wrap true", "sbatch -p nosuch --wrap true",
       "sbatch --mem=abc --wrap true", "sbatch -n abc --wrap true", "sbatch -w nosuchnode --wrap true", "sbatch -N 2-1 --wrap true",
       "sbatch -C nosuchfeature --wrap true", "sbatch --gres=gpu:1 --wrap true", "sbatch -L matlab:1 --wrap true", "sbatch -d afterok:1 --wrap true",
       "sbatch --contiguous --wrap true", "sbatch --reservation=nosuch --wrap true", "sbatch --array=1-3 --wrap true", "squeue --bogus", "squeue -j 99999", "squeue -t BOGUS",
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
