#!/bin/sh
# Builds duende-agent (the guest's) and duende-bridge (the host's), the same bytes each time:
#   build.sh [x64|arm64] [--to-stdout [NAME]]
# x64 needs Debian's musl-tools. arm64 needs gcc-aarch64-linux-gnu and MUSL_ARM64, a folder with Debian's unpacked
# musl-dev:arm64 (dpkg --add-architecture arm64; apt-get download musl-dev:arm64; dpkg -x FILE FOLDER).
set -eu
cd "$(dirname "$0")"
arch=${1:-x64}
flags="-std=gnu11 -Os -static -s -Wall -Wextra -Werror -Wno-missing-field-initializers -ffunction-sections
  -fdata-sections -fno-asynchronous-unwind-tables -fno-ident -ffile-prefix-map=$PWD=. -Wl,--gc-sections
  -Wl,--build-id=none -Wl,-z,norelro"
init=../../container/init native=../../native/supervisor
agent="main.c settings.c mounts.c groups.c modules.c root.c net.c clock.c power.c channel.c link.c vsock.c frames.c run.c rehearse.c mirror.c
  relay.c end.c exec.c exec-io.c files.c stats.c kmsg.c init.c init-logs.c init-oom.c init-child.c
  $init/config.c $init/state.c $init/room.c $init/signals.c $init/tree.c $init/report.c $init/life.c $init/loop.c
  $init/loopback.c $native/util.c $native/notify.c $native/control.c $native/health.c"
bridge="bridge.c bridge-vmm.c bridge-boot.c bridge-link.c bridge-frames.c bridge-log.c bridge-page.c bridge-control.c bridge-exec.c channel.c $native/util.c"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

build() {
  case $arch in
    x64) musl-gcc $flags $2 -o "$work/$1" ;;
    arm64)
      lib=$MUSL_ARM64/usr/lib/aarch64-linux-musl
      gcc=$(dirname "$(aarch64-linux-gnu-gcc -print-libgcc-file-name)")
      aarch64-linux-gnu-gcc $flags -fno-stack-protector -mno-outline-atomics -nostdinc -nostdlib \
        -isystem "$MUSL_ARM64/usr/include/aarch64-linux-musl" -isystem "$gcc/include" \
        "$lib/crt1.o" "$lib/crti.o" $2 -Wl,--start-group "$lib/libc.a" "$gcc/libgcc.a" -Wl,--end-group "$lib/crtn.o" \
        -o "$work/$1"
      ;;
    *) echo "build.sh: unknown processor $arch" >&2; exit 2 ;;
  esac
}

if [ "${2:-}" = --to-stdout ]; then
  case ${3:-duende-agent} in
    duende-agent) build duende-agent "$agent" ;;
    duende-bridge) build duende-bridge "$bridge" ;;
    *) echo "build.sh: unknown program $3" >&2; exit 2 ;;
  esac
  cat "$work/${3:-duende-agent}"
else
  build duende-agent "$agent"
  build duende-bridge "$bridge"
  mkdir -p "../prebuilt/linux-$arch"
  install -m 755 "$work/duende-agent" "$work/duende-bridge" "../prebuilt/linux-$arch/"
  ls -l "../prebuilt/linux-$arch/"
fi
