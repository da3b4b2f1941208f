/** Small configurations, valid and broken, and what Debian's haproxy says of each. */
import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Case {
  /** FILE:LINE of the corpus. */
  readonly name: string;
  readonly file: string;
  /** Its own lines, one behind the other. */
  readonly own: string;
  readonly text: string;
}

const HERE = 'test/conformance/haproxy';
const FOLDER = `${HERE}/corpus`;
/** By file, one digit a case. */
export const VERDICTS = `${HERE}/verdicts.json`;
/** All that the corpus knows of variables. */
export const ENVIRONMENT = { HOME: '/root' };

export function readVerdicts(cases: readonly Case[]): readonly number[] {
  const codes: Record<string, string> = JSON.parse(readFileSync(VERDICTS, 'utf8'));
  const at = new Map<string, number>();
  return cases.map(({ file }) => {
    const index = at.get(file) ?? 0;
    at.set(file, index + 1);
    return Number(codes[file]?.[index]);
  });
}

/** By the lines of a case: why it ends otherwise here. */
export function readExceptions(): ReadonlyMap<string, string> {
  return new Map(Object.entries(JSON.parse(readFileSync(`${HERE}/exceptions.json`, 'utf8'))));
}

/** What stands around the lines of a case. */
const FRAMES: Readonly<Record<string, readonly [before: string, after: string]>> = {
  whole: ['', ''],
  defaults: ['defaults\n timeout connect 1s\n timeout client 1s\n timeout server 1s\n', ''],
  listen: [
    'global\n maxconn 100\ndefaults\n timeout connect 1s\n timeout client 1s\n' +
      ' timeout server 1s\nlisten x\n bind :18080\n',
    '',
  ],
  global: ['global\n', 'frontend f\n bind :18080\n'],
};

/** Cases begin with `=== FRAME`. */
export function readCorpus(): readonly Case[] {
  return readdirSync(FOLDER)
    .sort()
    .flatMap((file) => casesOf(file, readFileSync(join(FOLDER, file), 'utf8')));
}

function casesOf(file: string, text: string): readonly Case[] {
  const cases: Case[] = [];
  let line = 1;
  for (const part of text.split(/^(?==== )/m)) {
    const end = part.indexOf('\n');
    const frame = part.slice('=== '.length, end);
    const [before, after] = FRAMES[frame] ?? [];
    if (before === undefined) throw new Error(`${file}:${line}: no frame '${frame}'`);
    const body = part.slice(end + 1);
    const own = body.trim().replace(/\s*\n\s*/g, ' | ');
    cases.push({ name: `${file}:${line}`, file, own, text: `${before}${body}${after}` });
    line += part.split('\n').length - 1;
  }
  return cases;
}

export interface Verdict {
  readonly code: number;
  readonly output: string;
}

/** `haproxy -c` on each, several at a time, with `environment` alone. */
export async function askHaproxy(
  cases: readonly Case[],
  folder: string,
  environment: Readonly<Record<string, string>>,
): Promise<readonly Verdict[]> {
  mkdirSync(folder, { recursive: true });
  const verdicts: Verdict[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < cases.length; index = next++) {
      const path = join(folder, `${index}.cfg`);
      writeFileSync(path, cases[index]?.text ?? '');
      verdicts[index] = await runHaproxy(['-c', '-f', path], environment);
    }
  };
  await Promise.all(Array.from({ length: 4 }, worker));
  return verdicts;
}

export function runHaproxy(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<Verdict> {
  return new Promise((resolve) => {
    execFile('/usr/sbin/haproxy', args, { env: environment }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ code, output: `${stdout}${stderr}` });
    });
  });
}
