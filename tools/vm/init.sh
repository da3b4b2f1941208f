#!/bin/busybox sh
# The first program in the guest: the host's tree below, read-only, memory above it, then the job.
bb=/bin/busybox
$bb mkdir /dev /proc /below /above /root
$bb mount -t devtmpfs dev /dev
$bb mount -t proc proc /proc
$bb modprobe -a virtio_pci 9pnet_virtio 9p overlay
plan9=trans=virtio,version=9p2000.L,msize=524288
# Nobody changes the host's files during a run.
$bb mount -t 9p -o ro,$plan9,cache=loose tree /below || exit
$bb mount -t tmpfs above /above
$bb mkdir /above/upper /above/work
$bb mount -t overlay -o lowerdir=/below,upperdir=/above/upper,workdir=/above/work root /root || exit
cd /root || exit
$bb mount -t proc proc proc
$bb mount -t sysfs sys sys
$bb mount -t devtmpfs dev dev
$bb mount -t cgroup2 cgroup sys/fs/cgroup
$bb mount -t tmpfs -o mode=755 run run
$bb mkdir -p dev/pts dev/shm run/lock run/vm lib/modules
$bb mount -t devpts pts dev/pts
$bb mount -t tmpfs shm dev/shm
$bb mount -t 9p -o $plan9 share run/vm || exit
# The kernel calls it to load modules; the host may have none, or another one.
$bb rm -f sbin/modprobe
$bb cp $bb sbin/modprobe
$bb cp $bb run/
$bb ln -sfn "$($bb cat run/vm/modules)" "lib/modules/$($bb uname -r)"
exec $bb switch_root /root /bin/bash /run/vm/job
