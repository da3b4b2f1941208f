/** What lies in the folder of a host: its two configurations, and what starts the programs. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parse } from 'yaml';
import type { Diagnostic } from '../../base/diagnostics.ts';
import { createRng } from '../../base/rng.ts';
import type { NodeFiles } from '../../config/cluster/from-nodes.ts';
import { readHaproxy } from '../../config/haproxy/index.ts';
import { readKeepalivedConfig } from '../../config/keepalived/index.ts';
import { containersOf } from '../../config/lint/extract/containers.ts';
import type { Piece } from '../../config/lint/types.ts';
import type { Deployment } from '../../config/model/cluster.ts';
import { diskFiles } from '../../daemon/config-files.ts';
import { haproxyFiles } from '../../daemon/haproxy-host.ts';

const PLACES = {
  keepalived: ['keepalived.conf', 'etc/keepalived/keepalived.conf'],
  haproxy: ['haproxy.cfg', 'etc/haproxy/haproxy.cfg', 'usr/local/etc/haproxy/haproxy.cfg'],
} as const;

const STARTERS: readonly (readonly [Deployment, string])[] = [
  ['static-pod', 'etc/kubernetes/manifests/keepalived.yaml'],
  ['compose', 'opt/holdfast/compose.yaml'],
  ['docker', 'opt/holdfast/start.sh'],
  ['systemd', 'etc/systemd/system'],
];

export interface ReadNode {
  /** Absent where there is no keepalived.conf. */
  readonly files?: NodeFiles;
  readonly diagnostics: readonly Diagnostic[];
}

export function readNode(folder: string): ReadNode {
  const name = basename(resolve(folder));
  const find = (names: readonly string[]): string | undefined =>
    names.map((each) => join(folder, each)).find((path) => existsSync(path));
  const path = find(PLACES.keepalived);
  if (path === undefined) return { diagnostics: [] };
  const keepalived = readKeepalivedConfig(path, {
    files: diskFiles,
    environment: { get: (variable) => process.env[variable] },
    rng: createRng(1),
    hostName: name,
  });
  const proxyPath = find(PLACES.haproxy);
  const haproxy =
    proxyPath === undefined
      ? undefined
      : readHaproxy({ paths: [proxyPath], files: haproxyFiles, environment: process.env });
  const [deployment, starter] = STARTERS.find(([, file]) => existsSync(join(folder, file))) ?? [];
  return {
    files: {
      name,
      keepalived: { file: path, model: keepalived.model },
      ...(haproxy !== undefined && {
        haproxy: { file: proxyPath ?? '', config: haproxy.config },
      }),
      ...(deployment !== undefined && { deployment }),
      ...(starter !== undefined && { images: readImages(folder, starter) }),
    },
    diagnostics: [...keepalived.diagnostics, ...(haproxy?.diagnostics ?? [])],
  };
}

/** The images that the files of a host name; those that come with the program need no mention. */
function readImages(folder: string, starter: string): { keepalived?: string; haproxy?: string } {
  const found: { keepalived?: string; haproxy?: string } = {};
  for (const program of ['keepalived', 'haproxy'] as const) {
    const file = join(folder, starter.replace(/keepalived\.yaml$/, `${program}.yaml`));
    const image = imageIn(file, program);
    if (image !== undefined) found[program] = image;
  }
  return found;
}

function imageIn(file: string, program: string): string | undefined {
  try {
    if (file.endsWith('.sh')) return imageOfRun(readFileSync(file, 'utf8'), program);
    if (file.endsWith('.yaml')) return imageOfYaml(readFileSync(file, 'utf8'), program);
  } catch {
    // No manifest, or not of a kind that is known: the images of the program are taken.
  }
  return undefined;
}

function imageOfYaml(text: string, program: string): string | undefined {
  const document = parse(text) as {
    readonly spec?: { readonly containers?: readonly { readonly image?: unknown }[] };
    readonly services?: Readonly<Record<string, { readonly image?: unknown } | undefined>>;
  } | null;
  const image = document?.spec?.containers?.[0]?.image ?? document?.services?.[program]?.image;
  return typeof image === 'string' ? image : undefined;
}

/** Of the `docker run` of a script whose container has the name of the program, or runs it. */
function imageOfRun(text: string, program: string): string | undefined {
  const filled = new Set<number>();
  const shell: Piece = { kind: 'shell', file: '', text, origin: 'file', filled, node: '' };
  const runs = containersOf([shell]);
  const isNamed = new RegExp(`(?:^| )--name[= ]["']?${program}["']?(?: |$)`);
  const run =
    runs.find((each) => isNamed.test(each.text)) ?? runs.find(({ args }) => args[0] === program);
  if (run === undefined) return undefined;
  return run.tag === '' ? run.image : `${run.image}:${run.tag}`;
}
