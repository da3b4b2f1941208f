/** Reads a configuration from disk and holds it against this host. */
import { hostname } from 'node:os';
import type { Diagnostic } from '../base/diagnostics.ts';
import { createRng } from '../base/rng.ts';
import type { HostFacts } from '../config/keepalived/host-check.ts';
import {
  checkAgainstHost,
  type KeepalivedConfig,
  readKeepalivedConfig,
} from '../config/keepalived/index.ts';
import type { Model } from '../config/model/model.ts';
import { diskFiles } from './config-files.ts';
import { createHostFacts } from './host-facts.ts';

export interface ConfigurationSource {
  readonly configFile: string;
  readonly configId?: string;
  /** Addresses that are to stay when the daemon ends are not to go by themselves either. */
  readonly atStop?: 'release' | 'keep';
  /** `off`: without the virtual routers. */
  readonly vrrp?: 'off';
}

export interface LoadedConfiguration {
  /** Absent where the file could not be read at all. */
  readonly model: Model | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads the file and everything it includes; this host has no say in it. */
export function readConfiguration({ configFile, configId }: ConfigurationSource): KeepalivedConfig {
  return readKeepalivedConfig(configFile, {
    files: diskFiles,
    environment: { get: (name) => process.env[name] },
    rng: createRng(Number(process.hrtime.bigint() % 0x1_0000_0000n)),
    hostName: hostname(),
    ...(configId !== undefined && { configId }),
  });
}

/** Holds what was read against the host, in the network namespace that the process is in now. */
export function holdAgainstHost(
  read: KeepalivedConfig,
  { atStop = 'release', vrrp }: ConfigurationSource,
  host: HostFacts = createHostFacts(),
): LoadedConfiguration {
  if (isUnreadable(read)) return { model: undefined, diagnostics: read.diagnostics };
  const wanted = vrrp === 'off' ? { ...read.model, instances: [] } : read.model;
  const checked = checkAgainstHost(wanted, read.positions, host, read.claims);
  return {
    model: fitToStop(checked.model, atStop),
    diagnostics: [...read.diagnostics, ...checked.diagnostics],
  };
}

export function loadConfiguration(source: ConfigurationSource): LoadedConfiguration {
  return holdAgainstHost(readConfiguration(source), source);
}

export function isUnreadable({ diagnostics }: Pick<KeepalivedConfig, 'diagnostics'>): boolean {
  return diagnostics.some(({ severity }) => severity === 'fatal');
}

function fitToStop(model: Model, atStop: 'release' | 'keep'): Model {
  return atStop === 'release' ? model : { ...model, global: { ...model.global, deadMan: 'off' } };
}
