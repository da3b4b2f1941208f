/** arcts/keepalived: a file made by its start script. */
import { ARCTS_VARIABLES } from './arcts-variables.ts';
import { Draft, type Value } from './draft.ts';
import { judge } from './judge.ts';
import { Notes, placeOf } from './notes.ts';
import { tellOutOfReach } from './reach.ts';
import { type ContainerSetup, isMounted, MARK, type Translation } from './setup.ts';
import { describeUses, findVariable, type Read } from './uses.ts';
import { cleanValue, wordsOf } from './values.ts';

const SCRIPT = '/usr/lib/keepalived/scripts/chk_kube_apiserver.sh';
const BLAME = {
  'no-peers': 'KEEPALIVED_UNICAST_PEER_0',
  'no-addresses': 'KEEPALIVED_VIRTUAL_IPADDRESS_1',
};
const IPV4 = /[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}/;

export function translateArcts(setup: ContainerSetup): Translation {
  return new Arcts(setup).translate();
}

class Arcts {
  readonly #setup: ContainerSetup;
  readonly #notes = new Notes();
  readonly #read = new Map<string, Read>();
  /** Those that a shell has, in its order. */
  readonly #names: readonly string[];

  constructor(setup: ContainerSetup) {
    this.#setup = setup;
    this.#names = Object.keys(setup.env)
      .filter((name) => /^[A-Za-z_]\w*$/.test(name) && setup.env[name] !== undefined)
      .sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  }

  translate(): Translation {
    const ours = this.#names.filter((name) => /^KEEP|^KUBE_API/.test(name));
    this.#notes.addNearMisses(ours, ARCTS_VARIABLES);
    const path = this.#one('KEEPALIVED_CONF').text;
    const isMade = this.#isTrue('KEEPALIVED_AUTOCONF');
    const draft = isMade ? this.#fill() : undefined;
    if (!isMade && !isMounted(this.#setup.files, path)) {
      this.#notes.add({
        code: 'image-config-missing',
        about: placeOf('KEEPALIVED_AUTOCONF'),
        message: `it is not true, so that ${path} is to be mounted, and there is none`,
        hint: 'set KEEPALIVED_AUTOCONF=true, or mount the file',
      });
    }
    const command = this.#command(path);
    return {
      image: 'arcts-keepalived',
      ...(draft !== undefined && { configuration: { path, text: draft.text } }),
      command,
      uses: describeUses(ARCTS_VARIABLES, this.#read),
      scripts: [],
      diagnostics: [
        ...this.#notes.all,
        ...(draft === undefined ? [] : judge({ draft, path, blame: BLAME, template: 'own' })),
      ],
    };
  }

  #command(path: string): readonly string[] {
    if ((this.#setup.env.KEEPALIVED_CMD ?? '') !== '')
      return wordsOf(this.#one('KEEPALIVED_CMD').text);
    const detail = this.#isTrue('KEEPALIVED_DEBUG') ? ['-D'] : [];
    return ['/usr/sbin/keepalived', '-n', '-l', ...detail, '-f', path];
  }

  #fill(): Draft {
    const draft = new Draft(MARK);
    const addresses = this.#numbered('KEEPALIVED_VIRTUAL_IPADDRESS_<n>');
    if (addresses.length === 0) {
      this.#notes.add({
        code: 'image-variable-missing',
        about: placeOf('KEEPALIVED_VIRTUAL_IPADDRESS_1'),
        message: 'no virtual address is given',
        hint: 'set it to ADDRESS/LENGTH dev INTERFACE',
      });
    }
    const isChecked = this.#isTrue('KEEPALIVED_KUBE_APISERVER_CHECK');
    draft.add('global_defs {');
    draft.add('  router_id LVS_MAIN');
    draft.add('}');
    if (isChecked) this.#addCheck(draft, addresses);
    this.#addInstance(draft, addresses);
    if (isChecked)
      draft.addBlock('  ', 'track_script', [
        { text: 'chk_kube_apiserver', variable: 'KEEPALIVED_KUBE_APISERVER_CHECK' },
      ]);
    draft.add('}');
    return draft;
  }

  #addInstance(draft: Draft, addresses: readonly Value[]): void {
    const device = this.#one('KEEPALIVED_INTERFACE');
    draft.add('vrrp_instance MAIN {');
    draft.add('  state ', this.#one('KEEPALIVED_STATE'));
    draft.add('  interface ', device);
    draft.add('  virtual_router_id ', this.#one('KEEPALIVED_VIRTUAL_ROUTER_ID'));
    draft.add('  priority ', this.#priority());
    draft.add('  advert_int ', this.#one('KEEPALIVED_ADVERT_INT'));
    draft.add('  unicast_src_ip ', this.#source(device.text));
    const peers = this.#numbered('KEEPALIVED_UNICAST_PEER_<n>');
    const { networks } = this.#setup;
    if (networks !== undefined) tellOutOfReach({ peers, addresses, networks }, this.#notes);
    draft.addBlock('  ', 'unicast_peer', peers);
    draft.add('  authentication {');
    draft.add('    auth_type PASS');
    draft.add('    auth_pass ', this.#password());
    draft.add('  }');
    draft.addBlock('  ', 'virtual_ipaddress', addresses);
    const excluded = this.#numbered('KEEPALIVED_VIRTUAL_IPADDRESS_EXCLUDED_<n>');
    if (excluded.length > 0) draft.addBlock('  ', 'virtual_ipaddress_excluded', excluded);
    const tracked = this.#numbered('KEEPALIVED_TRACK_INTERFACE_<n>');
    draft.addBlock('  ', 'track_interface', tracked.length > 0 ? tracked : [device]);
  }

  #addCheck(draft: Draft, addresses: readonly Value[]): void {
    draft.add('vrrp_script chk_kube_apiserver {');
    const [address, port] = [this.#checkedAddress(addresses), this.#one('KUBE_APISERVER_PORT')];
    draft.add(`  script "${SCRIPT} `, address, ' ', port, '"');
    draft.add('  interval ', this.#one('KUBE_APISERVER_CHK_INTERVAL'));
    draft.add('  fall ', this.#one('KUBE_APISERVER_CHK_FALL'));
    draft.add('  rise ', this.#one('KUBE_APISERVER_CHK_RISE'));
    const weight = this.#one('KUBE_APISERVER_CHK_WEIGHT');
    draft.add('  weight ', weight);
    draft.add('}');
    const isDefaultGap = (this.#setup.env.KEEPALIVED_PRIORITY ?? '') === '';
    if (!isDefaultGap || !/^-([0-9]|[1-9][0-9])$/.test(weight.text)) return;
    this.#notes.add({
      code: 'image-weight',
      about: placeOf(weight.variable),
      message:
        `${weight.text} leaves a master of 200 above the 100 of a backup: ` +
        'the check never moves the address',
      hint: 'set it to -101 or less, or to 0, by which a failed check is a fault',
    });
  }

  /** The first address of the first variable; of several in one value the original made broken lines. */
  #checkedAddress(addresses: readonly Value[]): Value {
    if ((this.#setup.env.KUBE_APISERVER_ADDRESS ?? '') !== '')
      return this.#one('KUBE_APISERVER_ADDRESS');
    const variable = 'KUBE_APISERVER_ADDRESS';
    const found = IPV4.exec(addresses[0]?.text ?? '')?.[0];
    if (found === undefined && addresses.length > 0) {
      this.#notes.add({
        code: 'image-variable-missing',
        about: placeOf(variable),
        message:
          'it is not set, and the first virtual address is not of IPv4, so that it cannot be taken instead',
        hint: 'set it to the address that the check is to ask',
      });
    }
    const value = { text: found ?? '', variable };
    this.#read.set(variable, { origin: 'default', values: [value] });
    return value;
  }

  #priority(): Value {
    const name = 'KEEPALIVED_PRIORITY';
    if ((this.#setup.env[name] ?? '') !== '') return this.#one(name);
    const state = this.#one('KEEPALIVED_STATE').text;
    const preset = { MASTER: '200', BACKUP: '100' }[state.toUpperCase()];
    if (preset === undefined) {
      this.#notes.add({
        code: 'image-no-default',
        about: placeOf(name),
        message: `it is not set, and KEEPALIVED_STATE=${state} has no default for it`,
        hint: 'set KEEPALIVED_STATE to MASTER or BACKUP, or set this one from 1 to 254',
      });
    }
    return this.#preset(name, preset ?? '');
  }

  #password(): Value {
    const name = 'KEEPALIVED_AUTH_PASS';
    if ((this.#setup.env[name] ?? '') !== '') return this.#one(name);
    return this.#preset(name, `pwd${this.#one('KEEPALIVED_VIRTUAL_ROUTER_ID').text}`);
  }

  #source(device: string): Value {
    const name = 'KEEPALIVED_UNICAST_SRC_IP';
    if ((this.#setup.env[name] ?? '') !== '') return this.#one(name);
    const address = this.#setup.firstAddress(device);
    if (address === undefined) {
      this.#notes.add({
        code: 'image-no-address',
        about: placeOf(name),
        message: `it is not set, and the interface ${device} is not there or has no IPv4 address`,
        hint: "set it to this host's address, or KEEPALIVED_INTERFACE to a name that ip link shows",
      });
    }
    return this.#preset(name, address ?? '');
  }

  #preset(name: string, text: string): Value {
    const value = { text, variable: name };
    this.#read.set(name, { origin: 'default', values: [value] });
    return value;
  }

  #one(name: string): Value {
    const [known] = this.#read.get(name)?.values ?? [];
    if (known !== undefined) return known;
    const given = this.#setup.env[name] ?? '';
    const preset = findVariable(ARCTS_VARIABLES, name)?.default ?? '';
    const value =
      given === '' ? { text: preset, variable: name } : cleanValue(name, given, this.#notes);
    this.#read.set(name, { origin: given === '' ? 'default' : 'environment', values: [value] });
    return value;
  }

  /** In alphabetical order of the names; a name that only contains such a one counts as well. */
  #numbered(name: string): readonly Value[] {
    const pattern = new RegExp(name.replace('<n>', '[0-9]{1,3}'));
    const values: Value[] = [];
    for (const found of this.#names.filter((one) => pattern.test(one))) {
      const value =
        this.#read.get(found)?.values[0] ??
        cleanValue(found, this.#setup.env[found] ?? '', this.#notes);
      this.#read.set(found, { origin: 'environment', values: [value] });
      if (value.text !== '') values.push(value);
    }
    return values;
  }

  #isTrue(name: string): boolean {
    return this.#one(name).text.toLowerCase() === 'true';
  }
}
