import { parseArgs } from 'node:util';

export interface BenchOptions {
  /** Fewer and shorter rounds: shows that it works, not how well. */
  readonly pace: 'full' | 'quick';
  readonly output: 'text' | 'json';
  /** The parts to run; all where empty. */
  readonly only: readonly string[];
}

export function readOptions(usage: string): BenchOptions {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    process.exit(0);
  }
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    console.error('needs root on Linux: the hosts are network namespaces');
    process.exit(2);
  }
  return {
    pace: values.quick ? 'quick' : 'full',
    output: values.json ? 'json' : 'text',
    only: values.only,
  };
}

export function isWanted({ only }: BenchOptions, part: string): boolean {
  return only.length === 0 || only.includes(part);
}
