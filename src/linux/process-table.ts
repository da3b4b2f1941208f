import { readFileSync } from 'node:fs';

/** USER_HZ, which Linux shows to programs as 100 on all machines that Node runs on. */
const ticksPerSecond = 100;

export interface ProcessFacts {
  /** The first 15 bytes of its name. */
  readonly name: string;
  /** Milliseconds since 1970, to some 10 ms. */
  readonly startedMs: number;
  readonly state: 'alive' | 'zombie';
}

/** What /proc says of a process; undefined where there is none. */
export function readProcess(pid: number): ProcessFacts | undefined {
  try {
    const facts = parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1'));
    const booted = /^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'latin1'))?.[1];
    if (facts === undefined || booted === undefined) return undefined;
    const startedMs = Number(booted) * 1000 + (facts.startTicks / ticksPerSecond) * 1000;
    return { name: facts.name, startedMs, state: facts.state };
  } catch {
    return undefined;
  }
}

/** The name stands in brackets and may hold brackets and spaces itself. */
export function parseStat(
  text: string,
): { name: string; state: ProcessFacts['state']; startTicks: number } | undefined {
  const open = text.indexOf('(');
  const shut = text.lastIndexOf(')');
  if (open === -1 || shut < open) return undefined;
  const fields = text.slice(shut + 2).split(' ');
  const startTicks = Number(fields[19]);
  if (!Number.isFinite(startTicks)) return undefined;
  const state = fields[0] === 'Z' || fields[0] === 'X' ? 'zombie' : 'alive';
  return { name: text.slice(open + 1, shut), state, startTicks };
}
