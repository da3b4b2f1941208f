/** What a package installs, as a table: every file, where it comes from, and its mode. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

export const LIBRARY = '/usr/lib/holdfast';
const DOCS = '/usr/share/doc/holdfast';

export type Contents =
  | { readonly kind: 'file'; readonly source: string }
  /** Compressed, as manuals and change logs are. */
  | { readonly kind: 'compressed'; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'link'; readonly target: string };

export interface Entry {
  /** On the host, absolute. */
  readonly path: string;
  readonly mode: number;
  readonly contents: Contents;
}

export interface Family {
  /** Of functions of zsh, in /usr/share/zsh. */
  readonly zshFolder: string;
  /** In the folder of documents. */
  readonly documents: readonly { readonly name: string; readonly contents: Contents }[];
}

export interface Sources {
  /** The checkout. */
  readonly root: string;
  /** The bundles, as compiled by `node`. */
  readonly bundles: string;
  /** The runtime's program. */
  readonly node: string;
  /** Its licence. */
  readonly nodeLicense: string;
  /** holdfast(8). */
  readonly manual: string;
  /** The others, `holdfast-plan.8` and their texts. */
  readonly manuals: readonly { readonly name: string; readonly text: string }[];
  readonly completions: Readonly<Record<'bash' | 'zsh' | 'fish', string>>;
  /** What differs from one family of systems to the other. */
  readonly family: Family;
}

/** Of koffi what is loaded where glibc is. */
const KOFFI = [
  'koffi/package.json',
  'koffi/LICENSE.txt',
  'koffi/index.cjs',
  'koffi/src/koffi/index.cjs',
  'koffi/src/koffi/src/static.cjs',
  'koffi/src/koffi/src/trampolines.cjs',
  '@koromix/koffi-linux-x64/package.json',
  '@koromix/koffi-linux-x64/index.js',
  '@koromix/koffi-linux-x64/linux_x64/koffi.node',
];

const EXAMPLES = ['prometheus/alerts.yml', 'grafana/holdfast.json', 'cluster.schema.json'];

export function layoutOf(sources: Sources): readonly Entry[] {
  const { root, bundles } = sources;
  const file = (path: string, source: string, mode = 0o644): Entry => {
    return { path, mode, contents: { kind: 'file', source } };
  };
  const link = (path: string, target: string): Entry => {
    return { path, mode: 0o777, contents: { kind: 'link', target } };
  };
  const text = (path: string, content: string): Entry => {
    return { path, mode: 0o644, contents: { kind: 'text', text: content } };
  };
  const compressed = (path: string, content: string): Entry => {
    return { path, mode: 0o644, contents: { kind: 'compressed', text: content } };
  };
  const deploy = (name: string): string => join(root, 'deploy', name);
  const entries = [
    file(`${LIBRARY}/bin/holdfast`, join(root, 'bin/holdfast'), 0o755),
    link(`${LIBRARY}/bin/keepalived`, 'holdfast'),
    file(`${LIBRARY}/bin/node`, sources.node, 0o755),
    ...filesIn(bundles, /\.(?:cjs|js|v8)$/).map((name) =>
      file(`${LIBRARY}/dist/${name}`, join(bundles, name)),
    ),
    ...KOFFI.map((name) =>
      file(`${LIBRARY}/node_modules/${name}`, join(root, 'node_modules', name)),
    ),
    ...['keepalived-choice', 'running-daemons'].map((name) =>
      file(`${LIBRARY}/packaging/${name}`, deploy(`packages/${name}`), 0o755),
    ),
    link('/usr/sbin/holdfast', '../lib/holdfast/bin/holdfast'),
    // Plugins of kubectl: it looks for these names on PATH.
    ...['kubectl-holdfast', 'kubectl_complete-holdfast'].map((name) =>
      link(`/usr/bin/${name}`, '../lib/holdfast/bin/holdfast'),
    ),
    file('/usr/lib/systemd/system/holdfast.service', deploy('systemd/holdfast.service')),
    compressed('/usr/share/man/man8/holdfast.8.gz', sources.manual),
    ...sources.manuals.map((page) =>
      compressed(`/usr/share/man/man${page.name.at(-1)}/${page.name}.gz`, page.text),
    ),
    text('/usr/share/bash-completion/completions/holdfast', sources.completions.bash),
    text(`/usr/share/zsh/${sources.family.zshFolder}/_holdfast`, sources.completions.zsh),
    text('/usr/share/fish/vendor_completions.d/holdfast.fish', sources.completions.fish),
    ...sources.family.documents.map(({ name, contents }): Entry => {
      return { path: `${DOCS}/${name}`, mode: 0o644, contents };
    }),
    file(`${DOCS}/node-license`, sources.nodeLicense),
    file(`${DOCS}/README.md`, join(root, 'README.md')),
    file(`${DOCS}/CHANGELOG.md`, join(root, 'CHANGELOG.md')),
    // README.md there is the first page of the site; here it is the project's.
    ...filesIn(join(root, 'docs'), /^(?!README).*\.md$/).map((name) =>
      file(`${DOCS}/${name}`, join(root, 'docs', name)),
    ),
    ...EXAMPLES.map((name) => file(`${DOCS}/examples/${name}`, deploy(name))),
  ];
  return entries.sort((left, right) => (left.path < right.path ? -1 : 1));
}

/** Folders that no other package has. */
export function ownFolders(entries: readonly Entry[]): readonly string[] {
  const folders = new Set<string>();
  for (const { path } of entries) {
    const parts = path.split('/');
    for (let length = parts.length - 1; length > 1; length--) {
      const folder = parts.slice(0, length).join('/');
      if (folder.startsWith(LIBRARY) || folder.startsWith(DOCS)) folders.add(folder);
    }
  }
  return [...folders].sort();
}

function filesIn(folder: string, pattern: RegExp): string[] {
  return readdirSync(folder).filter((name) => pattern.test(name));
}
