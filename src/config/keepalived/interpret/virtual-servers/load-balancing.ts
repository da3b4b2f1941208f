import { seconds } from '../../../../base/time.ts';
import { outlineOf, type ServerOutline, serverOf } from '../../../model/server-outline.ts';
import type { LoadBalancing, TrackedFile, VirtualServer } from '../../../model/virtual-server.ts';
import type { RootStatement } from '../../grammar/around-blocks.ts';
import type { Statement } from '../../grammar/tree.ts';
import { Report } from '../../report.ts';
import { isPlainBlock, type PlainBlock } from '../../text/plain-block.ts';
import { readIdentity } from '../commands.ts';
import type { Context } from '../context.ts';
import type { PlainBlocks } from '../instances.ts';
import { Values } from '../values.ts';
import type { FileTracking, ServerContext } from './context.ts';
import { readGroups } from './groups.ts';
import { LookAlikes } from './look-alikes.ts';
import { readSettings, readTlsClient } from './settings.ts';
import type { TrackCheckDefinition } from './track-checks.ts';
import { interpretVirtualServer, type ServerSurroundings } from './virtual-server.ts';

/** `delay_loop` where none is written. */
const DELAY_LOOP_SECONDS = 60;

/** All that a configuration says about virtual servers; nothing acts upon it yet. */
export function interpretLoadBalancing(
  roots: readonly RootStatement[],
  trackChecks: ReadonlyMap<string, TrackCheckDefinition>,
  context: Context,
  blocks: Pick<PlainBlocks, 'read'>,
): LoadBalancing {
  const { report } = context;
  const statements = roots.filter((root): root is Statement => !isPlainBlock(root));
  const named = (...names: string[]): Statement[] =>
    statements.filter(({ definition }) => names.includes(definition.name));
  const globals = new Values(
    named('global_defs').flatMap(({ block }) => [...(block?.statements ?? [])]),
    report,
  );
  const groups = readGroups(named('virtual_server_group'), report);
  const groupsByName = new Map(groups.map((group) => [group.name, group]));
  const brokenGroups = new Set(
    named('virtual_server_group')
      .map(({ words }) => words[0]?.text ?? '')
      .filter((name) => !groupsByName.has(name)),
  );
  const files = new Map<string, FileTracking>();
  const outlines = interpretServers(roots, globals, context, {
    files,
    groups: groupsByName,
    brokenGroups,
    blocks,
  });
  const tlsClient = readTlsClient(named('SSL'), report);
  const rest = {
    settings: readSettings(globals, statements, report),
    groups,
    trackedFiles: filesOf(outlines, files),
    trackChecks: [...trackChecks.values()].map(({ model }) => model),
    ...(tlsClient !== undefined && { tlsClient }),
  };
  return withServers(rest, outlines);
}

/** In a scope of its own, as the one above holds the words of the whole file. */
function withServers(
  rest: Omit<LoadBalancing, 'virtualServers' | 'outlines'>,
  outlines: readonly ServerOutline[],
): LoadBalancing {
  let servers: readonly VirtualServer[] | undefined;
  return {
    ...rest,
    outlines,
    get virtualServers() {
      servers ??= outlines.map(serverOf);
      return servers;
    },
  };
}

interface FoundBefore extends Pick<ServerSurroundings, 'groups' | 'brokenGroups'> {
  /** Filled on the way. */
  readonly files: Map<string, FileTracking>;
  readonly blocks: Pick<PlainBlocks, 'read'>;
}

/** In the order of the text, since a check may refer to what stands above it only. */
function interpretServers(
  roots: readonly RootStatement[],
  globals: Values,
  context: Context,
  { files, blocks, ...groups }: FoundBefore,
): ServerOutline[] {
  const [user, group] = globals.statement('script_user')?.words ?? [];
  const sessions = new Set<string>();
  const shared: ServerContext = {
    ...context,
    identity: user === undefined ? {} : readIdentity(user.text, group?.text),
    mailByDefault: globals.bool('smtp_alert_checker') ?? globals.bool('smtp_alert'),
    logAllFailures: globals.bool('checker_log_all_failures') ?? false,
    interval: seconds(DELAY_LOOP_SECONDS),
    files,
    sessions,
    definedLater: new Set(roots.flatMap(nameOf)),
  };
  const servers = new Map<string, ServerOutline>();
  let count = 0;
  const read = (statement: Statement): VirtualServer | undefined => {
    const owner = `virtual_server/${count++}`;
    const server = interpretVirtualServer(statement, { ...groups, owner, context: shared });
    if (server !== undefined) addServer(servers, outlineOf(server), () => statement, context);
    return server;
  };
  const known = new LookAlikes();
  for (const root of roots) {
    if (isPlainBlock(root)) {
      if (root.keyword !== 'virtual_server') continue;
      const alike = known.find(root);
      if (alike === undefined) readPlain(root, read, { known, blocks, context });
      else {
        count++;
        noteBlock(root, context);
        addServer(servers, alike, () => blocks.read(root, new Report()), context);
      }
      continue;
    }
    const [name] = root.words;
    const kind = root.definition.spellingOf ?? root.definition.name;
    if (kind === 'track_file' && name !== undefined) {
      files.set(name.text, readFile(root, context));
    } else if (kind === 'bfd_instance' && name !== undefined && isForChecks(root)) {
      sessions.add(name.text);
    } else if (kind === 'virtual_server') read(root);
  }
  return [...servers.values()];
}

/** Others may look like it if nothing is to be told of it. */
function readPlain(
  block: PlainBlock,
  read: (statement: Statement) => VirtualServer | undefined,
  {
    known,
    blocks,
    context: { report, claims },
  }: Pick<FoundBefore, 'blocks'> & { readonly known: LookAlikes; readonly context: Context },
): void {
  const before = report.faults.length + claims.length;
  const statement = blocks.read(block, report);
  if (statement === undefined) return;
  new Values([statement], report);
  const server = read(statement);
  const isClean = report.faults.length + claims.length === before;
  if (isClean && server !== undefined) known.learn(block, server);
}

function noteBlock({ file, line, lineCount }: PlainBlock, { report }: Context): void {
  report.noteBlock({ file, from: line, to: line + lineCount - 1 });
}

/** keepalived keeps both, of which the kernel takes the first. */
function addServer(
  servers: Map<string, ServerOutline>,
  server: ServerOutline,
  statement: () => Statement | undefined,
  { report }: Context,
): void {
  const name = serviceName(server);
  if (!servers.has(name)) {
    servers.set(name, server);
    return;
  }
  const { keyword, words } = statement() ?? {};
  const at = (words?.[0] ?? keyword)?.at;
  if (at === undefined) return;
  report.add(
    'duplicate-virtual-server',
    at,
    'this virtual server stands above already: this one is left out',
  );
}

/** `track_file NAME` and `bfd_instance NAME`. */
function nameOf(root: RootStatement): string[] {
  if (isPlainBlock(root)) return [];
  const { definition, words } = root;
  const { name, spellingOf } = definition;
  const kind = spellingOf ?? name;
  const isNamed = (kind === 'track_file' || kind === 'bfd_instance') && words[0] !== undefined;
  return isNamed ? [`${kind} ${words[0]?.text}`] : [];
}

function readFile({ block }: Statement, { report }: Context): FileTracking {
  const values = new Values(block?.statements ?? [], report);
  const path = values.text('file') ?? '';
  const isReverse = values.statement('weight')?.words[1]?.text === 'reverse';
  const sense = isReverse ? 'reverse' : 'normal';
  return { path, weight: values.number('weight') ?? 1, sense };
}

/** Those that a check follows. */
function filesOf(
  outlines: readonly ServerOutline[],
  files: ReadonlyMap<string, FileTracking>,
): readonly TrackedFile[] {
  // Thousands of servers need not be asked then.
  if (files.size === 0) return [];
  const used = new Set<string>();
  for (const { places } of outlines) {
    for (const { like } of places) {
      for (const check of like.checks) if (check.kind === 'file') used.add(check.file);
    }
  }
  return [...used].flatMap((name) => {
    const path = files.get(name)?.path;
    return path === undefined ? [] : { name, path };
  });
}

/** A session that says `vrrp` alone is not for checks. */
function isForChecks({ block }: Statement): boolean {
  const inside = new Set(block?.statements.map(({ definition }) => definition.name));
  return inside.has('checker') || !inside.has('vrrp');
}

/** What would be the same service twice. */
function serviceName({ key, like: { protocol, family } }: ServerOutline): string {
  switch (key.kind) {
    case 'address':
      return `${key.address} ${key.port} ${protocol}`;
    case 'mark':
      return `mark ${key.mark} ${family}`;
    case 'group':
      return `group ${key.group} ${protocol}`;
  }
}
