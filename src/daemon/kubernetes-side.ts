/** The process that speaks with the cluster, as the VRRP process has it: a child that may die. */
import type { ChildProcess } from 'node:child_process';
import { parseReport } from '../api/control-child.ts';
import type { Model } from '../config/model/model.ts';
import type { LogSink } from '../ports/log.ts';
import { ChildKeeper, type ChildProgram } from './child-keeper.ts';
import { controlSocketPath } from './control-side.ts';
import type { KubernetesChildSettings } from './kubernetes/settings.ts';
import type { DaemonOptions } from './options.ts';
import { ReportReader } from './report-reader.ts';

const PROGRAM: ChildProgram = {
  label: 'kubernetes',
  name: 'holdfast-kube',
  bundle: 'kubernetes.cjs',
  // A cluster of a thousand Services needs some thirty megabytes.
  nodeFlags: ['--max-old-space-size=384', '--max-semi-space-size=8'],
  firstDelayMs: 500,
};

export interface KubernetesSideParts {
  readonly log: LogSink;
  readonly options: Pick<DaemonOptions, 'pidFiles' | 'kubernetes'>;
  readonly vrrp: { whenCalm(act: () => void): void };
}

export class KubernetesSide {
  readonly #parts: KubernetesSideParts;
  readonly #keeper: ChildKeeper<KubernetesChildSettings>;

  constructor(parts: KubernetesSideParts) {
    this.#parts = parts;
    this.#keeper = new ChildKeeper(PROGRAM, {
      log: parts.log,
      whenCalm: (act) => parts.vrrp.whenCalm(act),
      stdio: ['pipe', 'pipe', 'pipe'],
      started: (child) => this.#listen(child),
    });
  }

  /** When this process becomes the daemon. */
  configure({ global }: Model): void {
    const { kubernetes, pidFiles } = this.#parts.options;
    if (kubernetes === undefined) return;
    const controlSocket = controlSocketPath(pidFiles[0] ?? '', global);
    if (controlSocket === undefined) this.#keeper.tell('error', 'needs the control socket');
    else this.#keeper.configure({ ...kubernetes, controlSocket });
  }

  close(): void {
    this.#keeper.close();
  }

  #listen({ stdin, stdout, stderr }: ChildProcess): void {
    const { log } = this.#parts;
    stdin?.on('error', () => {});
    const reader = new ReportReader((text) => log.write({ level: 'warning', text }));
    if (stdout !== null) reader.read(stdout, (line) => this.#onReport(line));
    if (stderr !== null) reader.read(stderr, (line) => this.#keeper.tell('error', line));
  }

  #onReport(line: string): void {
    const report = parseReport(line);
    if (report?.kind === 'log') this.#keeper.tell(report.level, report.text);
    else this.#keeper.tell('info', line);
  }
}
