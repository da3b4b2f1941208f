/** What the control socket of the checker process answers. */
import type { Request, ServerRequest, ServersChangeRequest } from '../../api/protocol.ts';
import type { ServersChangeResult } from '../../api/servers.ts';
import type { Result } from '../../base/result.ts';
import type { ServerOrder } from '../../core/balance/director-types.ts';
import type { ServerId, ServiceId } from '../../core/balance/plane.ts';
import type { ServiceStatistics } from '../../ports/data-plane.ts';
import type { Outcome } from '../control/outcome.ts';
import type { Reply } from '../control/server.ts';
import { type ResultSources, serversResult } from './servers-result.ts';

export interface OperationParts extends ResultSources {
  readonly plane: ResultSources['plane'] & {
    statistics(): Promise<readonly ServiceStatistics[]>;
  };
  order(order: ServerOrder): void;
  change(request: ServersChangeRequest): Result<ServersChangeResult, string>;
}

/** `uid`: who asks. */
export function answerRequest(
  parts: OperationParts,
  request: Request,
  { uid, reply }: { readonly uid: number; readonly reply: Reply },
): void {
  if (request.op === 'servers') void tell(parts, reply);
  else reply(obeyed(parts, request, uid));
}

async function tell(parts: OperationParts, reply: Reply): Promise<void> {
  const figures = await parts.plane.statistics();
  reply(() => ({ ok: true, result: serversResult(parts, figures) }));
}

function obeyed(parts: OperationParts, request: Request, uid: number): Outcome {
  switch (request.op) {
    case 'server':
      return obey(parts, request);
    case 'change-servers':
      return change(parts, request, uid);
    default: {
      const known = 'servers, server, change-servers';
      const message = `this socket answers about virtual servers only: ${known}`;
      return { ok: false, error: { code: 'failed', message } };
    }
  }
}

/** A configuration has commands that root runs: whoever may give orders may not write it. */
function change(parts: OperationParts, request: ServersChangeRequest, uid: number): Outcome {
  if (uid !== 0) {
    const message = "only root may ask for 'change-servers'";
    return { ok: false, error: { code: 'forbidden', message } };
  }
  const done = parts.change(request);
  if (done.ok) return { ok: true, result: done.value };
  return { ok: false, error: { code: 'failed', message: done.reason } };
}

function obey(parts: OperationParts, request: ServerRequest): Outcome {
  const server = request.server as ServerId;
  const service = request.service as ServiceId | undefined;
  const services = parts.director.servicesWith(server, service);
  if (services.length === 0) {
    const where = service === undefined ? 'no virtual server' : `not ${service}`;
    const message = `${where} has a real server ${server} (ADDRESS:PORT, as 'servers' shows it)`;
    return { ok: false, error: { code: 'invalid-argument', message } };
  }
  const action = actionOf(request);
  parts.order({ server, ...(service !== undefined && { service }), action });
  return { ok: true, result: { services, server } };
}

function actionOf(request: ServerRequest): ServerOrder['action'] {
  switch (request.action) {
    case 'disable':
      return { kind: 'disable', connections: request.connections };
    case 'enable':
      return { kind: 'enable' };
    case 'weight':
      return request.weight === null
        ? { kind: 'weigh' }
        : { kind: 'weigh', weight: request.weight };
  }
}
