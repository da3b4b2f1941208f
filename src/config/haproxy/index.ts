/** haproxy.cfg: text to model, with everything that is to be said about it. */
import type { Diagnostic } from '../../base/diagnostics.ts';
import { type IpAddress, parseIp } from '../../base/ip.ts';
import type { ProxyConfig } from '../model/proxy.ts';
import { describeFailure, type HaproxyFiles } from './files.ts';
import type { Accounts, Context } from './interpret/context.ts';
import { createEnvironment } from './interpret/environment.ts';
import { createGlobalDraft } from './interpret/global-draft.ts';
import { judgeProxies } from './interpret/judge.ts';
import { judgeCaches, judgeUserLists } from './interpret/other-sections.ts';
import { judgeReferences } from './interpret/references.ts';
import { SectionReader } from './interpret/sections.ts';
import { assemble } from './interpret/whole.ts';
import { Report } from './report.ts';
import { readStatements } from './text/statements.ts';

export interface HaproxyOptions {
  /** Files and folders, as `-f` names them; of a folder all that ends in `.cfg`. */
  readonly paths: readonly string[];
  readonly files: HaproxyFiles;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** The address of a name; what has none now stays a name. */
  readonly resolve?: (host: string, prefer: 'ipv4' | 'ipv6') => IpAddress | undefined;
  readonly hostName?: string;
  /** Of this host; absent: every name is taken for one. */
  readonly accounts?: Accounts;
}

export interface HaproxyReading {
  /** What was understood; with errors it is not whole and must not be run. */
  readonly config: ProxyConfig;
  readonly diagnostics: readonly Diagnostic[];
  /** The files that were read, in order. */
  readonly files: readonly string[];
}

export function readHaproxy(options: HaproxyOptions): HaproxyReading {
  const report = new Report();
  const context = createContext(options, report);
  const paths = options.paths.flatMap((path) => filesOf(path, options.files));
  const reader = new SectionReader(context);
  for (const path of paths) {
    const read = options.files.read(path, 'text');
    if (!read.ok) {
      const at = { file: path, line: 1, column: 1 };
      report.add('config-missing', at, `cannot be read: ${describeFailure(read.reason)}`);
      continue;
    }
    reader.beginFile();
    const source = { path, text: read.value };
    for (const statement of readStatements(source, context.environment.variables, report)) {
      reader.read(statement);
    }
  }
  judgeReferences(context, reader.proxies);
  judgeUserLists(context);
  judgeCaches(context);
  judgeProxies(context, reader.proxies, paths[0] ?? '');
  return {
    config: assemble(context, reader.proxies),
    diagnostics: report.sorted(paths),
    files: paths,
  };
}

/** Of a whole configuration. */
const ADDRESSES_MAX = 100_000;
const SERVERS_MAX = 100_000;

function createContext(options: HaproxyOptions, report: Report): Context {
  const { hostName = 'localhost', resolve } = options;
  const given = options.environment ?? {};
  return {
    files: options.files,
    environment: createEnvironment(given, { HOLDFAST: '1', HAPROXY_LOCALPEER: hostName }),
    report,
    resolve: (host, prefer) => {
      if (host === 'localhost') return parseIp('127.0.0.1');
      return resolve?.(host, prefer);
    },
    hostName,
    global: createGlobalDraft(),
    errorPages: new Map(),
    userLists: new Map(),
    sectionNames: new Set(),
    references: [],
    openCaches: new Map(),
    left: { addresses: ADDRESSES_MAX, servers: SERVERS_MAX },
    accounts: options.accounts,
  };
}

/** Of a folder the files whose names end in `.cfg` and begin with no dot. */
function filesOf(path: string, files: HaproxyFiles): readonly string[] {
  const names = files.list(path);
  if (names === undefined) return [path];
  const folder = path.endsWith('/') ? path.slice(0, -1) : path;
  return names
    .filter((name) => name.endsWith('.cfg') && !name.startsWith('.'))
    .map((name) => `${folder}/${name}`);
}
