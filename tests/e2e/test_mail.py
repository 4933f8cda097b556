# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""--mail-type: MailProg is started with a subject and a recipient."""
import os

from harness import Cluster, wait_until


def test_mail_tells_of_a_job_from_its_start_to_its_end():
    with Cluster(nodes=1, conf="MailProg=@DIR@/work/mail.sh\nMailDomain=example.org") as c:
        c.script("mail.sh", f'echo "$SLURM_JOB_STATE $@" >> {c.d}/work/mails')
        job = c.submit("-J work --mail-type=ALL --mail-user=alice@home", "exit 3")
        assert c.wait_end(job) == "FAILED"
        wait_until(lambda: os.path.exists(f"{c.d}/work/mails") and len(c.file("mails").splitlines()) == 2, 20, "two mails")
        began, failed = sorted(c.file("mails").splitlines(), reverse=True)
        assert began.startswith(f"RUNNING -s Slurm Job_id={job} Name=work Began, Queued time 00:00:0")
        assert failed.startswith(f"FAILED -s Slurm Job_id={job} Name=work Failed, Run time 00:00:0")
        assert failed.endswith(", FAILED, ExitCode 3 alice@home")
