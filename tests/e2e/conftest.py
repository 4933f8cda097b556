# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""One cluster of three nodes for all tests of a file that ask for `cluster`; tests that break things start their own."""
import os, sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import Cluster


@pytest.fixture(scope="module")
def cluster():
    with Cluster(nodes=3, conf="KillWait=1") as c:
        yield c
