/** `holdfast kubernetes`: the daemon, with a configuration that a child writes from what a cluster says. */
import { prepareConfiguration } from './kubernetes/prepare.ts';
import type { KubernetesSettings } from './kubernetes/settings.ts';
import type { DaemonRequest } from './options.ts';
import { startDaemon } from './start.ts';
import { isUpgrade } from './upgrade/baggage.ts';

export type { KubernetesSettings } from './kubernetes/settings.ts';

export interface KubernetesRequest extends Pick<DaemonRequest, 'verbosity' | 'pidFiles'> {
  readonly settings: KubernetesSettings;
  readonly complaints: readonly string[];
}

const FATAL = 1;

/** Runs until it is told to stop; resolves with the exit code. */
export async function runKubernetes(request: KubernetesRequest): Promise<number> {
  const { settings, verbosity, pidFiles } = request;
  const complaints = [...request.complaints];
  // In an upgrade the configuration that runs is that.
  if (!isUpgrade()) {
    try {
      complaints.push(prepareConfiguration(settings));
    } catch (error) {
      const { message } = error as Error;
      process.stderr.write(`holdfast kubernetes: ${settings.configFile}: ${message}\n`);
      return FATAL;
    }
  }
  return startDaemon({
    programName: 'Keepalived',
    configFile: settings.configFile,
    mode: 'foreground',
    logTo: ['stderr'],
    logFormat: 'text',
    logWording: 'keepalived-1.2',
    verbosity,
    logFacility: 'daemon',
    pidFiles,
    atStop: 'release',
    dumpConfiguration: 'no',
    onInterrupt: 'stop',
    complaints,
    kubernetes: settings,
    ...(settings.proxyFile !== undefined && { proxyFiles: [settings.proxyFile] }),
  });
}
