/** Requests to IPVS by generic netlink. */
import { spawnSync } from 'node:child_process';
import { isSysError, type SysError } from '../../ports/sys-error.ts';
import {
  decodeFamilyId,
  FAMILIES_DUMP,
  GENL_ID_CTRL,
  writeGetFamily,
} from '../../wire/netlink/generic.ts';
import { IPVS_FAMILY_NAME, type IpvsCommand, ipvsHeader } from '../../wire/netlink/ipvs.ts';
import type { NetlinkWriter } from '../../wire/netlink/writer.ts';
import { ENOENT, sysError } from '../ffi/errno.ts';
import { NETLINK_GENERIC } from '../ffi/socket-numbers.ts';
import { openNetlinkChannel } from '../netlink-channel.ts';
import { createNetlinkSocket, type NetlinkSocket } from '../netlink-socket.ts';

const MODPROBE_LIMIT_MS = 5000;

/** As errors name it. */
export function ipvsCall(command: IpvsCommand): string {
  return `IPVS_CMD_${command}`;
}

export interface IpvsSocket {
  /** The number of the family in this kernel. */
  readonly family: number;
  /** `write`: the attributes. */
  request(command: IpvsCommand, write?: (writer: NetlinkWriter) => void): SysError | undefined;
  /** As of a netlink socket. */
  readonly requestAll: NetlinkSocket['requestAll'];
  /** The payloads of a dump, valid during the call only. */
  dump(
    command: IpvsCommand,
    body: Uint8Array,
    visitor: { restart(): void; payload(payload: Uint8Array): void },
  ): SysError | undefined;
  close(): void;
}

/** ENOENT where this kernel has no IPVS, and no module for it. */
export function openIpvsSocket(): IpvsSocket | SysError {
  const channel = openNetlinkChannel(NETLINK_GENERIC);
  if (isSysError(channel)) return channel;
  const socket = createNetlinkSocket(channel);
  let family = findFamily(socket);
  if (family === undefined) {
    loadModule();
    family = findFamily(socket);
  }
  if (family === undefined || isSysError(family)) {
    socket.close();
    return family ?? sysError('ipvs', ENOENT, 'this kernel has no IPVS, and no module for it');
  }
  return {
    family,
    request: (command, write) => {
      const whole = (writer: NetlinkWriter): void => {
        writer.raw(ipvsHeader(command));
        write?.(writer);
      };
      const call = ipvsCall(command);
      return socket.request([{ call, type: family, flags: 0, write: whole }])[0];
    },
    requestAll: (all, scribe) => socket.requestAll(all, scribe),
    dump: (command, body, { restart, payload }) =>
      socket.dump(ipvsCall(command), family, body, {
        restart,
        message: (message) => payload(message.payload),
      }),
    close: () => socket.close(),
  };
}

/** Asking by name has the kernel load the module; the list of all tells the number. */
function findFamily(socket: NetlinkSocket): number | SysError | undefined {
  const [failure] = socket.request([
    {
      call: 'CTRL_CMD_GETFAMILY',
      type: GENL_ID_CTRL,
      flags: 0,
      write: (writer) => writeGetFamily(writer, IPVS_FAMILY_NAME),
    },
  ]);
  if (failure !== undefined) return failure.errno === ENOENT ? undefined : failure;
  let id: number | undefined;
  const broken = socket.dump('CTRL_CMD_GETFAMILY', GENL_ID_CTRL, FAMILIES_DUMP, {
    restart: () => {},
    message: ({ payload }) => {
      id ??= decodeFamilyId(payload, IPVS_FAMILY_NAME);
    },
  });
  return broken ?? id;
}

function loadModule(): void {
  spawnSync('modprobe', ['ip_vs'], { stdio: 'ignore', timeout: MODPROBE_LIMIT_MS });
}
