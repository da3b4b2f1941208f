/** Carries out steps, remembers what was before, and takes them back. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  argumentsOf,
  commandOf,
  iptablesRule,
  MODULES_FILE,
  RULE_COMMENT,
  SETTINGS_FILE,
  settingLine,
} from '../../doctor/steps.ts';
import type { Step } from '../../doctor/types.ts';
import { readSysctl, writeSysctl } from '../../linux/sysctl.ts';
import { runProgram } from './run-program.ts';

export const JOURNAL = '/var/lib/holdfast/doctor.json';
const VERSION = 1;
const HEADER = "# Written by 'holdfast doctor --fix'; 'holdfast doctor --undo' takes it back.";

/** A step that was carried out, and what was there before. */
interface Done {
  readonly step: Step;
  /** Of a setting its value, of a file its text; absent where there was none. */
  readonly before?: string;
}

export interface Outcome {
  readonly command: string;
  readonly state: 'done' | 'there' | 'failed' | 'taken back';
  readonly message?: string;
}

/** Steps are carried out one by one; what failed hinders no other. */
export function mend(steps: readonly Step[]): readonly Outcome[] {
  const outcomes: Outcome[] = [];
  const told = new Set<string>();
  for (const step of steps) {
    const command = commandOf(step);
    if (step.kind === 'by-hand' || told.has(command)) continue;
    told.add(command);
    try {
      outcomes.push({ command, ...carryOut(step) });
    } catch (error) {
      outcomes.push({ command, state: 'failed', message: messageOf(error) });
    }
  }
  return outcomes;
}

type Result = Pick<Outcome, 'state' | 'message'>;

function carryOut(step: Step): Result {
  switch (step.kind) {
    case 'sysctl': {
      const words = step.name.split('/');
      const before = readSysctl(...words);
      if (before === undefined) throw new Error(`/proc/sys/${step.name} is not there`);
      const failure = writeSysctl(words, step.value);
      if (failure !== undefined) throw new Error(failure.message);
      remember({ step, before });
      keepLine(SETTINGS_FILE, settingLine(step));
      return { state: before === step.value ? 'there' : 'done' };
    }
    case 'module':
      mustRun('modprobe', step.name);
      remember({ step });
      keepLine(MODULES_FILE, step.name);
      return { state: 'done' };
    case 'nft-rule': {
      const [program = '', ...args] = argumentsOf(step);
      mustRun(program, ...args);
      remember({ step });
      return { state: 'done', message: untilReboot() };
    }
    case 'iptables-rule': {
      const [program = '', ...args] = argumentsOf(step);
      mustRun(program, ...args);
      remember({ step });
      return { state: 'done', message: untilReboot() };
    }
    case 'file': {
      const before = existsSync(step.path) ? readFileSync(step.path, 'utf8') : undefined;
      remember({ step, ...(before !== undefined && { before }) });
      writeWhole(step.path, step.text);
      return { state: 'done', ...takenUp(step.takeUp) };
    }
    case 'by-hand':
      return { state: 'there' };
  }
}

function untilReboot(): string {
  return 'in force until the rules are loaded anew: put it where they are loaded from, too';
}

/** A service that does not run takes the file up when it starts. */
function takenUp([program, ...args]: readonly string[]): Pick<Outcome, 'message'> {
  if (program === undefined) return {};
  const { kind, message } = runProgram(program, ...args);
  return kind === 'done' ? {} : { message: `in force when its service starts anew (${message})` };
}

/** The last step first. */
export function undo(): readonly Outcome[] {
  const outcomes: Outcome[] = [];
  const left: Done[] = [];
  for (const done of readJournal().toReversed()) {
    const command = commandOf(done.step);
    try {
      takeBack(done);
      outcomes.push({ command, state: 'taken back' });
    } catch (error) {
      left.unshift(done);
      outcomes.push({ command, state: 'failed', message: messageOf(error) });
    }
  }
  if (left.length > 0) writeJournal(left);
  else rmSync(JOURNAL, { force: true });
  return outcomes;
}

function takeBack({ step, before }: Done): void {
  switch (step.kind) {
    case 'sysctl': {
      dropLine(SETTINGS_FILE, settingLine(step));
      const words = step.name.split('/');
      // What somebody has changed since is theirs; so is a link that is gone.
      if (before === undefined || readSysctl(...words) !== step.value) return;
      const failure = writeSysctl(words, before);
      if (failure !== undefined) throw new Error(failure.message);
      return;
    }
    case 'module':
      // It may be in use by now, and harms nobody.
      dropLine(MODULES_FILE, step.name);
      return;
    case 'nft-rule':
      deleteNftRules(step);
      return;
    case 'iptables-rule': {
      const { program, table, chain } = step;
      const { kind, message } = runProgram(
        program,
        '-t',
        table,
        '-D',
        chain,
        ...iptablesRule(step),
      );
      if (kind === 'missing') throw new Error(message);
      return;
    }
    case 'file':
      if (before === undefined) rmSync(step.path, { force: true });
      else writeWhole(step.path, before);
      takenUp(step.takeUp);
      return;
    case 'by-hand':
      return;
  }
}

interface NftRule {
  readonly comment?: string;
  readonly handle: number;
}

/** Those with our comment, in that chain; a table that is gone has none. */
function deleteNftRules({ family, table, chain }: Extract<Step, { kind: 'nft-rule' }>): void {
  const { kind, stdout, message } = runProgram(
    'nft',
    '-j',
    '-a',
    'list',
    'chain',
    family,
    table,
    chain,
  );
  if (kind === 'missing') throw new Error(message);
  if (kind === 'failed') return;
  const { nftables = [] } = JSON.parse(stdout) as { nftables?: { rule?: NftRule }[] };
  for (const { rule } of nftables) {
    if (rule?.comment !== RULE_COMMENT) continue;
    mustRun('nft', 'delete', 'rule', family, table, chain, 'handle', `${rule.handle}`);
  }
}

function mustRun(program: string, ...args: readonly string[]): void {
  const { kind, message } = runProgram(program, ...args);
  if (kind !== 'done') throw new Error(message);
}

/** The first value that a setting had is what undoing brings back. */
function remember(done: Done): void {
  const known = readJournal();
  const command = commandOf(done.step);
  if (known.some(({ step }) => commandOf(step) === command)) return;
  writeJournal([...known, done]);
}

function readJournal(): readonly Done[] {
  if (!existsSync(JOURNAL)) return [];
  const { version, done } = JSON.parse(readFileSync(JOURNAL, 'utf8')) as {
    version?: number;
    done?: Done[];
  };
  if (version !== VERSION || !Array.isArray(done))
    throw new Error(`${JOURNAL} is of another version of holdfast`);
  return done;
}

function writeJournal(done: readonly Done[]): void {
  writeWhole(JOURNAL, `${JSON.stringify({ version: VERSION, done }, undefined, 2)}\n`);
}

function keepLine(path: string, line: string): void {
  const lines = linesOf(path);
  if (!lines.includes(line)) writeWhole(path, `${[...lines, line].join('\n')}\n`);
}

function dropLine(path: string, line: string): void {
  if (!existsSync(path)) return;
  const rest = linesOf(path).filter((one) => one !== line);
  if (rest.some((one) => one !== HEADER)) writeWhole(path, `${rest.join('\n')}\n`);
  else rmSync(path, { force: true });
}

function linesOf(path: string): readonly string[] {
  return existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n') : [HEADER];
}

/** A reader sees the old file or the new one. */
function writeWhole(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, text, { mode: 0o644 });
  renameSync(temporary, path);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
