/**
 * Configurations with virtual servers, each in two versions, of which the second is what a reload finds.
 * The servers 10.9.0.1 to .4 and fd09::1 to ::4 answer on port 8080; those ending in 2 fail for a while.
 */
export interface CorpusEntry {
  readonly name: string;
  readonly text: string;
  readonly reloaded: string;
  /**
   * What keepalived 2.2.7 makes of a reload is not what it makes of the file: services of the first
   * version stay in the kernel for ever, thresholds stay as they were.
   */
  readonly leaves?: 'at reload';
  /** What ipvsadm lists besides services. */
  readonly shows?: readonly ('--timeout' | '--daemon')[];
}

type Lines = readonly string[];

/** A patient one: a machine that is busy fails no server, what has no address fails at once. */
const CHECK = ['TCP_CHECK {', 'connect_timeout 5', 'retry 1', 'delay_before_retry 1', '}'];

function block(head: string, lines: Lines): string {
  return `${head} {\n${lines.join('\n')}\n}`;
}

/** `10.9.0.N 8080`, checked. */
function real(number: number, ...lines: Lines): string {
  return block(`real_server 10.9.0.${number} 8080`, [...lines, ...CHECK]);
}

function real6(number: number, ...lines: Lines): string {
  return block(`real_server fd09::${number} 8080`, [...lines, ...CHECK]);
}

function virtual(key: string, ...lines: Lines): string {
  return block(`virtual_server ${key}`, ['delay_loop 1', ...lines]);
}

/** The port of the servers: with direct routing and tunnels holdfast refuses another. */
const VIP = '10.8.0.1 8080';
const VIP6 = 'fd08::1 8080';
const NAT = ['lvs_sched rr', 'lvs_method NAT', 'protocol TCP'];

const ANOTHER = virtual('10.8.9.9 8080', ...NAT, real(3));

/** The usual one, with these lines besides, and servers 1 to 3. */
function usual(...lines: Lines): string {
  return virtual(VIP, ...NAT, ...lines, real(1), real(2), real(3));
}

/** The reload finds one virtual server more, so that it shows in the kernel whatever else changes. */
function entry(name: string, text: string, reloaded = text): CorpusEntry {
  return { name, text, reloaded: `${reloaded}\n${ANOTHER}` };
}

const schedulers = 'rr wrr lc wlc lblc lblcr sh mh dh fo ovf sed nq'.split(' ');
const next = (index: number): string => schedulers[(index + 1) % schedulers.length] ?? 'rr';
const scheduled = (scheduler: string, ...lines: Lines): string =>
  virtual(VIP, `lvs_sched ${scheduler}`, 'lvs_method NAT', ...lines, real(1, 'weight 3'), real(2));

export const corpus: readonly CorpusEntry[] = [
  ...schedulers.map((scheduler, index) =>
    entry(`scheduler ${scheduler}`, scheduled(scheduler), scheduled(next(index))),
  ),
  entry('sh-fallback and sh-port', scheduled('sh', 'sh-fallback', 'sh-port'), scheduled('sh')),
  entry('mh-fallback and mh-port', scheduled('mh', 'mh-port'), scheduled('mh', 'mh-fallback')),
  entry('the old words', usual('lb_algo wrr', 'lb_kind DR'), usual('lb_algo wlc', 'lb_kind TUN')),
  entry('no scheduler and no protocol', virtual(VIP, 'lvs_method NAT', real(1), real(2))),
  entry('direct routing', usual('lvs_method DR'), usual('lvs_method NAT')),
  entry('tunnels', usual('lvs_method TUN'), usual('lvs_method DR')),
  entry(
    'tunnels of other kinds',
    usual('lvs_method TUN type gue port 6080 csum'),
    usual('lvs_method TUN type gre nocsum'),
  ),
  entry(
    'a method for each server',
    virtual(VIP, ...NAT, real(1, 'lvs_method DR'), real(2), real(3, 'lvs_method TUN')),
    virtual(VIP, ...NAT, real(1), real(2, 'lvs_method DR'), real(3, 'lvs_method TUN')),
  ),
  entry('UDP', usual('protocol UDP'), usual('protocol UDP', 'lvs_sched wlc')),
  entry('SCTP', usual('protocol SCTP'), usual('protocol TCP')),
  entry('one packet', usual('protocol UDP', 'ops'), usual('protocol UDP')),
  entry(
    'IPv6',
    virtual(VIP6, ...NAT, real6(1), real6(2), real6(3)),
    virtual(VIP6, ...NAT, real6(1), real6(2, 'weight 7')),
  ),
  entry('IPv6 by tunnel', virtual(VIP6, ...NAT, 'lvs_method TUN', real6(1), real6(2))),
  entry(
    'IPv4 servers behind an IPv6 address',
    virtual(VIP6, ...NAT, 'lvs_method TUN', real(1), real(2)),
  ),
  entry('persistence', usual('persistence_timeout 600'), usual('persistence_timeout 300')),
  entry('persistence by default', usual('persistence_timeout'), usual()),
  entry(
    'persistence by network',
    usual('persistence_timeout 50', 'persistence_granularity 255.255.255.0'),
    usual('persistence_timeout 50', 'persistence_granularity 255.255.0.0'),
  ),
  entry(
    'IPv6 persistence by network',
    virtual(
      VIP6,
      ...NAT,
      'persistence_timeout 50',
      'persistence_granularity 64',
      real6(1),
      real6(2),
    ),
  ),
  entry(
    'a persistence engine',
    usual('protocol UDP', 'persistence_timeout 50', 'persistence_engine sip'),
    usual('protocol UDP', 'persistence_timeout 50'),
  ),
  entry(
    'all ports of an address',
    virtual('10.8.0.1', ...NAT, 'persistence_timeout 50', ...portless(1, 2)),
  ),
  entry('a firewall mark', virtual('fwmark 7', ...NAT, real(1), real(2))),
  entry(
    'an IPv6 firewall mark',
    virtual('fwmark 8', ...NAT, 'ip_family inet6', real6(1), real6(2)),
  ),
  entry(
    'weights',
    virtual(VIP, ...NAT, real(1, 'weight 0'), real(2, 'weight 100'), real(3, 'weight 65535')),
    virtual(VIP, ...NAT, real(1, 'weight 5'), real(2, 'weight 0'), real(3, 'weight 1')),
  ),
  entry(
    'weights of the virtual server',
    virtual(VIP, ...NAT, 'weight 9', real(1), real(2, 'weight 2')),
  ),
  {
    ...entry(
      'thresholds',
      virtual(VIP, ...NAT, real(1, 'uthreshold 100', 'lthreshold 50'), real(2, 'uthreshold 9')),
      virtual(VIP, ...NAT, real(1, 'uthreshold 90', 'lthreshold 40'), real(2)),
    ),
    leaves: 'at reload',
  },
  entry(
    'inhibit_on_failure',
    virtual(VIP, ...NAT, real(1), real(2, 'weight 4', 'inhibit_on_failure'), real(3)),
    virtual(VIP, ...NAT, real(1), real(2, 'weight 4'), real(3)),
  ),
  entry('inhibit_on_failure of the virtual server', usual('inhibit_on_failure'), usual()),
  entry(
    'a sorry server',
    virtual(VIP, ...NAT, 'sorry_server 10.9.0.4 8080', real(2)),
    virtual(VIP, ...NAT, 'sorry_server 10.9.0.3 8080', real(2)),
  ),
  entry(
    'a sorry server that is inhibited',
    virtual(VIP, ...NAT, 'sorry_server 10.9.0.4 8080', 'sorry_server_inhibit', real(2)),
  ),
  entry(
    'a sorry server of another method',
    virtual(VIP, ...NAT, 'sorry_server 10.9.0.4 8080', 'sorry_server_lvs_method DR', real(2)),
  ),
  entry(
    'a quorum',
    usual('quorum 3', 'sorry_server 10.9.0.4 8080'),
    usual('quorum 2', 'sorry_server 10.9.0.4 8080'),
  ),
  entry(
    'a quorum with hysteresis',
    usual('quorum 2', 'hysteresis 1', 'sorry_server 10.9.0.4 8080'),
  ),
  entry('a quorum without a sorry server', usual('quorum 3')),
  entry('alpha and omega', usual('alpha', 'omega'), usual('alpha')),
  entry(
    'servers without checks',
    virtual(VIP, ...NAT, block('real_server 10.9.0.1 80', ['weight 2']), real(2)),
    virtual(VIP, ...NAT, block('real_server 10.9.0.1 80', ['weight 3']), real(2)),
  ),
  {
    name: 'a group of addresses',
    text: grouped('10.8.0.1 80', '10.8.0.2 81', '10.8.1.1-3 82'),
    reloaded: grouped('10.8.0.2 81', '10.8.1.2-4 82'),
    leaves: 'at reload',
  },
  {
    name: 'a group of marks',
    text: grouped('fwmark 11', 'fwmark 12'),
    reloaded: grouped('fwmark 12', 'fwmark 13'),
    leaves: 'at reload',
  },
  entry('a group of both', grouped('10.8.0.9 80', 'fwmark 21')),
  entry(
    'virtual servers that come and go',
    [usual(), virtual('10.8.0.2 80', ...NAT, real(1), real(2))].join('\n'),
    [usual(), virtual('10.8.0.3 80', ...NAT, real(2), real(3))].join('\n'),
  ),
  entry(
    'servers that come and go',
    virtual(VIP, ...NAT, real(1), real(2)),
    virtual(VIP, ...NAT, real(2), real(3), real(4, 'weight 2')),
  ),
  entry(
    'a port and a protocol each',
    [usual(), usual('protocol UDP'), virtual('10.8.0.1 81', ...NAT, real(2))].join('\n'),
  ),
  {
    ...entry(
      'timeouts',
      global('lvs_timeouts tcp 700 tcpfin 60 udp 90', usual()),
      global('lvs_timeouts tcp 800 udp 80', usual('lvs_sched wrr')),
    ),
    shows: ['--timeout'],
  },
  {
    ...entry(
      'synchronisation',
      global('lvs_sync_daemon eth0 id 5', usual()),
      global('lvs_sync_daemon eth0 id 6 maxlen 1000', usual('lvs_sched wrr')),
    ),
    shows: ['--daemon'],
  },
];

function global(line: string, text: string): string {
  return `${block('global_defs', [line])}\n${text}`;
}

function portless(...numbers: readonly number[]): Lines {
  return numbers.map((number) =>
    block(`real_server 10.9.0.${number} 0`, [
      ...CHECK.map((line) => (line === 'TCP_CHECK {' ? 'TCP_CHECK {\nconnect_port 8080' : line)),
    ]),
  );
}

function grouped(...entries: Lines): string {
  const group = block('virtual_server_group all', entries);
  return `${group}\n${virtual('group all', ...NAT, real(1), real(2))}`;
}
