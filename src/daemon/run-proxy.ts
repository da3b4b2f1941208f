import type { ProxyConfig } from '../config/model/proxy.ts';

/** What the command line says besides the configuration. */
export interface ProxyRunOptions {
  readonly programName: string;
  readonly paths: readonly string[];
  readonly background: boolean;
  readonly debug: boolean;
  readonly masterWorker: boolean;
  /** Tells systemd when it is ready. */
  readonly notifies: boolean;
  readonly masterSocket?: string;
  readonly pidFile?: string;
  readonly oldProcesses: readonly number[];
  readonly endsOld: 'softly' | 'at-once';
  readonly socketsFrom?: string;
  readonly maxconn?: number;
}

/** Carries traffic until it is told to stop; resolves with the exit code. */
export async function runProxy(options: ProxyRunOptions, _config: ProxyConfig): Promise<number> {
  process.stderr.write(
    `${options.programName}: this version reads and tests configurations (-c), and carries no traffic yet\n`,
  );
  return 1;
}
