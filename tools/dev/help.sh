# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
# help: this list

echo "usage: ./dev VERB [ARGUMENTS]"
echo
for v in $(verbs); do
  use=$(sed -n 's/^# use: //p' "$ROOT/tools/dev/$v.sh" | head -1)
  printf '  %-44s %s\n' "./dev ${use:-$v}" "$(sed -n 's/^# help: //p' "$ROOT/tools/dev/$v.sh" | head -1)"
done
