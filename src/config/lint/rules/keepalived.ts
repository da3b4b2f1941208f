/** What stands in one keepalived.conf. */
import type { Statement } from '../../keepalived/grammar/tree.ts';
import { grep, piecesOf, withoutComment } from '../lines.ts';
import { groupsOf, routersOf } from '../routers.ts';
import type { Found, NodeConfig, Rule, Subject } from '../types.ts';
import { conf, pair, script, TRACK } from './examples.ts';

const PASSWORDS = new Set(
  [
    'password passwd kubernetes kubernet 1111 1234 12345678 123456 secret d0cker changeme',
    'k8s keepalived admin root test',
  ].flatMap((line) => line.split(' ')),
);
const VRIDS = new Set([1, 50, 51, 100]);

function* knownPasswords(subject: Subject): Generator<Found> {
  for (const piece of piecesOf(subject, 'keepalived')) {
    if (piece.origin === 'derived') continue;
    for (const { at, match } of grep(piece, /\bauth_pass\s+"?([^\s"]+)/)) {
      if (!PASSWORDS.has(match[1] ?? '')) continue;
      const column = at.column + match[0].lastIndexOf(match[1] ?? '');
      const message = 'this password is one that many use, and it is sent in clear';
      yield {
        at: { ...at, column },
        message,
        hint: 'eight characters of chance, for each group its own',
      };
    }
  }
}

function* knownVrids(subject: Subject): Generator<Found> {
  for (const router of routersOf(subject)) {
    const { vrid } = router.instance;
    if (!VRIDS.has(vrid)) continue;
    const message = `VRID ${vrid} is one that many take: two groups in one network with one VRID disturb each other`;
    yield { at: router.place('virtual_router_id'), message, hint: 'take a number of your own' };
  }
}

function* openVersion3(subject: Subject): Generator<Found> {
  for (const router of routersOf(subject)) {
    if (router.instance.version !== 3 || router.instance.family !== 4) continue;
    const message = 'version 3 has no passwords: whoever is in this network can take the address';
    yield { at: router.at, message, hint: 'unicast with a firewall, or a network of its own' };
  }
}

function* quickScripts(subject: Subject): Generator<Found> {
  for (const { piece, reading } of subject.nodes) {
    const tracked = new Set(
      reading.model.instances.flatMap((each) => each.trackedScripts.map(({ name }) => name)),
    );
    for (const { name, fall, rise } of reading.model.scripts) {
      const at = reading.positions.get(`script/${name}/script`);
      if (piece.origin === 'derived' || fall > 1 || rise > 1 || at === undefined) continue;
      if (!tracked.has(name)) continue;
      const message = `one failure of '${name}' moves the address, and one success moves it back`;
      yield { at, message, hint: 'fall 2 and rise 2, say' };
    }
  }
}

function* nothingChecked(subject: Subject): Generator<Found> {
  for (const router of routersOf(subject)) {
    const { instance, config } = router;
    const { trackedScripts, trackedChecks, trackedProxies = [] } = instance;
    const tracks = trackedScripts.length + trackedChecks.length + trackedProxies.length;
    if (tracks > 0 || config.reading.loadBalancing.virtualServers.length > 0) continue;
    if (instance.addresses.length === 0 || config.piece.origin === 'derived') continue;
    const message = `no service is checked: '${instance.name}' holds its addresses though what they are for is dead`;
    yield { at: router.at, message, hint: 'track_script with a check of the service' };
  }
}

function* statements({ reading }: NodeConfig, keyword: string): Generator<Statement> {
  const within = function* (all: readonly Statement[]): Generator<Statement> {
    for (const statement of all) {
      if (statement.keyword.text === keyword) yield statement;
      yield* within(statement.block?.statements ?? []);
    }
  };
  yield* within(reading.statements);
}

function has(statement: Statement, ...keywords: readonly string[]): boolean {
  const inside = statement.block?.statements ?? [];
  return inside.some(({ keyword }) => keywords.includes(keyword.text));
}

const CHECKERS = [
  ...['TCP_CHECK', 'HTTP_GET', 'SSL_GET', 'SMTP_CHECK', 'MISC_CHECK', 'DNS_CHECK', 'UDP_CHECK'],
  ...['PING_CHECK', 'BFD_CHECK', 'FILE_CHECK', 'PROXY_CHECK'],
];

function* forwardsByDefault(subject: Subject): Generator<Found> {
  for (const config of subject.nodes) {
    for (const statement of statements(config, 'virtual_server')) {
      if (has(statement, 'lb_kind', 'lvs_method')) continue;
      const message =
        'without lb_kind connections are forwarded by NAT, with wlc: it is more than a check';
      const hint = 'write lb_kind; only to check a service, a vrrp_script is enough';
      yield { at: statement.keyword.at, message, hint };
    }
  }
}

function* unchecked(subject: Subject): Generator<Found> {
  for (const config of subject.nodes) {
    for (const statement of statements(config, 'real_server')) {
      if (has(statement, ...CHECKERS)) continue;
      const message = 'this server is never checked: connections go to it though it is dead';
      yield {
        at: statement.keyword.at,
        message,
        hint: 'TCP_CHECK, or better a check of the service',
      };
    }
  }
}

function* oneTry(subject: Subject): Generator<Found> {
  for (const config of subject.nodes) {
    for (const statement of statements(config, 'TCP_CHECK')) {
      if (has(statement, 'retry', 'nb_get_retry')) continue;
      const message = 'TCP_CHECK without retry: one connection that fails takes the server out';
      yield { at: statement.keyword.at, message, hint: 'retry 3' };
    }
  }
}

function* notifyFailover(subject: Subject): Generator<Found> {
  for (const config of subject.nodes) {
    const { instances } = config.reading.model;
    if (instances.length === 0 || instances.some((each) => each.trackedScripts.length > 0))
      continue;
    for (const statement of statements(config, 'notify_down')) {
      const path = statement.words[0]?.text ?? '';
      const message = `only ${path} could move the address when this server is down: the virtual router hears nothing`;
      const hint = 'a vrrp_script or track_check on the instance; then the script is not needed';
      yield { at: statement.keyword.at, message, hint };
    }
  }
}

function* routerIds(subject: Subject): Generator<Found> {
  for (const { routers } of groupsOf(subject)) {
    const seen = new Set<string>();
    for (const { config } of routers) {
      const { routerId } = config.reading.model.global;
      if (routerId === undefined) continue;
      if (seen.has(routerId) && config.piece.filled.size === 0) {
        const [first] = [...grep(config.piece, /^\s*router_id\s/)];
        if (first === undefined) continue;
        const message = `router_id ${routerId} is that of another node too: mails do not tell them apart`;
        yield { at: first.at, message };
      }
      seen.add(routerId);
    }
  }
}

function* byPosition(subject: Subject): Generator<Found> {
  for (const router of routersOf(subject)) {
    const { text } = router.config.piece;
    const { priority } = router.instance;
    if (!/KUBE-KEEPALIVED-VIP/.test(text) || priority <= 100) continue;
    const message = `priority ${priority} is 100 and the place of this node in a list: it changes with every node`;
    yield { at: router.place('priority'), message };
  }
}

function* leftTemplates(subject: Subject): Generator<Found> {
  for (const piece of subject.written) {
    if (piece.origin !== 'file' || !/\.(?:conf|cfg)$/.test(piece.file)) continue;
    const text = piece.text.split('\n').map(withoutComment).join('\n');
    for (const { at, match } of grep({ file: piece.file, text }, /\{\{.*?\}\}|\{%.*?%\}/)) {
      yield { at, message: `'${match[0]}' was left in place: nothing has filled this template` };
    }
  }
}

function* hostScripts({ nodes, host }: Subject): Generator<Found> {
  if (host === undefined) return;
  for (const { piece, reading } of nodes) {
    if (piece.origin !== 'file') continue;
    for (const { name, command } of reading.model.scripts) {
      const [path = ''] = command.argv;
      const at = reading.positions.get(`script/${name}/script`);
      const found = path.startsWith('/') ? host.script(path) : 'ok';
      if (at === undefined || (found !== 'missing' && found !== 'not-executable')) continue;
      const why = found === 'missing' ? 'is not there' : 'is not executable';
      yield { at, message: `${path} ${why}: the check is dropped, and nothing is checked` };
    }
  }
}

function* hostInterfaces({ nodes, host }: Subject): Generator<Found> {
  for (const { piece, reading } of host === undefined ? [] : nodes) {
    if (piece.origin !== 'file') continue;
    for (const { name, interface: link } of reading.model.instances) {
      const at = reading.positions.get(`instance/${name}/interface`);
      if (at === undefined || host?.interface(link) !== 'missing') continue;
      yield { at, message: `this host has no interface ${link}: keepalived ends` };
    }
  }
}

const IPVS = (more: readonly string[], real: readonly string[]): string =>
  `${[
    'virtual_server 10.0.0.9 80 {',
    '    delay_loop 5',
    ...more.map((line) => `    ${line}`),
    '    protocol TCP',
    '    real_server 10.0.0.1 80 {',
    ...real.map((line) => `        ${line}`),
    '    }',
    '}',
  ].join('\n')}\n`;
const KIND = ['lb_algo rr', 'lb_kind NAT'];
const CHECK = ['TCP_CHECK {', '    connect_timeout 3', '    retry 3', '}'];
const AUTH = (password: string): string[] => [
  'authentication {',
  '    auth_type PASS',
  `    auth_pass ${password}`,
  '}',
];
const file = (text: string): Readonly<Record<string, string>> => ({ 'keepalived.conf': text });
const global = (...lines: readonly string[]): string[] => [
  'global_defs {',
  ...lines.map((line) => `    ${line}`),
  '}',
];

export const KEEPALIVED_RULES: readonly Rule[] = [
  {
    code: 'known-password',
    severity: 'warning',
    title: 'A password that many use.',
    explanation:
      'Passwords of VRRP are sent in clear: they only keep groups apart that have met by mistake, and a ' +
      'password of a guide does not do that.',
    bad: file(conf({ more: AUTH('1111') })),
    good: file(conf({ more: AUTH('x7Kp2mQz') })),
    check: knownPasswords,
  },
  {
    code: 'known-vrid',
    severity: 'info',
    title: 'A VRID that many use.',
    explanation:
      'Two groups with one VRID in one network elect each other; defaults of products meet.',
    bad: file(conf({ vrid: 51 })),
    good: file(conf({ vrid: 77 })),
    check: knownVrids,
  },
  {
    code: 'no-authentication',
    severity: 'info',
    title: 'Version 3 of VRRP has no passwords.',
    explanation: 'Anybody in the network can take the address by an advert of priority 255.',
    bad: file(conf({ more: ['version 3'] })),
    good: file(conf()),
    check: openVersion3,
  },
  {
    code: 'script-without-fall',
    severity: 'warning',
    title: 'One failed check moves the address.',
    explanation:
      'fall and rise are 1 unless written: one slow answer moves the address and the next moves it back, ' +
      'each time with an interruption.',
    bad: file(conf({ before: script(-20, []), more: TRACK })),
    good: file(conf({ before: script(-20), more: TRACK })),
    check: quickScripts,
  },
  {
    code: 'nothing-checked',
    severity: 'info',
    title: 'No service is checked, only the host and its interface.',
    explanation: 'The address stays on a host whose service is dead.',
    bad: file(conf()),
    good: file(conf({ before: script(0), more: TRACK })),
    check: nothingChecked,
  },
  {
    code: 'lvs-by-default',
    severity: 'warning',
    title: 'A virtual server without lb_kind forwards connections.',
    explanation:
      'Since keepalived 2.0 the defaults are wlc and NAT. Where it was meant to check only, the passive ' +
      'node catches its own connections to the address and sends them to its own server.',
    bad: file(IPVS([], CHECK)),
    good: file(IPVS(KIND, CHECK)),
    check: forwardsByDefault,
  },
  {
    code: 'server-never-checked',
    severity: 'warning',
    title: 'A real server without a check.',
    explanation: 'It gets connections though it is dead.',
    bad: file(IPVS(KIND, ['weight 1'])),
    good: file(IPVS(KIND, CHECK)),
    check: unchecked,
  },
  {
    code: 'check-without-retry',
    severity: 'info',
    title: 'A TCP_CHECK that tries once.',
    explanation:
      'One connection that is refused or too slow takes the server out. A lost packet alone does not: the kernel ' +
      'sends it again after a second.',
    bad: file(IPVS(KIND, ['TCP_CHECK {', '    connect_timeout 3', '}'])),
    good: file(IPVS(KIND, CHECK)),
    check: oneTry,
  },
  {
    code: 'failover-by-notify',
    severity: 'warning',
    title: 'Only a notify_down script could move the address.',
    explanation:
      'The virtual router does not follow the check. If the script is missing or fails, nothing moves; if it ' +
      'kills keepalived and something starts it again, the address may come back to the dead service.',
    bad: file(`${conf()}${IPVS(KIND, ['notify_down /etc/keepalived/down.sh', ...CHECK])}`),
    good: file(`${conf()}${IPVS(KIND, CHECK)}`),
    check: notifyFailover,
  },
  {
    code: 'same-router-id',
    severity: 'warning',
    title: 'Nodes have one router_id.',
    explanation: 'It names the node in mails and SNMP; nothing else depends on it.',
    bad: pair(
      { priority: 100, before: global('router_id lb') },
      { priority: 90, before: global('router_id lb') },
    ),
    good: pair(
      { priority: 100, before: global('router_id a') },
      { priority: 90, before: global('router_id b') },
    ),
    check: routerIds,
  },
  {
    code: 'priority-by-position',
    severity: 'warning',
    title: 'The priority is the place of the node in a list.',
    explanation:
      'kube-keepalived-vip counts nodes: with each that comes or goes the election changes.',
    bad: file(conf({ priority: 104, before: global('vrrp_iptables KUBE-KEEPALIVED-VIP') })),
    good: file(conf({ priority: 104 })),
    check: byPosition,
  },
  {
    code: 'template-left',
    severity: 'error',
    title: 'An expression of a template stands in a finished file.',
    explanation: 'keepalived and HAProxy take it literally, as words or braces.',
    bad: file(conf({ addresses: ['{{ vip }}'] })),
    good: file(conf()),
    check: leftTemplates,
  },
  {
    code: 'script-unusable',
    severity: 'error',
    title: 'A script does not exist on this host, or is not executable.',
    explanation:
      'keepalived drops such a check and runs without it. It is looked at only with --host, on the node itself.',
    bad: file(conf({ before: script(0), more: TRACK })),
    good: file(conf()),
    check: hostScripts,
  },
  {
    code: 'interface-missing',
    severity: 'error',
    title: 'The interface does not exist on this host.',
    explanation: 'keepalived ends with “Non-existent interface”. It is looked at only with --host.',
    bad: file(conf()),
    good: file(IPVS(KIND, CHECK)),
    check: hostInterfaces,
  },
];
