/** What samples and options name: it may stand further down, so it is looked for at the end. */
import type { Sample } from '../../model/proxy-rules.ts';
import type { Position } from '../report.ts';
import { positionOf } from '../text/statements.ts';
import type { Word } from '../text/words.ts';
import type { Context, Line } from './context.ts';
import { hasBackSide, hasFrontSide, type ProxyDraft } from './proxy-draft.ts';
import { meantHint } from './values.ts';

export type ReferenceKind =
  | 'backend'
  | 'frontend'
  | 'server'
  | 'userlist'
  | 'table'
  | 'cache'
  | 'resolvers';

export interface Reference {
  readonly kind: ReferenceKind;
  /** Empty: the proxy that it stands in. */
  readonly name: string;
  readonly at: Position;
}

/** The kind of the first argument. */
const FIRST_ARGUMENTS: ReadonlyMap<string, ReferenceKind> = new Map([
  ...['avg_queue', 'be_conn', 'be_conn_free', 'be_sess_rate', 'connslots', 'nbsrv', 'queue'].map(
    (name) => [name, 'backend'] as const,
  ),
  ...['fe_conn', 'fe_req_rate', 'fe_sess_rate'].map((name) => [name, 'frontend'] as const),
  ...[
    ...['srv_conn', 'srv_conn_free', 'srv_is_up', 'srv_iweight', 'srv_queue', 'srv_sess_rate'],
    ...['srv_uweight', 'srv_weight'],
  ].map((name) => [name, 'server'] as const),
  ...['http_auth', 'http_auth_group'].map((name) => [name, 'userlist'] as const),
]);

export function refer(line: Line, kind: ReferenceKind, name: string, word?: Word): void {
  line.context.references.push({ kind, name, at: positionOf(line.statement, word) });
}

/** What a sample names. */
export function referOfSample(line: Line, { fetch: name, args }: Sample, word?: Word): void {
  const kind = FIRST_ARGUMENTS.get(name);
  const [first] = args;
  if (kind !== undefined && first !== undefined) refer(line, kind, first, word);
}

export function judgeReferences(context: Context, proxies: readonly ProxyDraft[]): void {
  for (const { kind, name, at } of context.references) {
    const known = namesOf(kind, context, proxies);
    if (known.includes(name)) continue;
    const hint = meantHint(name, known);
    context.report.add('unknown-reference', at, `there is no ${kind} '${name}'`, hint);
  }
}

function namesOf(
  kind: ReferenceKind,
  context: Context,
  proxies: readonly ProxyDraft[],
): readonly string[] {
  switch (kind) {
    case 'backend':
      return proxies.filter(hasBackSide).map(({ name }) => name);
    case 'frontend':
      return proxies.filter(hasFrontSide).map(({ name }) => name);
    case 'server':
      return proxies.flatMap(({ name, servers, unreadServers }) =>
        [...servers.map((server) => server.name), ...unreadServers].map(
          (server) => `${name}/${server}`,
        ),
      );
    case 'userlist':
      return [...context.userLists.keys()];
    case 'table':
      return proxies.filter(({ lines }) => lines.has('stick-table')).map(({ name }) => name);
    default:
      return [...context.sectionNames].flatMap((section) =>
        section.startsWith(`${kind} `) ? [section.slice(kind.length + 1)] : [],
      );
  }
}
