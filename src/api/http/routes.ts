/** What is to be had where, over HTTP (docs/http-api.md). All of it is reading. */
import type { IncomingMessage } from 'node:http';
import { AskError } from '../channel.ts';
import type { ChildFigures, ServerFigures } from '../prometheus/entry.ts';
import { CONTENT_TYPES, negotiateFormat } from '../prometheus/exposition.ts';
import type { MetricsPage } from '../prometheus/page.ts';
import type { Questions } from './questions.ts';
import { errorReply, jsonReply, type Reply } from './reply.ts';

export type ListenerKind = 'http' | 'metrics';

export interface RouteParts {
  readonly questions: Questions;
  readonly page: MetricsPage;
  childFigures(): ChildFigures;
  serverFigures(): Promise<ServerFigures>;
}

/** A request that is answered by events as they come. */
export interface FollowRequest {
  readonly since: number;
  readonly instance?: string;
  readonly format: 'ndjson' | 'sse';
}

export type Routed = Reply | { readonly follow: FollowRequest };

const READS = 'GET, HEAD';
/** The most that the VRRP process tells at once. */
const EVENTS_MAX = 200;

const INDEX = [
  ['/v1/status', 'what this host holds, and why'],
  ['/v1/status?instance=NAME', 'the same of one instance'],
  ['/v1/events?since=N&limit=N&instance=NAME', 'what has happened after event number N'],
  [
    '/v1/events?follow=1',
    'events as they come: NDJSON, or server-sent events where they are accepted',
  ],
  ['/v1/explain/NAME', 'why an instance is what it is'],
  ['/v1/metrics', 'all figures, in JSON'],
  ['/metrics', 'the same for Prometheus'],
].map(([path, what]) => ({ path, what }));

export async function route(
  parts: RouteParts,
  listener: ListenerKind,
  request: IncomingMessage,
): Promise<Routed> {
  const url = parseTarget(request.url ?? '');
  if (url === undefined) return errorReply('malformed', 'this is no path');
  const { pathname } = url;
  const isKnown = pathname === '/metrics' || (listener === 'http' && isPath(pathname));
  if (!isKnown) {
    const hint = listener === 'http' ? 'GET / lists what there is' : 'only /metrics is served here';
    return errorReply('not-found', `there is no ${pathname.slice(0, 200)}: ${hint}`);
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') return refuseMethod();
  try {
    return await answer(parts, url, request);
  } catch (error) {
    if (!(error instanceof AskError)) throw error;
    return errorReply(error.code, explainFailure(error, parts.questions));
  }
}

function isPath(pathname: string): boolean {
  const [, version, name, ...rest] = pathname.split('/');
  if (pathname === '/') return true;
  if (version !== 'v1') return false;
  if (name === 'explain') return rest.length === 1 && rest[0] !== '';
  return rest.length === 0 && (name === 'status' || name === 'events' || name === 'metrics');
}

async function answer(parts: RouteParts, url: URL, request: IncomingMessage): Promise<Routed> {
  const { questions } = parts;
  const { pathname, searchParams } = url;
  const instance = searchParams.get('instance');
  const ofInstance = instance === null ? {} : { instance };
  switch (pathname) {
    case '/':
      return jsonReply({ program: 'holdfast', paths: INDEX });
    case '/metrics':
      return metrics(parts, request);
    case '/v1/metrics':
      return jsonReply(await questions.ask({ op: 'metrics' }));
    case '/v1/status':
      return jsonReply(await questions.ask({ op: 'status', ...ofInstance }));
    case '/v1/events':
      return events(questions, request, searchParams);
    default: {
      const name = decodeName(pathname.slice('/v1/explain/'.length));
      if (name === undefined) return errorReply('malformed', 'the name is not well encoded');
      return jsonReply(await questions.ask({ op: 'explain', instance: name }));
    }
  }
}

async function events(
  questions: Questions,
  request: IncomingMessage,
  query: URLSearchParams,
): Promise<Routed> {
  const wantsSse = /(^|[ ,])text\/event-stream\b/i.test(request.headers.accept ?? '');
  // What a browser sends by itself when it connects again.
  const heard = wantsSse ? request.headers['last-event-id'] : undefined;
  const since = readNumber(typeof heard === 'string' ? heard : query.get('since'), 0);
  const limit = readNumber(query.get('limit'), EVENTS_MAX);
  if (since === undefined || limit === undefined || limit < 1) {
    return errorReply('invalid-argument', 'since and limit are whole numbers, limit at least 1');
  }
  const instance = query.get('instance');
  const ofInstance = instance === null ? {} : { instance };
  const follow = query.get('follow');
  if (wantsSse || (follow !== null && follow !== '0')) {
    return { follow: { since, ...ofInstance, format: wantsSse ? 'sse' : 'ndjson' } };
  }
  const bounded = Math.min(limit, EVENTS_MAX);
  return jsonReply(await questions.ask({ op: 'events', since, limit: bounded, ...ofInstance }));
}

/** Where the VRRP process does not answer, that is a figure too. */
async function metrics(parts: RouteParts, request: IncomingMessage) {
  const { questions, page, childFigures } = parts;
  const format = negotiateFormat(request.headers.accept);
  const asked = parts.serverFigures();
  const vrrp = await questions.ask({ op: 'metrics' }).catch((error: unknown) => {
    if (error instanceof AskError && error.code === 'no-answer') return undefined;
    throw error;
  });
  const { answeredMs } = questions;
  const answeredSeconds = answeredMs === undefined ? undefined : answeredMs / 1000;
  const servers = await asked;
  const body = await page.render({ vrrp, servers, answeredSeconds, child: childFigures() }, format);
  return { status: 200, type: CONTENT_TYPES[format], body };
}

function refuseMethod(): Reply {
  return errorReply(
    'method-not-allowed',
    'nothing can be changed over HTTP: use holdfast handover, drain, undrain, priority or reload',
    { Allow: READS },
  );
}

function explainFailure(error: AskError, { answeredMs }: Questions): string {
  if (error.code !== 'no-answer') return error.message;
  const since =
    answeredMs === undefined
      ? 'it has not answered yet'
      : `it last answered at ${new Date(answeredMs).toISOString()}`;
  return `the VRRP process does not answer: ${error.message}; ${since}`;
}

function parseTarget(target: string): URL | undefined {
  if (!target.startsWith('/')) return undefined;
  try {
    return new URL(`http://localhost${target}`);
  } catch {
    return undefined;
  }
}

function decodeName(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function readNumber(text: string | null, otherwise: number): number | undefined {
  if (text === null) return otherwise;
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
