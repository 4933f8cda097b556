#!/bin/bash
# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
# Whole suite, one implementation or more.  usage: all.sh NAME=PREFIX[,NAME=PREFIX] OUTDIR
cd "$(dirname "$0")"; P=${1:?}; O=${2:?}; mkdir -p "$O"
r() { f=$1; shift; timeout 3000 python3 run.py --peers "$P" --out "$O/$f.jsonl" "$@" >>"$O/$f.log" 2>&1; }
r default -w w1,w3,w9,w10 --rounds 2
r default-paced -w w10 --set w10.pace=0.1 --set w10.trials=2
r default-w2 -w w2 --rounds 2
r w7 -w w7
r w4w6 -w w4 --set w4.sizes=10000,20000,50000 --set w4.restart_at=20000
r tuned -w w2,w1,w3 --profile tuned
r w5-default -w w5
r w8 -w w8
r htcdoc -w w2 --profile htcdoc
r w5-tuned -w w5 --profile tuned
echo done > "$O/ALL_DONE"
