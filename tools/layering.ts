import { dirname, join, posix } from 'node:path';
import { listImports } from './source-text.ts';

/** What the files of one folder of src/ may import. */
export interface Layer {
  readonly folder: string;
  /** Folders of which everything may be imported. */
  readonly values: readonly string[];
  /** Folders of which types may be imported. */
  readonly types: readonly string[];
  /** Packages, besides those of Node. Missing: any. */
  readonly packages?: readonly string[];
  /** Whether its code is pure: no Node, no clock, no chance, no IO. */
  readonly purity: 'pure' | 'effectful';
}

const adapters = { values: ['base', 'wire', 'ports'], types: ['core', 'config/model'] } as const;

/** The most specific folder that contains a file is its layer (see ARCHITECTURE.md). */
export const layers: readonly Layer[] = [
  { folder: 'base', values: [], types: [], packages: [], purity: 'pure' },
  { folder: 'wire', values: ['base'], types: [], packages: [], purity: 'pure' },
  { folder: 'config', values: ['base'], types: [], packages: [], purity: 'pure' },
  // YAML in words with places: a parser without IO.
  {
    folder: 'config/cluster',
    values: ['base', 'config/model'],
    types: [],
    packages: ['yaml'],
    purity: 'pure',
  },
  // Variables of containers, some in files of YAML; what they become is read as keepalived.conf.
  {
    folder: 'config/environment',
    values: ['base', 'config/keepalived'],
    types: [],
    packages: ['yaml'],
    purity: 'pure',
  },
  // What may happen to nodes, and what must hold: YAML in words with places.
  {
    folder: 'config/scenario',
    values: ['base'],
    types: [],
    packages: ['yaml'],
    purity: 'pure',
  },
  // What will go wrong, over the files of all nodes.
  {
    folder: 'config/lint',
    values: ['base', 'config/keepalived', 'config/haproxy', 'config/environment', 'config/model'],
    types: [],
    packages: [],
    purity: 'pure',
  },
  { folder: 'config/model', values: ['base'], types: [], packages: [], purity: 'pure' },
  {
    folder: 'core',
    values: ['base', 'config/model'],
    types: ['wire'],
    packages: [],
    purity: 'pure',
  },
  // From a cluster to the files of its hosts.
  {
    folder: 'plan',
    values: ['base', 'config/model'],
    types: [],
    packages: ['yaml'],
    purity: 'pure',
  },
  // From facts about a host to what is wrong with it.
  {
    folder: 'doctor',
    values: ['base', 'config/model'],
    types: [],
    packages: [],
    purity: 'pure',
  },
  {
    folder: 'ports',
    values: [],
    types: ['base', 'wire', 'core', 'config/model'],
    packages: [],
    purity: 'effectful',
  },
  {
    folder: 'linux',
    ...adapters,
    packages: [],
    purity: 'effectful',
  },
  {
    folder: 'linux/ffi',
    values: ['base', 'ports'],
    types: [],
    packages: ['koffi'],
    purity: 'effectful',
  },
  { folder: 'probe', ...adapters, purity: 'effectful' },
  { folder: 'proxy', ...adapters, purity: 'effectful' },
  {
    folder: 'kubernetes/reconcile',
    values: ['base', 'config/model'],
    types: [],
    packages: [],
    purity: 'pure',
  },
  { folder: 'kubernetes', ...adapters, purity: 'effectful' },
  { folder: 'api', values: ['base'], types: ['ports', 'config/model'], purity: 'effectful' },
  {
    folder: 'sim',
    values: ['base', 'wire', 'config', 'core', 'ports'],
    types: [],
    packages: [],
    purity: 'effectful',
  },
  {
    folder: 'lab',
    values: ['base', 'wire', 'ports', 'linux'],
    types: [],
    packages: [],
    purity: 'effectful',
  },
  {
    folder: 'cli',
    values: ['base', 'config', 'plan', 'doctor', 'api', 'sim', 'lab', 'daemon'],
    types: ['ports'],
    purity: 'effectful',
  },
  {
    folder: 'daemon',
    values: [
      ...['base', 'wire', 'config', 'core', 'doctor', 'ports'],
      ...['linux', 'probe', 'proxy', 'kubernetes', 'api'],
    ],
    types: [],
    purity: 'effectful',
  },
  // src/main.ts: which command, which process.
  { folder: '', values: ['base', 'cli', 'daemon', 'lab'], types: [], purity: 'effectful' },
];

/** The layer of a file, named relative to src/. */
export function layerOf(file: string): Layer | undefined {
  const inside = layers.filter((layer) => isInside(file, layer.folder));
  const [layer] = inside.sort((a, b) => b.folder.length - a.folder.length);
  return layer?.folder === '' && file.includes('/') ? undefined : layer;
}

/** What the imports of a source file break, as sentences. `file` is relative to src/. */
export function findLayeringBreaches(file: string, source: string): string[] {
  const layer = layerOf(file);
  if (layer === undefined) return [`src/${file}: its folder has no layer in tools/layering.ts`];
  const isTest = file.endsWith('.test.ts');
  const breaches: string[] = [];
  for (const { specifier, isTypeOnly } of listImports(source)) {
    const isAllowed = specifier.startsWith('.')
      ? mayImportFile(layer, posix.join(dirname(file), specifier), isTypeOnly || isTest)
      : isTest || mayImportPackage(layer, specifier);
    if (!isAllowed) {
      const what = isTypeOnly ? 'types of ' : '';
      breaches.push(`src/${file}: '${layer.folder}' may not import ${what}${specifier}`);
    }
  }
  return breaches;
}

function mayImportFile(layer: Layer, target: string, typesWillDo: boolean): boolean {
  if (target.startsWith('../')) return join(target) === join('../package.json');
  const targetLayer = layerOf(target)?.folder ?? '';
  // A folder's parts use each other, but for those that have a layer of their own.
  const isOwn = targetLayer === layer.folder;
  const isPartOf = layer.folder !== '' && isInside(target, layer.folder);
  if (isOwn || isPartOf) return true;
  const allowed = typesWillDo ? [...layer.values, ...layer.types] : layer.values;
  return allowed.some((folder) => isInside(target, folder));
}

function mayImportPackage(layer: Layer, specifier: string): boolean {
  if (specifier.startsWith('node:'))
    return layer.purity === 'effectful' && layer.folder !== 'ports';
  if (specifier === 'koffi') return layer.packages?.includes('koffi') ?? false;
  return layer.packages === undefined || layer.packages.includes(specifier);
}

function isInside(file: string, folder: string): boolean {
  return folder === '' || file.startsWith(`${folder}/`);
}
