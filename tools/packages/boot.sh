#!/bin/sh
# boot.sh ROOT GROUP: systemd as process 1 of the Debian in ROOT, in a control group, process, mount and name
# namespaces of its own, and in the network that is there. It ends with this process.
set -e
root=$1
group=/sys/fs/cgroup/systemd/$2
mkdir -p "$group"
echo $$ >"$group/cgroup.procs"
# shellcheck disable=SC2016
exec unshare --pid --mount --uts --ipc --cgroup --fork --kill-child sh -ec '
  root=$1
  mount --make-rprivate /
  mount --bind "$root" "$root"
  mount -t proc proc "$root/proc"
  mount -t sysfs sysfs "$root/sys"
  for folder in run tmp dev sys/fs/cgroup; do mount -t tmpfs -o mode=755 tmpfs "$root/$folder"; done
  chmod 1777 "$root/tmp"
  mkdir "$root/sys/fs/cgroup/systemd" "$root/dev/pts" "$root/dev/shm"
  mount -t cgroup -o none,name=systemd cgroup "$root/sys/fs/cgroup/systemd"
  mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
  ln -s pts/ptmx "$root/dev/ptmx"
  ln -s /proc/self/fd "$root/dev/fd"
  for device in null zero full random urandom tty; do
    touch "$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
  done
  touch "$root/dev/console"
  mount --bind /dev/null "$root/dev/console"
  # What is the same for the whole machine stays as it is.
  for file in kernel vm fs; do mount --bind "$root/proc/sys/$file" "$root/proc/sys/$file"; done
  for file in kernel vm fs; do mount -o remount,bind,ro "$root/proc/sys/$file"; done
  exec env -i container=lab PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    chroot "$root" /lib/systemd/systemd --unit=multi-user.target --show-status=0
' sh "$root"
