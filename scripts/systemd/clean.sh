#!/bin/sh
# Removes the control groups of boots whose process is gone (all else of a boot is in its namespaces and ends with them).
set -eu
here=$(dirname "$(readlink -f "$0")")
if [ "${DUENDE_CLEAN:-}" != private ]; then
  export DUENDE_CLEAN=private
  exec unshare --mount --propagation private "$0" "$@"
fi
. "$here/hierarchies.sh"
mount -t tmpfs -o mode=755 duende-cgroup /sys/fs/cgroup
each_hierarchy | while read -r kind options _; do mount_hierarchy "$kind" "$options" >/dev/null; done
find /sys/fs/cgroup -mindepth 2 -type d -name 'duende-systemd-*' -prune | while read -r group; do
  owner=${group##*/duende-systemd-}
  pid=${owner%-*}
  now=$(sed 's/.*) //' "/proc/$pid/stat" 2>/dev/null | cut -d' ' -f20 || true)
  [ "$now" = "${owner#*-}" ] && continue
  # The kernel takes a moment to let go of a group after its last process.
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || true
    [ -d "$group" ] || break
    sleep 0.1
  done
  [ -d "$group" ] && echo "cannot remove $group" >&2
  true
done
