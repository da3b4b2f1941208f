/** osixia/keepalived, up to 2.0.20 and as it was rewritten in 2026. */
import type { Diagnostic } from '../../base/diagnostics.ts';
import { readList, readOne } from './complex-values.ts';
import { Draft, type Value } from './draft.ts';
import { judge } from './judge.ts';
import { Notes, placeOf } from './notes.ts';
import { type Definition, readDefinitions } from './osixia-environment.ts';
import { type OsixiaOptions, readOsixiaOptions } from './osixia-options.ts';
import { OSIXIA_VARIABLES } from './osixia-variables.ts';
import { tellOutOfReach } from './reach.ts';
import {
  type Configuration,
  type ContainerFiles,
  type ContainerSetup,
  isMounted,
  MARK,
  type Translation,
} from './setup.ts';
import { fillTemplate } from './template.ts';
import { describeUses, type Read } from './uses.ts';
import { wordsOf } from './values.ts';

export type OsixiaDialect = 'classic' | '2026';

const CLASSIC_CONFIG = '/usr/local/etc/keepalived/keepalived.conf';
const CLASSIC_TEMPLATE = '/container/service/keepalived/assets/keepalived.conf';
const COPIED_SERVICE = '/container/run/service/keepalived/assets/keepalived.conf';
const PROGRAM = '/usr/local/sbin/keepalived';
const LISTS = ['KEEPALIVED_UNICAST_PEERS', 'KEEPALIVED_VIRTUAL_IPS'];
const NOTIFY = { classic: 'KEEPALIVED_NOTIFY', '2026': 'KEEPALIVED_NOTIFY_SCRIPT' } as const;
const BLAME = {
  'no-peers': 'KEEPALIVED_UNICAST_PEERS',
  'no-addresses': 'KEEPALIVED_VIRTUAL_IPS',
  'nopreempt-cleared': 'KEEPALIVED_STATE',
};
/** What both releases write when nobody mounts a template of his own. */
const TEMPLATE = `global_defs {
  default_interface {{ KEEPALIVED_INTERFACE }}
}

vrrp_instance VI_1 {
  interface {{ KEEPALIVED_INTERFACE }}

  state {{ KEEPALIVED_STATE }}
  virtual_router_id {{ KEEPALIVED_ROUTER_ID }}
  priority {{ KEEPALIVED_PRIORITY }}
  nopreempt

  unicast_peer {
    {{ KEEPALIVED_UNICAST_PEERS }}
  }

  virtual_ipaddress {
    {{ KEEPALIVED_VIRTUAL_IPS }}
  }

  authentication {
    auth_type PASS
    auth_pass {{ KEEPALIVED_PASSWORD }}
  }

  {{ KEEPALIVED_NOTIFY }}
}
`;

/** `dialect`: what somebody has said that it is. */
export function translateOsixia(
  setup: ContainerSetup,
  dialect?: OsixiaDialect | undefined,
): Translation {
  const notes = new Notes();
  const options = readOsixiaOptions(setup.argv, notes);
  const files: ContainerFiles = options.readsEnvironmentFiles
    ? setup.files
    : { ...setup.files, list: () => [] };
  const definitions = readDefinitions(setup.env, files, notes);
  const names = [...definitions.keys()].filter((name) => name.startsWith('KEEP'));
  notes.addNearMisses(names, OSIXIA_VARIABLES);
  const language = dialect ?? findDialect(names, options, setup.files);
  return new Osixia(setup, { options, definitions, notes, dialect: language }).translate();
}

/** Names and options of the new release count where nothing of the old one is there. */
function findDialect(
  names: readonly string[],
  { evidence }: OsixiaOptions,
  files: ContainerFiles,
): OsixiaDialect {
  const named = OSIXIA_VARIABLES.flatMap(({ name, dialect }) =>
    dialect !== undefined && names.includes(name) ? [dialect] : [],
  );
  const found = new Set([...evidence, ...named]);
  const isOld =
    found.has('classic') ||
    [CLASSIC_CONFIG, CLASSIC_TEMPLATE].some((path) => isMounted(files, path));
  const isNew = found.has('2026') || isMounted(files, '/etc/keepalived/keepalived.conf');
  return isNew && !isOld ? '2026' : 'classic';
}

interface OsixiaParts {
  readonly options: OsixiaOptions;
  readonly definitions: ReadonlyMap<string, Definition>;
  readonly notes: Notes;
  readonly dialect: OsixiaDialect;
}

class Osixia {
  readonly #setup: ContainerSetup;
  readonly #options: OsixiaOptions;
  readonly #definitions: ReadonlyMap<string, Definition>;
  readonly #notes: Notes;
  readonly #dialect: OsixiaDialect;
  readonly #read = new Map<string, Read>();

  constructor(setup: ContainerSetup, { options, definitions, notes, dialect }: OsixiaParts) {
    this.#setup = setup;
    this.#options = options;
    this.#definitions = definitions;
    this.#notes = notes;
    this.#dialect = dialect;
  }

  translate(): Translation {
    const isNew = this.#dialect === '2026';
    const path = isNew ? this.#one('KEEPALIVED_CONF').text : CLASSIC_CONFIG;
    const isOwn = isMounted(this.#setup.files, path);
    const draft = isOwn || !this.#options.runsStartup ? undefined : this.#fill();
    const command = this.#command(path);
    const configuration = draft && this.#place(path, draft);
    const notify = this.#one(NOTIFY[this.#dialect]).text;
    if (isNew && this.#definitions.has('KEEPALIVED_NOTIFY')) this.#tellOld();
    if (draft !== undefined) this.#tellOutOfReach();
    return {
      image: 'osixia-keepalived',
      dialect: this.#dialect,
      ...(configuration !== undefined && { configuration }),
      ...(isNew && { watched: path }),
      command,
      uses: describeUses(OSIXIA_VARIABLES, this.#read),
      scripts: notify === '' || draft === undefined ? [] : [notify],
      diagnostics: [...this.#notes.all, ...this.#judge(draft, path)],
    };
  }

  #judge(draft: Draft | undefined, path: string): readonly Diagnostic[] {
    if (draft === undefined) return [];
    const template = this.#isTemplateMounted() ? 'mounted' : 'own';
    return judge({ draft, path, blame: BLAME, template });
  }

  /** Where the old image had it; a file that somebody has mounted is not written over. */
  #place(path: string, { text }: Draft): Configuration {
    if (this.#dialect === '2026') return { path, text };
    const isTaken = this.#options.copiesService || isMounted(this.#setup.files, CLASSIC_TEMPLATE);
    return { path: isTaken ? COPIED_SERVICE : CLASSIC_TEMPLATE, text, link: path };
  }

  #command(path: string): readonly string[] {
    const { command, runsProcess, forKeepalived } = this.#options;
    if (command.length > 0) return command;
    if (!runsProcess) return ['/bin/sleep', 'infinity'];
    const written =
      this.#dialect === 'classic' ? this.#one('KEEPALIVED_COMMAND_LINE_ARGUMENTS').text : '';
    const options = [...wordsOf(written), ...forKeepalived];
    return [PROGRAM, '-f', path, '--dont-fork', '--log-console', ...options];
  }

  #fill(): Draft {
    const draft = new Draft(MARK);
    const { template, dialect } = this.#template();
    const notify = this.#one(NOTIFY[this.#dialect]);
    fillTemplate(
      template,
      dialect,
      {
        list: (name) => (LISTS.includes(name) ? this.#list(name) : undefined),
        optional: (name) =>
          name === 'KEEPALIVED_NOTIFY' && notify.text === '' ? 'absent' : 'present',
        one: (name) => {
          if (name === 'KEEPALIVED_NOTIFY')
            return notify.text === '' ? [] : ['notify "', notify, '"'];
          const isKnown = OSIXIA_VARIABLES.some((one) => one.name === name);
          if (isKnown) return [this.#one(name)];
          // envsubst knows all variables, sed those of the image.
          return dialect === '2026' ? [this.#setup.env[name] ?? ''] : undefined;
        },
      },
      draft,
    );
    return draft;
  }

  #template(): { readonly template: string; readonly dialect: OsixiaDialect } {
    const text = this.#isTemplateMounted()
      ? this.#setup.files.read(this.#templatePath())
      : undefined;
    if (text !== undefined) return { template: text, dialect: this.#dialect };
    return { template: TEMPLATE, dialect: 'classic' };
  }

  #templatePath(): string {
    if (this.#dialect === 'classic') return CLASSIC_TEMPLATE;
    return this.#one('KEEPALIVED_CONF_TEMPLATE').text;
  }

  #isTemplateMounted(): boolean {
    return isMounted(this.#setup.files, this.#templatePath());
  }

  #one(name: string): Value {
    const known = this.#read.get(name);
    const [first] = known?.values ?? [];
    if (known !== undefined) return first ?? { text: '', variable: name };
    const { value, origin } = this.#definition(name);
    const read = readOne(name, value, this.#notes);
    this.#read.set(name, { origin, values: [read] });
    return read;
  }

  #list(name: string): readonly Value[] {
    const known = this.#read.get(name);
    if (known !== undefined) return known.values;
    const { value, origin } = this.#definition(name);
    const isDefault = origin === 'default';
    const values = isDefault
      ? wordsOf(value).map((text) => ({ text, variable: name }))
      : readList(name, value, this.#notes);
    if (isDefault) this.#tellDefault(name, value);
    this.#read.set(name, { origin, values });
    return values;
  }

  #definition(name: string): Definition {
    const preset = OSIXIA_VARIABLES.find((one) => one.name === name)?.default ?? '';
    return this.#definitions.get(name) ?? { value: preset, origin: 'default' };
  }

  #tellDefault(name: string, value: string): void {
    const isPeers = name === 'KEEPALIVED_UNICAST_PEERS';
    const meaning = isPeers
      ? 'advertisements go to these two addresses and not by multicast'
      : 'these two addresses are taken';
    this.#notes.add({
      code: 'image-default',
      about: placeOf(name),
      message: `it is not set, so that the image's example ${value} is in force: ${meaning}`,
      hint: isPeers ? 'set it to the other hosts, or to nothing for multicast' : 'set it',
    });
  }

  #tellOutOfReach(): void {
    const { networks } = this.#setup;
    const [peers, addresses] = LISTS.map((name) => this.#read.get(name)?.values ?? []);
    // The example of the image is told of already.
    const isDefault = LISTS.some((name) => this.#read.get(name)?.origin === 'default');
    if (networks === undefined || isDefault) return;
    tellOutOfReach({ peers: peers ?? [], addresses: addresses ?? [], networks }, this.#notes);
  }

  #tellOld(): void {
    this.#notes.add({
      code: 'image-variable-old',
      about: placeOf('KEEPALIVED_NOTIFY'),
      message: 'the image of 2026 does not know it: it is ignored',
      hint: 'set KEEPALIVED_NOTIFY_SCRIPT, or HOLDFAST_IMAGE=osixia-keepalived-classic',
    });
  }
}
