/**
 * The process that speaks with the cluster, a child of the VRRP process: it writes the configuration and has it
 * reloaded. Whatever becomes of it, or of the API server, the VRRP process goes on with what it has.
 */
import {
  type Credentials,
  inClusterCredentials,
  plainCredentials,
} from '../../kubernetes/client/credentials.ts';
import { readKubeconfig } from '../../kubernetes/client/kubeconfig.ts';
import { VERSION } from '../version.ts';
import { Controller } from './controller.ts';
import { DaemonLink } from './daemon-link.ts';
import { serveHealth } from './health-server.ts';
import { MeasuredClient } from './measured-client.ts';
import { PodMetrics } from './pod-metrics.ts';
import { ServersLink } from './servers-link.ts';
import type { KubernetesChildSettings, KubernetesSettings } from './settings.ts';

const NAME = 'holdfast-kube';
const CREDENTIALS_AGAIN_MS = 5000;

function tell(level: 'error' | 'warning' | 'info', text: string): void {
  process.stdout.write(`${JSON.stringify({ kind: 'log', level, text })}\n`);
}

function credentialsFor({ apiServer, kubeconfig }: KubernetesSettings): Credentials {
  if (kubeconfig !== undefined) return readKubeconfig(kubeconfig, apiServer);
  return apiServer === undefined ? inClusterCredentials(process.env) : plainCredentials(apiServer);
}

/** They may be mounted later than this begins. */
function begin(
  settings: KubernetesChildSettings,
  daemon: DaemonLink,
  onBegun: (controller: Controller) => void,
) {
  let credentials: Credentials;
  try {
    credentials = credentialsFor(settings);
  } catch (error) {
    tell('error', `no way to the API server, trying again: ${(error as Error).message}`);
    setTimeout(() => begin(settings, daemon, onBegun), CREDENTIALS_AGAIN_MS);
    return;
  }
  const client = new MeasuredClient(credentials, `holdfast/${VERSION}`);
  const checker = new ServersLink(settings.controlSocket);
  const controller = new Controller({ client, daemon, checker, settings, tell });
  onBegun(controller);
  controller.run();
}

function main(): void {
  process.title = NAME;
  // Those of the terminal are for the parent.
  for (const signal of ['SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGPIPE'] as const) {
    process.on(signal, () => {});
  }
  let controller: Controller | undefined;
  const end = (): void => {
    controller?.close();
    process.exit(0);
  };
  process.on('SIGTERM', end);
  process.stdout.on('error', () => {});
  // It has nothing to say: its end is that of the parent.
  process.stdin.resume().on('close', end);
  const settings: KubernetesChildSettings = JSON.parse(process.argv[2] ?? '{}');
  const daemon = new DaemonLink(settings.controlSocket);
  const metrics = new PodMetrics({
    ...{ daemon, controlSocket: settings.controlSocket },
    controller: () => controller,
  });
  serveHealth({
    ...{ daemon, tell, port: settings.httpPort },
    metrics: (accept) => metrics.page(accept),
    unready: () =>
      controller === undefined ? 'there is no way to the API server' : controller.unready(),
  });
  begin(settings, daemon, (begun) => {
    controller = begun;
  });
}

main();
