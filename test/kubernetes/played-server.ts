/**
 * What of an API server a controller asks for, played: lists, watches with versions, one object, Events. In memory,
 * in clear text, on the port that it is given. Standard input has one JSON object a line: an object to put there, or
 * `{"delete": PATH}`; Events that are written stand on standard output.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createInterface } from 'node:readline';

interface Stored {
  readonly path: string;
  readonly object: Record<string, unknown>;
}

interface Watcher {
  readonly collection: string;
  readonly response: ServerResponse;
}

const PLURALS: Readonly<Record<string, string>> = {
  ConfigMap: 'api/v1/configmaps',
  Service: 'api/v1/services',
  Endpoints: 'api/v1/endpoints',
  Node: 'api/v1/nodes',
  Pod: 'api/v1/pods',
  EndpointSlice: 'apis/discovery.k8s.io/v1/endpointslices',
};

let version = 100;
const objects = new Map<string, Stored>();
const watchers = new Set<Watcher>();

/** `/api/v1/namespaces/default/services` is the collection `api/v1/services` of a namespace. */
function parsePath(path: string): { collection: string; namespace: string; name: string } {
  const words = path.split('/').filter((word) => word !== '');
  const at = words.indexOf('namespaces');
  const namespace = at === -1 ? '' : (words[at + 1] ?? '');
  const rest = at === -1 ? words : [...words.slice(0, at), ...words.slice(at + 2)];
  const known = Object.values(PLURALS).find((plural) => rest.join('/').startsWith(plural)) ?? '';
  return { collection: known, namespace, name: rest[known.split('/').length] ?? '' };
}

function put(object: Record<string, unknown>): void {
  const metadata = object.metadata as Record<string, unknown>;
  const collection = PLURALS[String(object.kind)] ?? '';
  const path = `${collection}/${metadata.namespace ?? ''}/${metadata.name}`;
  const type = objects.has(path) ? 'MODIFIED' : 'ADDED';
  const stored = { ...object, metadata: { ...metadata, resourceVersion: String(++version) } };
  objects.set(path, { path, object: stored });
  tell(collection, type, stored);
}

function remove(path: string): void {
  const stored = objects.get(path);
  if (stored === undefined) return;
  objects.delete(path);
  const metadata = stored.object.metadata as Record<string, unknown>;
  const last = { ...stored.object, metadata: { ...metadata, resourceVersion: String(++version) } };
  tell(path.split('/').slice(0, -2).join('/'), 'DELETED', last);
}

function tell(collection: string, type: string, object: object): void {
  for (const watcher of watchers)
    if (watcher.collection === collection)
      watcher.response.write(`${JSON.stringify({ type, object })}\n`);
}

function reply(response: ServerResponse, code: number, body: object): void {
  response.writeHead(code, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://x');
  if (request.method === 'POST') {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      process.stdout.write(`${text}\n`);
      reply(response, 201, {});
    });
    return;
  }
  if (pathname === '/apis/discovery.k8s.io') {
    reply(response, 200, { versions: [{ version: 'v1' }] });
    return;
  }
  const { collection, namespace, name } = parsePath(pathname);
  const found = objects.get(`${collection}/${namespace}/${name}`);
  if (name !== '') reply(response, found === undefined ? 404 : 200, found?.object ?? { code: 404 });
  else if (searchParams.get('watch') === null) {
    const items = [...objects.values()].filter(({ path }) => path.startsWith(`${collection}/`));
    const metadata = { resourceVersion: String(version) };
    reply(response, 200, { kind: 'List', metadata, items: items.map(({ object }) => object) });
  } else if (searchParams.has('sendInitialEvents')) {
    reply(response, 422, { kind: 'Status', code: 422, message: 'resourceVersionMatch: Forbidden' });
  } else if (Number(searchParams.get('resourceVersion')) !== version) {
    // It keeps no history.
    reply(response, 410, { kind: 'Status', code: 410, message: 'too old' });
  } else {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    const watcher = { collection, response };
    watchers.add(watcher);
    response.on('close', () => watchers.delete(watcher));
  }
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const order = JSON.parse(line);
  if (typeof order.delete === 'string') remove(order.delete);
  else put(order);
});

createServer(answer).listen(Number(process.argv[2]), () => process.stdout.write('listening\n'));
