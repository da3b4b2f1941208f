/** The two files of seed 002's MySQL pair, word for word, with their comments and errors. */
export function mysqlConf(role: 'master' | 'slave'): string {
  return role === 'master' ? masterConf : slaveConf;
}

export const mysqlVip = '192.168.143.32';
export const tenantVip = '192.168.143.33';

const masterConf = `! Configuration File forkeepalived
global_defs {
    smtp_server 127.0.0.1
    smtp_connect_timeout 30
    router_id MYSQL_HA        #标识，不同keepalived实例router_id不能相同
}
vrrp_instance VI_1 {		 #定义vrrp实例 
    state BACKUP              #两台都设置BACKUP
    interface bond0           #虚IP要绑定的端口
    virtual_router_id 32      #主备相同，不同实例该值不能相同, //sun:同一实例下virtual_router_id必须相同 
    priority 100              #优先级，backup设置90
    advert_int 1			 //MASTER与BACKUP负载均衡器之间同步检查的时间间隔，单位是秒 
    nopreempt                 #不主动抢占资源
    authentication {
        auth_type PASS
        auth_pass 1111
    }
    virtual_ipaddress {
        192.168.143.32        #虚IP
    }
}
virtual_server VIP 3306 {
    delay_loop 2			 # service polling的delay时间，即服务轮询的时间间隔
    #lb_algo rr               #LVS算法，用不到，我们就关闭了
    #lb_kind DR               #LVS模式，如果不关闭，备用服务器不能通过VIP连接主MySQL
    persistence_timeout 50    #同一IP的连接60秒内被分配到同一台真实服务器
    protocol TCP			 #健康检查用的是TCP还是UDP
    real_server 192.168.143.65 3306 {   #检测本地mysql，backup也要写检测本地mysql; //sun:此时mysql的master容器的节点的ip地址是192.168.143.65
            weight 3		#sun:权重
            notify_down /etc/keepalived/mysql.sh    #当mysq服务down时，执行此脚本，杀死keepalived实现切换
            TCP_CHECK {
                connect_timeout 3    #连接超时
                #nb_get_retry 3       #重试次数
                #delay_before_retry 3 #重试间隔时间
    }
}
`;

const slaveConf = `! Configuration File forkeepalived
global_defs {
    smtp_server 127.0.0.1
    smtp_connect_timeout 30
    router_id MYSQL_HA        #标识，不同keepalived实例router_id不能相同
}
vrrp_instance VI_1 {
    state BACKUP              #两台都设置BACKUP
    interface bond0            #虚IP要绑定的端口
    virtual_router_id 32      #主备相同，不同实例该值不能相同
    priority 90              #优先级，backup设置90
    advert_int 1
    nopreempt                 #不主动抢占资源
    authentication {
        auth_type PASS
        auth_pass 1111
    }
    virtual_ipaddress {
        192.168.143.32        #虚IP
    }
}
virtual_server VIP 3306 {
    delay_loop 2
    #lb_algo rr               #LVS算法，用不到，我们就关闭了
    #lb_kind DR              #LVS模式，如果不关闭，备用服务器不能通过VIP连接主MySQL
    persistence_timeout 50  #同一IP的连接60秒内被分配到同一台真实服务器
    protocol TCP
    real_server 192.168.143.60 3306 {   #检测本地mysql，backup也要写检测本地mysql
            weight 3
            notify_down /etc/keepalived/mysql.sh    #当mysq服务down时，执行此脚本，杀死keepalived实现切换
            TCP_CHECK {
                connect_timeout 3    #连接超时
                #nb_get_retry 3       #重试次数
                #delay_before_retry 3 #重试间隔时间
    }
}
`;

/** The tenant's file, as kube-keepalived-vip writes it. */
export const tenantConf = `global_defs {
  vrrp_version 3
  vrrp_iptables KUBE-KEEPALIVED-VIP

  lvs_timeouts tcp 7200 tcpfin 120 udp 300
  lvs_sync_daemon bond0 vips
}

vrrp_instance vips {
  state BACKUP
  interface bond0
  virtual_router_id 33
  priority 100
  nopreempt
  advert_int 1
  
  track_interface {
    bond0
  }

  virtual_ipaddress { 
    192.168.143.33
  }
}

# Service: default/t1-vip
virtual_server 192.168.143.33 5432 {
  delay_loop 5
  lvs_sched wlc
  lvs_method NAT
  persistence_timeout 7200
  protocol TCP

  real_server 10.244.0.6 5432 {
    weight 1
    # close TCP_CHECK for adb. Maybe TCP_CHECK should be open for others.
    #TCP_CHECK { 
    #  connect_port 5432
    #  connect_timeout 3
    #  retry 10
    #  delay_before_retry 3
    #}
  }
}
`;
