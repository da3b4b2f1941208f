#!/bin/sh
# Tells the log of the container what keepalived tells a notify script: INSTANCE|GROUP NAME STATE [PRIORITY].
case $3 in
  MASTER | BACKUP | FAULT | STOP | DELETED) echo "$1 $2 is now $3" >/proc/1/fd/1 ;;
  *)
    echo "$1 $2 is in a state that is not known: $3" >/proc/1/fd/1
    exit 1
    ;;
esac
