#!/bin/sh
# one-service.sh: the file of a host with one virtual server.
mkdir -p /etc/keepalived
cat > /etc/keepalived/keepalived.conf <<'END'
virtual_server 192.0.2.100 80 {
    delay_loop 1
    protocol TCP
    lvs_sched wrr
    lvs_method NAT
    @holdfast data_plane nftables
    real_server 192.0.2.7 8080 {
        weight 1
        TCP_CHECK {
            connect_timeout 1
        }
    }
}
END
