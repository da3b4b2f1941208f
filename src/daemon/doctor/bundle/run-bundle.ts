/** `holdfast support-bundle`: one archive of what helps to find out what happened, and nothing secret. */
import { createHash } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { gzipSync } from 'node:zlib';
import { formatDiagnostic } from '../../../base/diagnostics.ts';
import { render } from '../../../config/keepalived/render/render.ts';
import { mapSecrets } from '../../../config/model/map-secrets.ts';
import { secretsOfHaproxy, TextRedaction } from '../../../doctor/redaction.ts';
import { readConfiguration } from '../../configuration.ts';
import { readHaproxyFiles } from '../../haproxy-host.ts';
import { checkConfigurationInPlace } from '../../held-configuration.ts';
import { rereadRendered } from '../../render.ts';
import { VERSION } from '../../version.ts';
import { type GatherOptions, gather } from '../gather.ts';
import { read } from '../host.ts';
import {
  daemonEntries,
  doctorEntries,
  type Entry,
  kernelEntries,
  logEntries,
  proxyEntries,
  versionEntry,
} from './collect.ts';
import { encodeTar, type TarFile } from './tar.ts';

const FORMAT = 1;

export interface BundleArguments extends GatherOptions {
  /** Beside the working directory's default where absent. */
  readonly output?: string;
  readonly socket: string;
  /** A recording of the daemon's. */
  readonly recording?: string;
  /** Files of logs. */
  readonly logs: readonly string[];
}

/** Resolves with the exit code. */
export async function runBundle(options: BundleArguments): Promise<number> {
  const nowMs = Date.now();
  const { configFile, proxyFiles = [], recording, logs, output } = options;
  const configuration = readConfigured(options);
  const redaction = new TextRedaction(configuration.secrets);
  const files = Object.fromEntries([
    ...(configuration.eventsFile === undefined
      ? []
      : [['logs/events.jsonl', configuration.eventsFile] as const]),
    ...(recording === undefined ? [] : [['recording.flight', recording] as const]),
    ...logs.map((path, index) => [`logs/${index + 1}.txt`, path] as const),
  ]);
  const entries: readonly Entry[] = [
    versionEntry(),
    ...configuration.entries,
    ...proxyEntries(proxyFiles),
    ...(await daemonEntries(options.socket)),
    ...doctorEntries(await gather(options)),
    ...logEntries(files),
    ...kernelEntries(),
  ];
  const archive = pack(entries, redaction, nowMs);
  const name = output ?? defaultName(nowMs);
  try {
    writeFileSync(name, archive, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    const why = existsSync(name) ? 'it is there already' : (error as Error).message;
    process.stderr.write(`holdfast support-bundle: ${name}: ${why}\n`);
    return 1;
  }
  const missing = entries.filter(({ kind }) => kind === 'left-out').length;
  const from = existsSync(configFile) ? configFile : 'no configuration';
  process.stdout.write(
    `${name}: ${entries.length - missing} files (${from}), ${archive.length} bytes, ` +
      `${redaction.count} secrets taken out; ${missing} left out, manifest.json says why\n`,
  );
  return 0;
}

function defaultName(nowMs: number): string {
  const time = new Date(nowMs).toISOString().replace(/\..*$/, '').replace(/[-:]/g, '');
  return `holdfast-support-${hostname()}-${time}.tar.gz`;
}

interface Configured {
  readonly entries: readonly Entry[];
  readonly secrets: readonly string[];
  readonly eventsFile?: string;
}

function readConfigured({ configFile, proxyFiles, configId }: BundleArguments): Configured {
  const name = 'configuration/keepalived.conf';
  const proxySecrets = (proxyFiles ?? []).flatMap((path) => secretsOfHaproxy(read(path) ?? ''));
  if (!existsSync(configFile)) {
    const why = 'there is no such file';
    return { entries: [{ kind: 'left-out', name, from: configFile, why }], secrets: proxySecrets };
  }
  const source = { configFile, ...(configId !== undefined && { configId }) };
  const whole = { ...source, ...(proxyFiles !== undefined && { proxyFiles }) };
  const written = readConfiguration(source);
  const { model, loadBalancing } = written;
  const secrets = [...proxySecrets];
  const note = (value: unknown): void =>
    void mapSecrets(value, (secret) => {
      secrets.push(secret.reveal());
      return secret;
    });
  note(model);
  note(loadBalancing);
  if (proxyFiles !== undefined) note(readHaproxyFiles(proxyFiles).config);
  const { diagnostics } = checkConfigurationInPlace(whole);
  const said = diagnostics.map((one) => `${formatDiagnostic(one)}\n`).join('');
  const text = render(written, { secrets: 'redacted', defaults: 'left-out' }, rereadRendered);
  const { eventsFile } = model.global;
  return {
    entries: [
      { kind: 'text', name, from: `holdfast render ${configFile}`, text },
      { kind: 'text', name: 'configuration/check.txt', from: 'holdfast check', text: said },
    ],
    secrets,
    ...(eventsFile !== undefined && { eventsFile }),
  };
}

function pack(entries: readonly Entry[], redaction: TextRedaction, nowMs: number): Buffer {
  const files = entries.flatMap((entry): (TarFile & { from: string })[] => {
    if (entry.kind === 'left-out') return [];
    return [{ name: entry.name, from: entry.from, bytes: Buffer.from(shown(entry, redaction)) }];
  });
  const leftOut = entries.flatMap((entry) =>
    entry.kind === 'left-out' ? [{ name: entry.name, from: entry.from, why: entry.why }] : [],
  );
  const manifest = {
    format: FORMAT,
    holdfast: VERSION,
    created: new Date(nowMs).toISOString(),
    secretsTakenOut: redaction.count,
    files: files.map(({ name, from, bytes }) => ({
      ...{ name, from, bytes: bytes.length },
      sha256: createHash('sha256').update(bytes).digest('hex'),
    })),
    leftOut,
  };
  const text = `${JSON.stringify(redaction.json(manifest), undefined, 2)}\n`;
  const first = { name: 'manifest.json', bytes: Buffer.from(text) };
  return gzipSync(encodeTar([first, ...files], nowMs));
}

function shown(entry: Exclude<Entry, { kind: 'left-out' }>, redaction: TextRedaction): string {
  if (entry.kind === 'json')
    return `${JSON.stringify(redaction.json(entry.value), undefined, 2)}\n`;
  return entry.kind === 'lines' ? redaction.jsonLines(entry.text) : redaction.text(entry.text);
}
