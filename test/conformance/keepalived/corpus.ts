import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exitClass } from '../../../src/config/keepalived/index.ts';
import { loadConfiguration } from '../../../src/daemon/held-configuration.ts';
import { createTestNamespace, type TestNamespace } from '../../linux/namespaces.ts';

export const corpusFolder = 'test/conformance/keepalived/corpus';

export type CorpusPart = 'valid' | 'broken' | 'newer';

/** Paths such as `valid/instance-plain.conf`. */
export function corpusFiles(part: CorpusPart): string[] {
  const files = readdirSync(join(corpusFolder, part)).filter((file) => file.endsWith('.conf'));
  return files.sort().map((file) => `${part}/${file}`);
}

/** Files in which keepalived 2.2.7 is no measure, each with the reason. */
export const exceptions: ReadonlyMap<string, string> = new Map(
  (
    JSON.parse(readFileSync('test/conformance/keepalived/exceptions.json', 'utf8')) as {
      file: string;
      reason: string;
    }[]
  ).map(({ file, reason }) => [file, reason]),
);

/** The exit class that the second line of a file of `newer` states. */
export function statedClass(file: string): number {
  const [, line = ''] = readFileSync(join(corpusFolder, file), 'utf8').split('\n');
  return Number(/^! class (\d)$/.exec(line)?.[1] ?? Number.NaN);
}

/** A host as the corpus is written for: eth0, eth1 and eth2 with addresses of both families. */
export function createCorpusHost(): TestNamespace {
  const host = createTestNamespace('corpus');
  for (const index of [0, 1, 2]) {
    host.ip(`link add eth${index} type veth peer name peer${index}`);
    host.ip(`link set eth${index} up`);
    host.ip(`addr add 192.168.${200 + index}.1/24 dev eth${index}`);
    host.ip(`addr add fd00:${200 + index}::1/64 dev eth${index} nodad`);
  }
  return host;
}

/** What holdfast calls a file, and why. */
export function judgedByUs(file: string, host: TestNamespace): { status: number; said: string } {
  const configFile = join(corpusFolder, file);
  const { diagnostics } = host.inside(() => loadConfiguration({ configFile }));
  const said = diagnostics.map(({ line, code, message }) => `${line} ${code}: ${message}`);
  return { status: exitClass(diagnostics), said: said.join('\n') };
}

const PROCESSES = 4;
const LIMIT_MS = 30_000;

/** The exit code of `keepalived -t` for each file, or the signal that ended it. */
export async function judgedByKeepalived(
  files: readonly string[],
  host: TestNamespace,
): Promise<Map<string, number | string>> {
  const verdicts = new Map<string, number | string>();
  const waiting = [...files];
  const work = async (): Promise<void> => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      verdicts.set(file, await runCheck(join(corpusFolder, file), host));
    }
  };
  await Promise.all(Array.from({ length: PROCESSES }, work));
  return verdicts;
}

function runCheck(path: string, { name }: TestNamespace): Promise<number | string> {
  const args = ['netns', 'exec', name, 'keepalived', '-t', '-f', path];
  return new Promise((resolve) => {
    execFile('ip', args, { timeout: LIMIT_MS }, (error) => {
      if (error === null) resolve(0);
      else resolve(error.signal ?? Number(error.code));
    });
  });
}
