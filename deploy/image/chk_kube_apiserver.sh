#!/bin/sh
# Whether a kube-apiserver answers: chk_kube_apiserver.sh ADDRESS PORT.
exec curl --silent --fail --insecure --output /dev/null --max-time 2 "https://$1:$2/healthz"
