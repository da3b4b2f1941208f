import assert from 'node:assert/strict';
import { test } from 'node:test';
import { millis } from '../../base/time.ts';
import { createMemoryFiles } from './files.ts';
import { readHaproxy } from './index.ts';

/** Of the first seed, with the hosts put in. */
const SEALOS = `global
  daemon
  log 127.0.0.1 local0
  log 127.0.0.1 local1 notice
  maxconn 4096
defaults
  log               global
  retries           3
  maxconn           2000
  timeout connect   5s
  timeout client    50s
  timeout server    50s
frontend k8s
  bind *:6444
  mode tcp
  default_backend k8s-backend
backend k8s-backend
  balance roundrobin
  mode tcp
  server node01 10.1.86.201:6443 check port 6443  inter 1500 rise 1 fall 3
  server node02 10.1.86.202:6443 check port 6443  inter 1500 rise 1 fall 3
`;

const XUXIAOWEI = `   global
       log         127.0.0.1 local2
       chroot      /var/lib/haproxy
       pidfile     /var/run/haproxy.pid
       maxconn     4096
       user        haproxy
       group       haproxy
       daemon
       stats socket /var/lib/haproxy/stats

   defaults
       mode                    http
       log                     global
       option                  httplog
       option                  dontlognull
       option                  http-server-close
       option                  forwardfor    except 127.0.0.0/8
       option                  redispatch
       retries                 3
       timeout http-request    10s
       timeout queue           1m
       timeout connect         10s
       timeout client          1m
       timeout server          1m
       timeout http-keep-alive 10s
       timeout check           10s
       maxconn                 3000

   frontend  kube-apiserver
       mode                 tcp
       bind                 *:9443
       option               tcplog
       default_backend      kube-apiserver

   listen stats
       mode                 http
       bind                 *:8888
       stats auth           admin:password
       stats refresh        5s
       stats realm          HAProxy\\ Statistics
       stats uri            /stats
       log                  127.0.0.1 local3 err

   backend kube-apiserver
       mode        tcp
       balance     roundrobin
       server  k8s-master1 $MASTER_1_IP:6443 check
       server  k8s-master2 $MASTER_2_IP:6443 check
`;

const read = (text: string) =>
  readHaproxy({ paths: ['haproxy.cfg'], files: createMemoryFiles({ 'haproxy.cfg': text }) });

test('the configuration of sealos', () => {
  const { config, diagnostics } = read(SEALOS);
  assert.deepEqual(diagnostics, []);
  const [front, back] = config.proxies;
  assert.deepEqual(front?.binds[0]?.addresses, [{ kind: 'ip', ip: '0.0.0.0', port: 6444 }]);
  assert.equal(front?.defaultBackend, 'k8s-backend');
  assert.equal(back?.servers.length, 2);
  const { check, port } = back?.servers[0] ?? {};
  assert.deepEqual(port, { kind: 'port', port: 6443 });
  assert.deepEqual(check, {
    ...{ inter: millis(1500), fastinter: millis(1500), downinter: millis(1500) },
    ...{ rise: 1, fall: 3, port: 6443, sendProxy: 'none' },
  });
  assert.deepEqual(
    front?.logs.map(({ facility, maxLevel }) => [facility, maxLevel]),
    [
      [16, 7],
      [17, 5],
    ],
  );
});

test('a frontend and a backend of one name, and a page with numbers', () => {
  const { config, diagnostics } = read(XUXIAOWEI.replace(/\$MASTER_(\d)_IP/g, '192.168.80.8$1'));
  assert.deepEqual(
    diagnostics.map(({ code }) => code),
    ['no-effect-here', 'same-name', 'no-effect-here'],
  );
  const [front, stats, back] = config.proxies;
  assert.deepEqual([front?.name, back?.name], ['kube-apiserver', 'kube-apiserver']);
  assert.deepEqual([front?.id, stats?.id, back?.id], [2, 3, 4]);
  assert.equal(stats?.stats?.uri, '/stats');
  assert.equal(stats?.stats?.realm, 'HAProxy Statistics');
  assert.equal(stats?.stats?.refreshSeconds, 5);
  assert.equal(stats?.stats?.users[0]?.password.reveal(), 'password');
  assert.equal(front?.redispatch, -1);
  assert.equal(front?.logFormat.kind, 'tcplog');
});

test('what a shell does to it: variables that stay, and variables that were empty', () => {
  const codesOf = (text: string) =>
    read(text).diagnostics.map(({ code, line }) => `${code} ${line}`);
  const literal = codesOf(XUXIAOWEI).filter((said) => said.startsWith('literal'));
  assert.deepEqual(literal, ['literal-variable 47', 'literal-variable 48']);
  const empty = codesOf(XUXIAOWEI.replace(/\$MASTER_\d_IP/g, '')).filter((said) =>
    said.startsWith('server-without-address'),
  );
  assert.deepEqual(empty, ['server-without-address 47', 'server-without-address 48']);
});

test('what Debian installs: a stats socket, and nothing that listens yet', () => {
  const text = `global
	log /dev/log	local0
	log /dev/log	local1 notice
	chroot /var/lib/haproxy
	stats socket /run/haproxy/admin.sock mode 660 level admin
	stats timeout 30s
	user haproxy
	group haproxy
	daemon

	# Default SSL material locations
	ca-base /etc/ssl/certs
	crt-base /etc/ssl/private
        ssl-default-bind-ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256
        ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets

defaults
	log	global
	mode	http
	option	httplog
	option	dontlognull
        timeout connect 5000
        timeout client  50000
        timeout server  50000
`;
  const { config, diagnostics } = read(text);
  assert.deepEqual(diagnostics, []);
  assert.deepEqual(config.global.statsSockets, [
    { address: { kind: 'unix', path: '/run/haproxy/admin.sock' }, level: 'admin', mode: 0o660 },
  ]);
});
