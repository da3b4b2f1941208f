#!/bin/bash
# managed.sh ROOT SCRIPT: runs the script with ROOT as its root, in mount and process namespaces of its own; what it writes
# to /etc and /var is gone with it.
set -euo pipefail
inside() {
  set -e
  local root=$1
  mount --bind "$root" "$root"
  mount -t proc proc "$root/proc"
  # Read-only, as in a container: NetworkManager waits for udev otherwise.
  mount -t sysfs -o ro sys "$root/sys"
  mount --rbind /dev "$root/dev"
  mount -t tmpfs -o mode=755 run "$root/run"
  mkdir "$root/run/dbus"
  mount --bind . "$root/mnt"
  local folder above
  for folder in etc var; do
    above=$root/run/above/$folder
    mkdir -p "$above/upper" "$above/work"
    mount -t overlay -o "lowerdir=$root/$folder,upperdir=$above/upper,workdir=$above/work" overlay "$root/$folder"
  done
  exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot "$root" /bin/bash -c "$2"
}
export -f inside
exec unshare --mount --pid --fork --kill-child --propagation private bash -c 'inside "$@"' managed "$1" "$2"
