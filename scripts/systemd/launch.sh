#!/bin/sh
# launch.sh CHECKOUT - from the machine: makes the control groups of one boot and becomes the `unshare` above systemd.
# The groups lie below our own in every hierarchy, so that whatever limits us limits the boot; and their name tells
# which process they belong to (its PID and start time), so that clean.sh knows what a killed run has left.
set -eu
# The new root must be open to the test user whoever calls.
umask 022
here=$(dirname "$(readlink -f "$0")")
checkout=$1

if [ "${DUENDE_LAUNCH:-}" != private ]; then
  # The mounts below are nobody else's business.
  export DUENDE_LAUNCH=private
  exec unshare --mount --propagation private "$0" "$@"
fi

. "$here/hierarchies.sh"
mount -t tmpfs -o mode=755 duende-cgroup /sys/fs/cgroup
alone=$(each_hierarchy | cut -d' ' -f1 | sort -u)
# Where systemd never ran beside version 1, nobody has made the hierarchy in which it keeps its units.
if [ "$alone" != v2 ] && ! each_hierarchy | grep -q '^v1 name=systemd '; then
  mkdir /sys/fs/cgroup/named
  mount -t cgroup -o none,name=systemd duende-cgroup /sys/fs/cgroup/named
fi

# The 22nd field; the name in parentheses may contain spaces.
start=$(sed 's/.*) //' /proc/$$/stat | cut -d' ' -f20)
each_hierarchy | while read -r kind options path; do
  mounted=$(mount_hierarchy "$kind" "$options")
  [ "$path" = / ] && path=
  group=$mounted$path/duende-systemd-$$-$start
  mkdir "$group"
  if [ -f "$group/cpuset.cpus" ] && [ "$kind" = v1 ]; then
    # A new group has no processors and no memory: nothing could enter it.
    cat "$mounted$path/cpuset.cpus" >"$group/cpuset.cpus"
    cat "$mounted$path/cpuset.mems" >"$group/cpuset.mems"
  fi
  echo $$ >"$group/cgroup.procs"
  # Version 2 alone: our group has to pass its controllers on. It may not while it has other processes; then limits do not
  # hold inside. (Beside version 1 there is nothing worth passing on.)
  if [ "$alone" = v2 ]; then
    for controller in $(cat "$mounted$path/cgroup.controllers"); do
      echo "+$controller" 2>/dev/null >"$mounted$path/cgroup.subtree_control" || true
    done
  fi
done
exec unshare --pid --mount --uts --ipc --cgroup --fork --kill-child "$here/inside.sh" "$checkout"
