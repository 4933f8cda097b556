# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""scontrol explain: why a job waits, all of it."""
import json, re

from harness import Cluster, wait_until


def sbatch(c, *argv):
    return c.sbatch("--mem=1", *argv, "--wrap", "sleep 1000")


def test_a_page_says_all_that_holds_a_job():
    with Cluster(nodes=3, conf="Licenses=matlab:1\n") as c:
        runs = sbatch(c, "-N1", "--exclusive", "-t", "30", "-w", "n1", "-L", "matlab")
        wait_until(lambda: c.shown(runs, "%t") == "R", 30, "the first runs")
        assert c.run("scontrol", "update", "NodeName=n3", "State=DRAIN", "Reason=broken").returncode == 0
        wide = sbatch(c, "-N2", "--exclusive", "-t", "60")
        wait_until(lambda: c.shown(wide, "%r %S") not in ("", "None N/A", "Resources N/A"), 30, "the wide job is looked at")
        page = c.run("scontrol", "explain", "job", wide)
        assert page.returncode == 0, page.stderr
        text = page.stdout
        assert text.startswith(f"Job {wide} waits: squeue shows "), text
        assert "Resources: nodes with room for a task: needs 2, has 1" in text
        assert re.search(r"^ +1 down, drained or not there: n3$", text, re.M), text
        assert re.search(r"^ +1 busy$", text, re.M) and re.search(r"^ +1 free for it, 2 needed$", text, re.M), text
        assert f"in the way, the first to end first: {runs}\n" in text
        assert re.search(r"^Expected start: \S+ \((30:00|29:\d\d) from now\) on n\[1-2\]$", text, re.M), text

        held = sbatch(c, "-N1", "-H", "-L", "matlab", "-b", "now+1hour", "-t", "10")
        data = json.loads(c.run("scontrol", "--json", "explain", held).stdout)["explanation"]
        assert [g["reason"] for g in data["gates"]] == ["JobHeldUser", "BeginTime", "Licenses"]
        assert sum(v for k, v in data["partitions"][0]["nodes"].items() if k not in ("all", "needed", "unavailable_names")) == 3
        assert data["partitions"][0]["first_ahead"]["number"] == int(wide)


def test_what_cannot_be_explained_is_said_in_one_line():
    with Cluster(nodes=1) as c:
        runs = sbatch(c, "-N1")
        wait_until(lambda: c.shown(runs, "%t") == "R", 30, "it runs")
        for words, line in (([runs], f"scontrol_explain error: job {runs} does not wait: it is RUNNING"),
                            (["job", "4711"], "scontrol_explain error: Invalid job id specified"),
                            (["node", "n1"], "invalid entity:node for keyword:explain: job is what can be explained"),
                            (["x"], None)):
            r = c.run("scontrol", "explain", *words)
            assert r.returncode == 1 and r.stdout == ""
            assert line is None or r.stderr == line + "\n"
            assert len(r.stderr.splitlines()) == 1
