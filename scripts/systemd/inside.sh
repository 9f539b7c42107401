#!/bin/bash
# inside.sh CHECKOUT - the first process of the new namespaces: makes the machine that systemd sees, and becomes systemd.
# Its root is an overlay over the machine's with all changes in memory: accounts, journal, units, /var/lib, /etc.
set -eu
here=$(dirname "$(readlink -f "$0")")
checkout=$(realpath "$1")
# /proc is still the machine's: there we read who we are outside. (bash, since reading needs no further process.)
read -r pid _ </proc/self/stat
. "$here/hierarchies.sh"
mount --make-rprivate /
# Whatever is hidden by what we mount stays reachable through it.
cd "$checkout"

mount -t tmpfs -o mode=755 duende /run
root=/run/root
mkdir -p /run/upper /run/work $root
mount -t overlay -o lowerdir=/,upperdir=/run/upper,workdir=/run/work duende-root $root
mkdir -p $root/{proc,sys,dev,run,tmp,var/tmp,var/log/journal,checkout,old}

mount -t proc proc $root/proc
# Kernel settings are the whole machine's.
mount --bind $root/proc/sys $root/proc/sys
mount -o remount,bind,ro $root/proc/sys
mount -t sysfs -o ro sysfs $root/sys
if [ "${DUENDE_TEST_CGROUPS:-}" != unified ] && grep -qv '^0:' /proc/self/cgroup; then
  mount -t tmpfs -o mode=755 tmpfs $root/sys/fs/cgroup
  each_hierarchy | while read -r kind options _; do mount_hierarchy "$kind" "$options" $root/sys/fs/cgroup >/dev/null; done
else
  mount -t cgroup2 cgroup2 $root/sys/fs/cgroup
fi

mount -t tmpfs -o mode=755 tmpfs $root/dev
mkdir $root/dev/{pts,shm,mqueue}
for device in null zero full random urandom tty fuse; do
  [ -e /dev/$device ] || continue
  touch $root/dev/$device
  mount --bind /dev/$device $root/dev/$device
done
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts $root/dev/pts
mount -t tmpfs -o mode=1777 tmpfs $root/dev/shm
ln -s pts/ptmx $root/dev/ptmx
ln -s /proc/self/fd $root/dev/fd
for n in 0:stdin 1:stdout 2:stderr; do ln -s /proc/self/fd/${n%:*} $root/dev/${n#*:}; done

mount -t tmpfs -o mode=755 tmpfs $root/run
mkdir -p $root/run/lock
for folder in tmp var/tmp; do mount -t tmpfs -o mode=1777 tmpfs $root/$folder; done
# Journald uses at most a tenth of it unless told (journald.conf below).
mount -t tmpfs -o mode=755,size=1G tmpfs $root/var/log/journal

# The test user must be able to read the checkout wherever it lies and whatever umask made it.
if [ -n "$(find . ! -type l ! -perm -o=r -print -quit)$(find . -type d ! -perm -o=x -print -quit)" ]; then
  mkdir -p /run/checkout /run/checkout-work
  mount -t overlay -o lowerdir=.,upperdir=/run/checkout,workdir=/run/checkout-work,metacopy=on duende-checkout $root/checkout
  chmod -R o+rX $root/checkout
else
  mount --bind . $root/checkout
fi

cd $root
pivot_root . old
# A hung machine-wide mount must not hold us up.
umount -l /old
exec chroot . /checkout/scripts/systemd/setup.sh "$pid"
