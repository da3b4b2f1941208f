/** Reads a configuration from disk and holds it against this host. */
import { hostname } from 'node:os';
import type { Diagnostic } from '../base/diagnostics.ts';
import { createRng } from '../base/rng.ts';
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
}

export interface LoadedConfiguration {
  /** Absent where the file could not be read at all. */
  readonly model: Model | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

export function loadConfiguration(source: ConfigurationSource): LoadedConfiguration {
  return holdAgainstHost(readConfiguration(source), source);
}

/** What is written, whatever this host has. */
export function readConfiguration({ configFile, configId }: ConfigurationSource): KeepalivedConfig {
  return readKeepalivedConfig(configFile, {
    files: diskFiles,
    environment: { get: (name) => process.env[name] },
    rng: createRng(Number(process.hrtime.bigint() % 0x1_0000_0000n)),
    hostName: hostname(),
    ...(configId !== undefined && { configId }),
  });
}

export function holdAgainstHost(
  read: KeepalivedConfig,
  { atStop = 'release' }: ConfigurationSource,
): LoadedConfiguration {
  if (read.diagnostics.some(({ severity }) => severity === 'fatal')) {
    return { model: undefined, diagnostics: read.diagnostics };
  }
  const checked = checkAgainstHost(read.model, read.positions, createHostFacts(), read.claims);
  return {
    model: fitToStop(checked.model, atStop),
    diagnostics: [...read.diagnostics, ...checked.diagnostics],
  };
}

function fitToStop(model: Model, atStop: 'release' | 'keep'): Model {
  return atStop === 'release' ? model : { ...model, global: { ...model.global, deadMan: 'off' } };
}
