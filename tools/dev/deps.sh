# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
# use: deps
# help: install every Debian package the project needs (root or sudo)

ensure_deps
echo "every package is installed"
