#!/bin/bash
# setup.sh PID - in the new root, as PID 1: accounts, units and settings of the test machine; then becomes systemd.
set -eu
echo "duende-$1" >/etc/hostname
hostname "duende-$1"
tr -d - </proc/sys/kernel/random/uuid >/etc/machine-id
echo 'duende-test:x:1500:1500::/home/duende-test:/bin/bash' >>/etc/passwd
echo 'duende-test:x:1500:' >>/etc/group
echo 'duende-test:*:19000::::::' >>/etc/shadow
# What the machine itself runs in is nothing to what is booted here.
rm -f /.dockerenv /run/.containerenv
mkdir -p /home/duende-test /var/lib/systemd/linger
chmod 755 /home
chmod 700 /home/duende-test
chown 1500:1500 /home/duende-test
touch /var/lib/systemd/linger/duende-test

# No unit and no setting of the machine's administrator: only what systemd and dbus bring.
mount -t tmpfs -o mode=755 tmpfs /etc/systemd
mkdir -p /etc/systemd/{system,user,journald.conf.d}
printf '[Journal]\nStorage=persistent\nSystemMaxUse=900M\nRuntimeMaxUse=100M\nRateLimitIntervalSec=0\n' >/etc/systemd/journald.conf.d/duende.conf
# Not for a machine of namespaces: they concern the kernel, the console, devices or the clock, or write where it is read-only.
for unit in dev-hugepages.mount dev-mqueue.mount kmod-static-nodes.service proc-sys-fs-binfmt_misc.automount \
  sys-fs-fuse-connections.mount sys-kernel-config.mount sys-kernel-debug.mount sys-kernel-tracing.mount \
  systemd-binfmt.service systemd-firstboot.service systemd-machine-id-commit.service systemd-modules-load.service \
  systemd-random-seed.service systemd-repart.service systemd-sysctl.service systemd-sysusers.service \
  systemd-tmpfiles-setup-dev.service systemd-tmpfiles-clean.timer systemd-update-utmp.service systemd-udevd.service \
  systemd-udev-trigger.service systemd-udevd-control.socket systemd-udevd-kernel.socket systemd-timesyncd.service \
  systemd-ask-password-console.path systemd-ask-password-wall.path systemd-journald-audit.socket \
  systemd-hwdb-update.service systemd-journal-catalog-update.service systemd-update-done.service systemd-remount-fs.service \
  systemd-pcrphase.service systemd-pcrphase-sysinit.service modprobe@.service; do
  ln -s /dev/null /etc/systemd/system/$unit
done
cat >/etc/systemd/system/duende.target <<'UNIT'
[Unit]
Description=A machine for the tests of Duende
Requires=basic.target dbus.service systemd-logind.service systemd-user-sessions.service
After=basic.target dbus.service systemd-logind.service systemd-user-sessions.service
AllowIsolate=yes
UNIT
ln -s duende.target /etc/systemd/system/default.target
echo "pid $1"
# Neither the clock nor the modules of the machine.
exec setpriv --bounding-set=-sys_time,-sys_module --inh-caps=-sys_time,-sys_module \
  env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 container=namespaces \
  /usr/lib/systemd/systemd --system --unit=duende.target --show-status=no
