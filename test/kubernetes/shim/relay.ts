/** Which request is converted, played, or passed through. */
import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { type Fields, fieldsOf, listOf } from '../../../src/base/json-fields.ts';
import { sendStatus } from './faults.ts';
import {
  ENDPOINT_SLICES,
  mergePatch,
  NEWER_FIELDS,
  type NewerKind,
  SERVICES,
} from './newer-kinds.ts';
import { findViolations } from './schema.ts';
import type { Upstream, UpstreamAnswer, UpstreamRequest } from './upstream.ts';
import type { Convert, Watches } from './watches.ts';

/** What the server lacks. */
export type Played = 'discovery' | 'services' | 'watch-list';

export interface RelayParts {
  readonly upstream: Upstream;
  readonly watches: Watches;
  readonly plays: readonly Played[];
}

const GROUP = '/apis/discovery.k8s.io';
const SLICES = new RegExp(`^${GROUP}/v1/(?:namespaces/[^/]+/)?endpointslices(?:/|$)`);
const SERVICE = /^\/api\/v1\/(?:namespaces\/[^/]+\/)?services(?:\/[^/]+(?:\/status)?)?$/;
const asItIs: Convert = (object) => object;

export class Relay {
  readonly #parts: RelayParts;

  constructor(parts: RelayParts) {
    this.#parts = parts;
  }

  async answer(asked: UpstreamRequest, response: ServerResponse): Promise<void> {
    const { upstream, watches } = this.#parts;
    const { pathname, searchParams } = new URL(asked.path, 'http://shim');
    const kind = this.#kindOf(pathname);
    const path = kind === ENDPOINT_SLICES ? asked.path.replace(`${GROUP}/v1/`, OLD) : asked.path;
    const headers =
      kind === undefined ? asked.headers : { ...asked.headers, accept: 'application/json' };
    const old = { ...asked, path, headers };
    const convert = kind?.toNew ?? asItIs;
    const isWatch = /^(?:1|true)$/.test(searchParams.get('watch') ?? '');
    if (isWatch) console.log(`watch ${asked.path}`);
    if (isWatch && searchParams.get('sendInitialEvents') === 'true' && this.#plays('watch-list'))
      await watches.begin(old, response, convert);
    else if (isWatch) await watches.pass(old, response, convert);
    else if (
      this.#plays('discovery') &&
      /^\/apis(?:\/discovery\.k8s\.io(?:\/v1)?)?$/.test(pathname)
    )
      await this.#tellGroups(old, pathname, response);
    else if (kind === undefined) await this.#pass(asked, response);
    else if (asked.method === 'GET' || asked.method === 'DELETE')
      send(response, await upstream.ask(old), convert);
    else await this.#write(old, kind, response);
  }

  #plays(what: Played): boolean {
    return this.#parts.plays.includes(what);
  }

  #kindOf(pathname: string): NewerKind | undefined {
    if (this.#plays('discovery') && SLICES.test(pathname)) return ENDPOINT_SLICES;
    return this.#plays('services') && SERVICE.test(pathname) ? SERVICES : undefined;
  }

  async #pass(asked: UpstreamRequest, response: ServerResponse): Promise<void> {
    const from = await this.#parts.upstream.open(asked);
    const { connection: _, 'transfer-encoding': __, ...headers } = from.headers;
    response.writeHead(from.statusCode ?? 502, headers);
    // Whoever asked may have gone.
    await pipeline(from, response).catch(() => {});
  }

  /** The group's newest version is one that the server does not have. */
  async #tellGroups(asked: UpstreamRequest, pathname: string, response: ServerResponse) {
    const path = pathname === `${GROUP}/v1` ? `${GROUP}/v1beta1` : pathname;
    const headers = { ...asked.headers, accept: 'application/json' };
    const answer = await this.#parts.upstream.ask({ ...asked, path, headers });
    send(response, answer, (object) => {
      if (path !== pathname) return { ...object, groupVersion: 'discovery.k8s.io/v1' };
      if (pathname === GROUP) return withNewest(object);
      const groups = listOf(object.groups).map(fieldsOf);
      return {
        ...object,
        groups: groups.map((group) =>
          group.name === 'discovery.k8s.io' ? withNewest(group) : group,
        ),
      };
    });
  }

  /** Looked at as today's servers do, then written as this one can keep it. */
  async #write(asked: UpstreamRequest, kind: NewerKind, response: ServerResponse): Promise<void> {
    const { upstream } = this.#parts;
    const { path, headers, method } = asked;
    const { pathname } = new URL(path, 'http://shim');
    const isNew = method === 'POST';
    const read = { method: 'GET', path: pathname, headers };
    const stored = isNew ? undefined : await upstream.ask(read);
    if (stored !== undefined && stored.status !== 200) return send(response, stored, asItIs);
    const before = stored && fieldsOf(JSON.parse(stored.text));
    let wanted: unknown = JSON.parse(String(asked.body));
    if (method === 'PATCH') {
      const type = headers['content-type'] ?? '';
      if (!type.startsWith('application/merge-patch+json')) {
        // Others are the server's own matter, where nothing is in them that it lacks.
        const isOld = kind === SERVICES && !NEWER_FIELDS.test(String(asked.body));
        if (isOld) return send(response, await upstream.ask(asked), kind.toNew);
        return sendStatus(response, 415, `the shim takes merge patches of this, not ${type}`);
      }
      wanted = mergePatch(before && kind.toNew(before), wanted);
    }
    const violations = findViolations(wanted, kind.schema);
    if (violations.length > 0) return sendStatus(response, 422, violations.join('; '));
    const part = pathname.endsWith('/status') ? 'status' : 'all';
    const body = JSON.stringify(kind.toOld(fieldsOf(wanted), before, part));
    const written = { ...headers, 'content-type': 'application/json' };
    const order = { method: isNew ? 'POST' : 'PUT', path, headers: written, body };
    send(response, await upstream.ask(order), kind.toNew);
  }
}

const OLD = `${GROUP}/v1beta1/`;

function withNewest(group: Fields): Fields {
  const newest = { groupVersion: 'discovery.k8s.io/v1', version: 'v1' };
  return { ...group, versions: [newest, ...listOf(group.versions)], preferredVersion: newest };
}

/** Lists item by item, one object, or what the server says in their place. */
function send(response: ServerResponse, { status, text }: UpstreamAnswer, convert: Convert): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  const object = fieldsOf(JSON.parse(text));
  if (status >= 300 || object.kind === 'Status') response.end(text);
  else if (!Array.isArray(object.items)) response.end(JSON.stringify(convert(object)));
  else {
    const { apiVersion } = convert({ apiVersion: object.apiVersion });
    const items = object.items.map((item) => convert(fieldsOf(item)));
    response.end(JSON.stringify({ ...object, apiVersion, items }));
  }
}
