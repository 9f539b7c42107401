#!/bin/sh
# Builds the probe as one static program, the same bytes each time, and writes the manifest that a test checks.
#   probe/build.sh [x64|arm64]
# x64 needs Debian's musl-tools. arm64 needs gcc-aarch64-linux-gnu, and in MUSL_ARM64 a folder with Debian's unpacked
# musl-dev:arm64 (dpkg --add-architecture arm64; apt-get download musl-dev:arm64; dpkg -x FILE FOLDER).
set -eu
cd "$(dirname "$0")/.."
export LC_ALL=C
arch=${1:-x64}
out=prebuilt/linux-$arch
flags="-std=c11 -Wall -Wextra -Werror -static -Os -s -fno-ident -ffunction-sections -fdata-sections
  -fno-asynchronous-unwind-tables -ffile-prefix-map=$PWD=. -Wl,--gc-sections -Wl,--build-id=none -Wl,-z,norelro"
mkdir -p "$out"
case $arch in
  x64) musl-gcc $flags -o "$out/probe" probe/probe.c ;;
  arm64)
    include=$MUSL_ARM64/usr/include/aarch64-linux-musl
    lib=$MUSL_ARM64/usr/lib/aarch64-linux-musl
    gcc=$(dirname "$(aarch64-linux-gnu-gcc -print-libgcc-file-name)")
    aarch64-linux-gnu-gcc $flags -fno-stack-protector -mno-outline-atomics -nostdinc -nostdlib \
      -isystem "$include" -isystem "$gcc/include" "$lib/crt1.o" "$lib/crti.o" probe/probe.c \
      -Wl,--start-group "$lib/libc.a" "$gcc/libgcc.a" -Wl,--end-group "$lib/crtn.o" -o "$out/probe"
    ;;
  *) echo "probe/build.sh: unknown processor $arch" >&2; exit 2 ;;
esac
chmod 0755 "$out/probe"
hash() { sha256sum "$1" | cut -d' ' -f1; }
cat > "$out/manifest.json" <<JSON
{
  "source": {
    "file": "probe/probe.c",
    "sha256": "$(hash probe/probe.c)"
  },
  "binary": {
    "file": "$out/probe",
    "sha256": "$(hash "$out/probe")"
  }
}
JSON
cat "$out/manifest.json"
