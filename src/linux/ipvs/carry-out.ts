/** Operations on IPVS, and what is done where the kernel has it otherwise than we thought. */
import type { IpvsOperation } from '../../core/kernel/ipvs-ledger.ts';
import type { SysError } from '../../ports/sys-error.ts';
import { writeService, writeServiceKey } from '../../wire/netlink/ipvs.ts';
import { IpvsServerWriter } from '../../wire/netlink/ipvs-servers.ts';
import { EEXIST, ENOENT } from '../ffi/errno.ts';
import type { IpvsRequest, IpvsSocket } from './ipvs-socket.ts';

/** There is no such service. */
const ESRCH = 3;

export interface IpvsFailure {
  readonly operation: IpvsOperation;
  readonly error: SysError;
}

/** Answers with what came to nothing in the end. */
export function carryOut(
  socket: IpvsSocket,
  operations: readonly IpvsOperation[],
): readonly IpvsFailure[] {
  const failures: IpvsFailure[] = [];
  const again: IpvsOperation[] = [];
  const answers = request(socket, operations);
  for (const [index, operation] of operations.entries()) {
    const error = answers[index];
    if (error === undefined) continue;
    const other = insteadOf(operation, error);
    if (other === 'done already') continue;
    if (other === undefined) failures.push({ operation, error });
    else again.push(other);
  }
  if (again.length === 0) return failures;
  const second = request(socket, again);
  for (const [index, operation] of again.entries()) {
    const error = second[index];
    if (error !== undefined) failures.push({ operation, error });
  }
  return failures;
}

function insteadOf(
  operation: IpvsOperation,
  { errno }: SysError,
): IpvsOperation | 'done already' | undefined {
  switch (operation.kind) {
    case 'addService':
      return errno === EEXIST ? { ...operation, kind: 'editService' } : undefined;
    case 'editService':
      // ENOENT is said of a scheduler.
      return errno === ESRCH ? { ...operation, kind: 'addService' } : undefined;
    case 'addServer':
      return errno === EEXIST ? { ...operation, kind: 'editServer' } : undefined;
    case 'editServer':
      return errno === ENOENT ? { ...operation, kind: 'addServer' } : undefined;
    case 'deleteService':
    case 'deleteServer':
      return errno === ENOENT || errno === ESRCH ? 'done already' : undefined;
  }
}

function request(
  socket: IpvsSocket,
  operations: readonly IpvsOperation[],
): readonly (SysError | undefined)[] {
  const servers = new IpvsServerWriter();
  return socket.request(operations.map((operation) => requestOf(operation, socket, servers)));
}

function requestOf(
  operation: IpvsOperation,
  socket: IpvsSocket,
  servers: IpvsServerWriter,
): IpvsRequest {
  switch (operation.kind) {
    case 'addService':
    case 'editService': {
      const { kind, service } = operation;
      const command = kind === 'addService' ? 'NEW_SERVICE' : 'SET_SERVICE';
      return socket.order(command, (writer) => writeService(writer, service));
    }
    case 'deleteService': {
      const { key } = operation;
      return socket.order('DEL_SERVICE', (writer) => writeServiceKey(writer, key));
    }
    case 'addServer':
    case 'editServer':
    case 'deleteServer': {
      const { kind, key, server } = operation;
      const command =
        kind === 'addServer' ? 'NEW_DEST' : kind === 'editServer' ? 'SET_DEST' : 'DEL_DEST';
      const detail = kind === 'deleteServer' ? 'key' : 'whole';
      return socket.order(command, (writer) => servers.write(writer, key, server, detail));
    }
  }
}
