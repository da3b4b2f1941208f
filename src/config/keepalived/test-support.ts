import { createRng } from '../../base/rng.ts';
import { type KeepalivedConfig, readKeepalivedConfig } from './index.ts';
import type { KnownBlocks } from './known-blocks.ts';
import { createMemoryFiles } from './memory-files.ts';

/** Reads `main` as /etc/keepalived/main.conf of the host node1.example.org, for tests. */
export function read(
  main: string,
  others: Readonly<Record<string, string>> = {},
  settings: {
    readonly configId?: string;
    readonly environment?: Record<string, string>;
    readonly includes?: 'all';
    readonly known?: KnownBlocks;
    readonly plainServers?: 'left out';
  } = {},
): KeepalivedConfig {
  return readKeepalivedConfig('/etc/keepalived/main.conf', {
    files: createMemoryFiles({ '/etc/keepalived/main.conf': main, ...others }),
    environment: { get: (name) => settings.environment?.[name] },
    rng: createRng(1),
    hostName: 'node1.example.org',
    ...(settings.configId !== undefined && { configId: settings.configId }),
    ...(settings.includes !== undefined && { includes: settings.includes }),
    ...(settings.known !== undefined && { known: settings.known }),
    ...(settings.plainServers !== undefined && { plainServers: settings.plainServers }),
  });
}

/** `CODE LINE:COLUMN` of every diagnostic. */
export function summary({ diagnostics }: KeepalivedConfig): string[] {
  return diagnostics.map(({ code, line, column }) => `${code} ${line}:${column}`);
}
