/** The images with VIP, VRID, INTERFACE, PRIORITY and REAL_IP: a pair of databases, of which one holds the address. */
import { Draft, type Value } from './draft.ts';
import { judge } from './judge.ts';
import { Notes, placeOf } from './notes.ts';
import { type ContainerSetup, isMounted, MARK, type Translation } from './setup.ts';
import { describeUses, type Read } from './uses.ts';
import { cleanValue } from './values.ts';
import { VIP_ALIASES, VIP_VARIABLES } from './vip-variables.ts';

const PATH = '/etc/keepalived/keepalived.conf';
/** Run when the database is gone, where somebody has mounted it; the check moves the address without it. */
const DOWN_SCRIPT = '/etc/keepalived/mysql.sh';
const NEEDED = new Map([
  ['VIP', 'set it to the virtual address'],
  ['VRID', 'set it to a number from 1 to 255 that no other group of the network has'],
  ['INTERFACE', 'set it to a name that ip link shows'],
]);
const MYSQL_PORT = '3306';

export function translateVip({ env, argv, files }: ContainerSetup): Translation {
  const notes = new Notes();
  const read = new Map<string, Read>();
  const one = (name: string): Value => {
    const names = [name, ...(VIP_ALIASES.get(name) ?? [])];
    const found = names.find((each) => (env[each] ?? '') !== '');
    const preset = VIP_VARIABLES.find((each) => each.name === name)?.default ?? '';
    const value =
      found === undefined
        ? { text: preset, variable: name }
        : cleanValue(found, env[found] ?? '', notes);
    read.set(found ?? name, {
      origin: found === undefined ? 'default' : 'environment',
      values: [value],
    });
    const hint = NEEDED.get(name);
    if (value.text === '' && hint !== undefined) {
      notes.add({
        code: 'image-variable-missing',
        about: placeOf(name),
        message: 'it is not set',
        hint,
      });
    }
    return value;
  };
  const isOwn = isMounted(files, PATH);
  const draft = isOwn
    ? undefined
    : fill(one, files.read(DOWN_SCRIPT) !== undefined ? 'there' : 'missing');
  return {
    image: 'vip-keepalived',
    ...(draft !== undefined && { configuration: { path: PATH, text: draft.text } }),
    command: argv.length > 0 ? argv : ['/usr/sbin/keepalived', '-n', '-l', '-D', '-f', PATH],
    uses: describeUses(VIP_VARIABLES, read),
    scripts: [],
    diagnostics: [
      ...notes.all,
      ...(draft === undefined ? [] : judge({ draft, path: PATH, blame: {}, template: 'own' })),
    ],
  };
}

function fill(one: (name: string) => Value, downScript: 'there' | 'missing'): Draft {
  const draft = new Draft(MARK);
  const [address, server] = [one('VIP'), one('REAL_IP')];
  const isChecked = server.text !== '';
  if (isChecked) addCheck(draft, server);
  draft.add('global_defs {');
  draft.add('  smtp_server 127.0.0.1');
  draft.add('  smtp_connect_timeout 30');
  draft.add('  router_id MYSQL_HA');
  draft.add('}');
  draft.add('vrrp_instance VI_1 {');
  draft.add('  state BACKUP');
  draft.add('  interface ', one('INTERFACE'));
  draft.add('  virtual_router_id ', one('VRID'));
  draft.add('  priority ', one('PRIORITY'));
  draft.add('  advert_int 1');
  draft.add('  nopreempt');
  draft.add('  authentication {');
  draft.add('    auth_type PASS');
  draft.add('    auth_pass 1111');
  draft.add('  }');
  draft.addBlock('  ', 'virtual_ipaddress', [address]);
  if (isChecked) {
    for (const line of ['track_check {', '  real_server', '}']) draft.add(`  @holdfast ${line}`);
  }
  draft.add('}');
  if (isChecked) addServer(draft, { address, server, downScript });
  return draft;
}

/** Of holdfast alone: a failure is a fault of the instance, which gives the address up. */
function addCheck(draft: Draft, server: Value): void {
  draft.add('@holdfast track_check real_server {');
  draft.add('@holdfast   delay_loop 2');
  draft.add('@holdfast   TCP_CHECK {');
  draft.add('@holdfast     connect_ip ', server);
  draft.add(`@holdfast     connect_port ${MYSQL_PORT}`);
  draft.add('@holdfast     connect_timeout 3');
  draft.add('@holdfast   }');
  draft.add('@holdfast }');
}

interface ServerParts {
  readonly address: Value;
  readonly server: Value;
  readonly downScript: 'there' | 'missing';
}

/** Without forwarding, by which the standby would send connections to the address to its own database. */
function addServer(draft: Draft, { address, server, downScript }: ServerParts): void {
  const bare = { ...address, text: address.text.split('/')[0] ?? '' };
  draft.add('virtual_server ', bare, ` ${MYSQL_PORT} {`);
  draft.add('  delay_loop 2');
  draft.add('  lvs_sched wlc');
  draft.add('  @holdfast lvs_method none');
  draft.add('  persistence_timeout 50');
  draft.add('  protocol TCP');
  draft.add('  real_server ', server, ` ${MYSQL_PORT} {`);
  draft.add('    weight 3');
  if (downScript === 'there') draft.add(`    notify_down ${DOWN_SCRIPT}`);
  draft.add('    TCP_CHECK {');
  draft.add('      connect_timeout 3');
  draft.add('    }');
  draft.add('  }');
  draft.add('}');
}
