import { spawnSync } from 'node:child_process';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { labEnvironment } from '../../src/lab/execute.ts';
import { projectRoot } from '../../src/lab/programs.ts';

export interface MachineFacts {
  readonly processors: string;
  readonly memory: string;
  readonly kernel: string;
  readonly node: string;
  readonly holdfast: string;
  readonly keepalived: string;
  /** Before the run: above a few tenths, something else was running. */
  readonly loadAverage: string;
}

export function machineFacts(): MachineFacts {
  const list = cpus();
  const [minute = 0] = loadavg();
  return {
    processors: `${list.length} × ${list[0]?.model.trim() ?? 'unknown'}`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    kernel: release().replace(/^(\d+\.\d+\.\d+).*/, '$1'),
    node: process.version,
    holdfast: versionOf(join(projectRoot(), 'bin', 'holdfast')),
    keepalived: versionOf('keepalived'),
    loadAverage: minute.toFixed(2),
  };
}

export function printMachine(facts: MachineFacts): void {
  for (const [name, value] of Object.entries(facts)) console.log(`${name}: ${value}`);
  console.log('');
}

function versionOf(program: string): string {
  const result = spawnSync(program, ['--version'], { encoding: 'utf8', env: labEnvironment() });
  const text = `${result.stdout ?? ''}${result.stderr ?? ''}`;
  return /v?(\d+\.\d+\.\d+)/.exec(text)?.[1] ?? 'missing';
}
