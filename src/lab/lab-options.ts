import { parseArgs } from 'node:util';
import type { Program } from './programs.ts';
import { hostsMax } from './seed-001.ts';

export interface LabCommandOptions {
  readonly config?: string;
  readonly hostCount: number;
  readonly programOf: (host: string) => Program;
  /** The hosts named with `--peer keepalived=HOST`. */
  readonly peers: readonly string[];
  readonly atEnd: 'remove' | 'keep';
  readonly format: 'text' | 'json';
}

export type ParsedLabOptions =
  | { readonly kind: 'run'; readonly options: LabCommandOptions }
  | { readonly kind: 'help' }
  | { readonly kind: 'error'; readonly message: string };

export function parseLabOptions(argv: readonly string[]): ParsedLabOptions {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        config: { type: 'string' },
        hosts: { type: 'string' },
        peer: { type: 'string', multiple: true },
        keep: { type: 'boolean' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help === true) return { kind: 'help' };
    const hostCount = Number(values.hosts ?? '3');
    if (!Number.isInteger(hostCount) || hostCount < 2 || hostCount > hostsMax) {
      throw new Error(`--hosts is a number from 2 to ${hostsMax}, not '${values.hosts}'`);
    }
    if (values.config !== undefined && values.hosts !== undefined) {
      throw new Error('--hosts goes with the built-in set-up; with --config the files tell');
    }
    const peers = (values.peer ?? []).map(parsePeer);
    const options: LabCommandOptions = {
      ...(values.config === undefined ? {} : { config: values.config }),
      hostCount,
      programOf: (host) =>
        peers.includes('*') || peers.includes(host) ? 'keepalived' : 'holdfast',
      peers: peers.filter((peer) => peer !== '*'),
      atEnd: values.keep === true ? 'keep' : 'remove',
      format: values.json === true ? 'json' : 'text',
    };
    return { kind: 'run', options };
  } catch (error) {
    return { kind: 'error', message: error instanceof Error ? error.message : String(error) };
  }
}

function parsePeer(text: string): string {
  const [program, host = '*'] = text.split('=');
  if (program !== 'keepalived' || host === '') {
    throw new Error(`--peer is keepalived or keepalived=HOST, not '${text}'`);
  }
  return host;
}
