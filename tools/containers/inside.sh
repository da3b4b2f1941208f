#!/bin/bash
# inside.sh ROOT COMMAND...: runs the command while ROOT is the root of a machine, which is entered by
#   nsenter --mount=/run/machine/ns/mnt COMMAND...
# Started in mount and process namespaces that nobody else has: whatever happens, no mount, container or process
# outlives it. This shell is process 1 there, and takes the exits of what loses its parent.
set -euo pipefail
root=$1
shift
exec 9>"$root.lock"
flock 9
# A boot, for podman: what was running the last time is not.
mount -t tmpfs -o mode=755 tmpfs /run
# Seen by both under the same path, and empty.
export TMPDIR=${root%/*}/tmp
mkdir -p "$TMPDIR" "$root$TMPDIR"
mount -t tmpfs tmpfs "$TMPDIR"

# In a namespace whose root it is: with a chroot alone, what joins a container sees the files of the host.
machine() {
  set -e
  mount --bind "$root" "$root"
  local folder
  for folder in proc sys dev run; do mount --rbind "/$folder" "$root/$folder"; done
  # Locks of podman's: not those of the host.
  mount -t tmpfs tmpfs "$root/dev/shm"
  mount --bind "$TMPDIR" "$root$TMPDIR"
  mount --bind . "$root/mnt"
  cp /etc/resolv.conf "$root/etc/resolv.conf"
  mkdir -p "$root/old"
  cd "$root"
  pivot_root . old
  umount --lazy /old
  echo ready
  exec sleep infinity
}
export root
export -f machine
coproc unshare --mount bash -c machine
read -r <&"${COPROC[0]}"
ln -s "/proc/$COPROC_PID" /run/machine
"$@"
