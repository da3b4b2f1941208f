/** Reads a configuration from disk. */
import { hostname } from 'node:os';
import type { Diagnostic } from '../base/diagnostics.ts';
import { createRng } from '../base/rng.ts';
import type { ConfigFiles } from '../config/keepalived/files.ts';
import type { HostCheck, HostFacts } from '../config/keepalived/host-check.ts';
import {
  checkAgainstHost,
  type KeepalivedConfig,
  readKeepalivedConfig,
} from '../config/keepalived/index.ts';
import type { KnownBlocks } from '../config/keepalived/known-blocks.ts';
import { diskFiles } from './config-files.ts';
import { createHostFacts } from './host-facts.ts';

export interface ConfigurationSource {
  readonly configFile: string;
  readonly configId?: string;
  /** Addresses that are to stay when the daemon ends are not to go by themselves either. */
  readonly atStop?: 'release' | 'keep';
  /** `all`: whatever an include does not find is an error (`-e`). */
  readonly includes?: 'all';
  /** `off`: without the virtual routers. */
  readonly vrrp?: 'off';
  /** `left out`: the checker process tells of them (`readKeepalivedConfig`). */
  readonly plainServers?: 'left out';
  /** haproxy.cfg, where the proxy belongs to this run; `unknown`: what is tracked of it is taken as it is. */
  readonly proxyFiles?: readonly string[] | 'unknown';
}

/** Reads the file and everything it includes; this host has no say in it. */
export function readConfiguration(
  { configFile, configId, includes, plainServers }: ConfigurationSource,
  known?: KnownBlocks,
  files: ConfigFiles = diskFiles,
): KeepalivedConfig {
  return readKeepalivedConfig(configFile, {
    files,
    environment: { get: (name) => process.env[name] },
    rng: createRng(Number(process.hrtime.bigint() % 0x1_0000_0000n)),
    hostName: hostname(),
    ...(configId !== undefined && { configId }),
    ...(includes !== undefined && { includes }),
    ...(known !== undefined && { known }),
    ...(plainServers !== undefined && { plainServers }),
  });
}

export function isUnreadable({ diagnostics }: Pick<KeepalivedConfig, 'diagnostics'>): boolean {
  return diagnostics.some(({ severity }) => severity === 'fatal');
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some(({ severity }) => severity === 'fatal' || severity === 'error');
}

/** What this host lacks of it, in the network namespace that the process is in now. */
export function checkOnHost(
  { model, positions, claims }: KeepalivedConfig,
  vrrp: ConfigurationSource['vrrp'],
  host: HostFacts = createHostFacts(),
): HostCheck {
  const wanted = vrrp === 'off' ? { ...model, instances: [] } : model;
  return checkAgainstHost(wanted, positions, host, claims);
}
