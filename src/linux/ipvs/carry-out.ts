/** Operations on IPVS, and what is done where the kernel has it otherwise than we thought. */
import type { IpvsOperation } from '../../core/kernel/ipvs-ledger.ts';
import type { SysError } from '../../ports/sys-error.ts';
import type { IpvsCommand } from '../../wire/netlink/ipvs.ts';
import { IpvsMessages } from '../../wire/netlink/ipvs-messages.ts';
import type { NetlinkWriter } from '../../wire/netlink/writer.ts';
import { EEXIST, ENOENT, ESRCH } from '../ffi/errno.ts';
import type { NetlinkScribe } from '../netlink-socket.ts';
import { type IpvsSocket, ipvsCall } from './ipvs-socket.ts';

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
  for (const [place, error] of request(socket, operations)) {
    const operation = operations[place];
    if (operation === undefined) continue;
    const other = insteadOf(operation, error);
    if (other === 'done already') continue;
    if (other === undefined) failures.push({ operation, error });
    else again.push(other);
  }
  if (again.length === 0) return failures;
  for (const [place, error] of request(socket, again)) {
    const operation = again[place];
    if (operation !== undefined) failures.push({ operation, error });
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
): ReadonlyMap<number, SysError> {
  return socket.requestAll(operations, new OperationScribe(new IpvsMessages(socket.family)));
}

const COMMANDS = {
  addService: 'NEW_SERVICE',
  editService: 'SET_SERVICE',
  deleteService: 'DEL_SERVICE',
  addServer: 'NEW_DEST',
  editServer: 'SET_DEST',
  deleteServer: 'DEL_DEST',
} as const satisfies Readonly<Record<IpvsOperation['kind'], IpvsCommand>>;

class OperationScribe implements NetlinkScribe<IpvsOperation> {
  readonly #messages: IpvsMessages;

  constructor(messages: IpvsMessages) {
    this.#messages = messages;
  }

  call({ kind }: IpvsOperation): string {
    return ipvsCall(COMMANDS[kind]);
  }

  write(writer: NetlinkWriter, operation: IpvsOperation, sequence: number): void {
    writer.message(this.#messageOf(operation), sequence);
  }

  #messageOf(operation: IpvsOperation): Uint8Array {
    switch (operation.kind) {
      case 'addService':
      case 'editService':
        return this.#messages.service(COMMANDS[operation.kind], operation.service);
      case 'deleteService':
        return this.#messages.deletion(operation.key);
      case 'addServer':
      case 'editServer':
      case 'deleteServer': {
        const { kind, key, server } = operation;
        return this.#messages.server(COMMANDS[kind], key, server);
      }
    }
  }
}
