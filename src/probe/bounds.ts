import type { ProberParts } from './prober.ts';

/** For control connections, netlink, watches and programs that are started. */
const RESERVED_DESCRIPTORS = 200;
const SOCKETS = { least: 16, most: 10_000 };
/** Each is a process. */
const SCRIPTS = 64;

/** How many probes may be under way in a process that may have so many descriptors. */
export function probesUnderWay(descriptors: number): ProberParts['most'] {
  const free = descriptors - RESERVED_DESCRIPTORS;
  return { sockets: Math.min(Math.max(free, SOCKETS.least), SOCKETS.most), scripts: SCRIPTS };
}
