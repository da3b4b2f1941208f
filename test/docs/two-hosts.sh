#!/bin/sh
# two-hosts.sh WEB DB: the files of one of two hosts, with the priorities of its two virtual routers. Where that of
# web is 150 its check fails, as the pages show it.
set -e
mkdir -p /etc/keepalived /etc/haproxy
cat > /etc/keepalived/keepalived.conf <<END
global_defs {
    script_user root
    enable_script_security
    @holdfast peer_key correct-horse-battery-staple
    @holdfast http_socket /run/holdfast-http.sock
}

vrrp_script check_web {
    script "/usr/local/bin/check_web $1"
    interval 1
    weight -20
}

vrrp_instance web {
    state BACKUP
    interface eth0
    virtual_router_id 51
    priority $1
    advert_int 1
    virtual_ipaddress {
        192.0.2.10/24
    }
    track_script {
        check_web
    }
}

vrrp_instance db {
    state BACKUP
    interface eth0
    virtual_router_id 52
    priority $2
    advert_int 1
    virtual_ipaddress {
        192.0.2.11/24
    }
}
END
cat > /usr/local/bin/check_web <<'END'
#!/bin/sh
[ "$1" != 150 ] || { echo 'connection refused'; exit 7; }
END
chmod +x /usr/local/bin/check_web
cat > /etc/haproxy/haproxy.cfg <<'END'
defaults
    mode tcp
    timeout connect 1s
    timeout client 10s
    timeout server 10s

listen api-server
    bind :6443
    server a 192.0.2.100:6443
END
