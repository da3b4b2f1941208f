/** Bytes of a stranger as a request, or what is wrong with them. Nothing of it throws. */
import type { AnswerError, Operation, Request, RequestId } from '../../api/protocol.ts';
import { nearestWord } from '../../base/edit-distance.ts';

export type ReadResult =
  | { readonly ok: true; readonly request: Request }
  | { readonly ok: false; readonly error: AnswerError; readonly id: RequestId | undefined };

type Fields = Readonly<Record<string, unknown>>;

const CHANGES: ReadonlySet<string> = new Set<Operation>([
  'handover',
  'drain',
  'undrain',
  'priority',
  'server',
  'change-servers',
  'reload',
  'upgrade',
]);

const ID_CHARACTERS_MAX = 64;
const NAME_CHARACTERS_MAX = 255;
export const PAGE_EVENTS_MAX = 200;
const PAGE_EVENTS = 100;
/** Of IPVS. */
const SERVER_WEIGHT_MAX = 65_535;

/** Whether it may change something, so that not everybody may send it. */
export function isChange({ op }: Request): boolean {
  return CHANGES.has(op);
}

export function readRequest(line: string): ReadResult {
  const fields = parse(line);
  if (fields === undefined) {
    const message = 'a request is one line with one JSON object';
    return { ok: false, error: { code: 'malformed', message }, id: undefined };
  }
  const { id } = fields;
  if (id !== undefined && !isId(id)) {
    return refuse('invalid-argument', 'id is a number, or a text of at most 64 characters');
  }
  const { op } = fields;
  if (typeof op !== 'string' || !Object.hasOwn(READERS, op)) return unknown(op, id);
  const body = READERS[op as Operation](fields);
  if (typeof body === 'string') return refuse('invalid-argument', `${op}: ${body}`, id);
  return { ok: true, request: { ...body, ...(id !== undefined && { id }) } };
}

function parse(line: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(line);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Fields) : undefined;
  } catch {
    return undefined;
  }
}

function refuse(code: AnswerError['code'], message: string, id?: RequestId): ReadResult {
  return { ok: false, error: { code, message }, id };
}

function unknown(op: unknown, id: RequestId | undefined): ReadResult {
  const known = Object.keys(READERS).join(', ');
  if (typeof op !== 'string') return refuse('unknown-op', `op is one of ${known}`, id);
  const nearest = nearestWord(op, Object.keys(READERS));
  const hint = nearest === undefined ? `known: ${known}` : `did you mean '${nearest}'?`;
  return refuse('unknown-op', `there is no op '${op.slice(0, 32)}'; ${hint}`, id);
}

/** The request without its id, or what is wrong. */
type Reader = (fields: Fields) => Request | string;

const READERS: Readonly<Record<Operation, Reader>> = {
  status: (fields) => readOptionalName(fields, (instance) => ({ op: 'status', ...instance })),
  events: readEvents,
  explain: (fields) => readName(fields, (instance) => ({ op: 'explain', instance })),
  metrics: () => ({ op: 'metrics' }),
  servers: () => ({ op: 'servers' }),
  handover: (fields) => readName(fields, (instance) => ({ op: 'handover', instance })),
  drain: () => ({ op: 'drain' }),
  undrain: () => ({ op: 'undrain' }),
  priority: readPriority,
  server: readServer,
  'change-servers': readServersChange,
  reload: () => ({ op: 'reload' }),
  upgrade: () => ({ op: 'upgrade' }),
};

function readEvents(fields: Fields): Request | string {
  const { since = 0, limit = PAGE_EVENTS, follow = false } = fields;
  if (!isWhole(since, 0, Number.MAX_SAFE_INTEGER)) return 'since is the number of an event, or 0';
  if (!isWhole(limit, 1, PAGE_EVENTS_MAX)) return `limit is 1 to ${PAGE_EVENTS_MAX}`;
  if (typeof follow !== 'boolean') return 'follow is true or false';
  return readOptionalName(fields, (instance) => ({
    op: 'events',
    since,
    limit,
    follow,
    ...instance,
  }));
}

function readPriority(fields: Fields): Request | string {
  const { priority = null } = fields;
  if (priority !== null && !isWhole(priority, 1, 254)) {
    return 'priority is 1 to 254, or null for the configured one';
  }
  return readName(fields, (instance) => ({ op: 'priority', instance, priority }));
}

/** What is read of the server's name is looked for, not understood. */
function readServer(fields: Fields): Request | string {
  const { server, service, action, connections = 'drain', weight = null } = fields;
  if (!isName(server)) return 'server is ADDRESS:PORT, as `servers` shows it';
  if (service !== undefined && service !== null && !isName(service)) {
    return 'service is a name as `servers` shows it';
  }
  const where = { op: 'server', server, ...(isName(service) && { service }) } as const;
  switch (action) {
    case 'disable':
      if (connections !== 'drain' && connections !== 'cut') return 'connections is drain or cut';
      return { ...where, action, connections };
    case 'enable':
      return { ...where, action };
    case 'weight':
      if (weight !== null && !isWhole(weight, 0, SERVER_WEIGHT_MAX)) {
        return `weight is 0 to ${SERVER_WEIGHT_MAX}, or null for the configured one`;
      }
      return { ...where, action, weight };
    default:
      return 'action is disable, enable or weight';
  }
}

/** What the text says is judged by whoever reads it. */
function readServersChange(fields: Fields): Request | string {
  const { reading = '', text = '', removed = [] } = fields;
  if (reading !== '' && !isName(reading)) return 'reading is what an answer has named';
  if (typeof text !== 'string') return 'text is a keepalived.conf';
  if (!Array.isArray(removed) || !removed.every(isName)) {
    return 'removed is a list of names as `servers` shows them';
  }
  return { op: 'change-servers', reading, text, removed };
}

function readName(fields: Fields, make: (instance: string) => Request): Request | string {
  const { instance } = fields;
  if (!isName(instance)) return 'instance is the name of a vrrp_instance';
  return make(instance);
}

function readOptionalName(
  fields: Fields,
  make: (instance: { readonly instance?: string }) => Request,
): Request | string {
  const { instance } = fields;
  if (instance === undefined || instance === null) return make({});
  return readName(fields, (name) => make({ instance: name }));
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= NAME_CHARACTERS_MAX;
}

function isId(value: unknown): value is RequestId {
  return Number.isFinite(value) || (typeof value === 'string' && value.length <= ID_CHARACTERS_MAX);
}

function isWhole(value: unknown, least: number, most: number): value is number {
  return Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most;
}
