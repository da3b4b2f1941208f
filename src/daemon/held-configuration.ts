/** A configuration held against this host: what it lacks, and what the proxy's own files say beside it. */
import type { Diagnostic } from '../base/diagnostics.ts';
import type { HostFacts } from '../config/keepalived/host-check.ts';
import type { KeepalivedConfig } from '../config/keepalived/index.ts';
import type { KnownBlocks } from '../config/keepalived/known-blocks.ts';
import { checkTrackedProxies } from '../config/keepalived/proxy-check.ts';
import { severityOf } from '../config/keepalived/report.ts';
import type { Model } from '../config/model/model.ts';
import { withNetworkNamespace } from '../linux/ffi/netns.ts';
import { isSysError, type SysError } from '../ports/sys-error.ts';
import {
  type ConfigurationSource,
  checkOnHost,
  isUnreadable,
  readConfiguration,
} from './configuration.ts';
import { createHostFacts } from './host-facts.ts';
import { readProxyFiles } from './proxy-files.ts';

/** The same for a check, which no daemon has settled anything for. */
export interface CheckedSource extends ConfigurationSource {
  /** `-s`. */
  readonly networkNamespace?: string;
}

export interface LoadedConfiguration {
  /** Absent where the file could not be read at all. */
  readonly model: Model | undefined;
  readonly diagnostics: readonly Diagnostic[];
  /** Those of them that are about the proxy's own files. */
  readonly proxyDiagnostics?: readonly Diagnostic[];
  /** What was read, for `config_save_dir`; absent where another program of this daemon has read it. */
  text?(): string;
}

/** Holds what was read against the host, in the network namespace that the process is in now. */
export function holdAgainstHost(
  read: KeepalivedConfig,
  { atStop = 'release', vrrp, proxyFiles }: ConfigurationSource,
  host: HostFacts = createHostFacts(),
): LoadedConfiguration {
  if (isUnreadable(read)) return { model: undefined, diagnostics: read.diagnostics };
  const checked = checkOnHost(read, vrrp, host);
  const proxy = Array.isArray(proxyFiles) ? readProxyFiles(proxyFiles) : undefined;
  const { model, diagnostics } =
    proxyFiles === 'unknown'
      ? { model: checked.model, diagnostics: [] }
      : checkTrackedProxies(checked.model, read.positions, proxy?.proxies);
  const proxyDiagnostics = proxy?.diagnostics ?? [];
  const own = [...read.diagnostics, ...checked.diagnostics, ...diagnostics];
  return {
    model: fitToStop(model, atStop),
    diagnostics: [...own, ...proxyDiagnostics],
    proxyDiagnostics,
    text: read.text,
  };
}

/** For a check: in the namespace that the daemon would enter, while this process stays where it is. */
export function checkConfigurationInPlace(source: CheckedSource): LoadedConfiguration {
  const read = readConfiguration(source);
  const name = source.networkNamespace ?? read.model.global.process?.networkNamespace;
  const path = `/run/netns/${name}`;
  const inside =
    name === undefined
      ? holdAgainstHost(read, source)
      : withNetworkNamespace(path, () => holdAgainstHost(read, source));
  if (!isSysError(inside)) return inside;
  // Which interfaces there will be nobody knows.
  const host: HostFacts = { ...createHostFacts(), interface: () => 'present' };
  const outside = holdAgainstHost(read, source, host);
  const diagnostics = [...outside.diagnostics, missingNamespace(inside, read, source)];
  return { ...outside, diagnostics };
}

function missingNamespace(
  { message }: SysError,
  { positions }: KeepalivedConfig,
  { configFile }: ConfigurationSource,
): Diagnostic {
  const at = positions.get('global/net_namespace') ?? { file: configFile, line: 1, column: 1 };
  const text = `${message}: interfaces are not checked, and the daemon does not start without it`;
  const code = 'missing-net-namespace';
  return { code, severity: severityOf(code), ...at, message: text };
}

export function loadConfiguration(
  source: ConfigurationSource,
  known?: KnownBlocks,
): LoadedConfiguration {
  return holdAgainstHost(readConfiguration(source, known), source);
}

function fitToStop(model: Model, atStop: 'release' | 'keep'): Model {
  return atStop === 'release' ? model : { ...model, global: { ...model.global, deadMan: 'off' } };
}
