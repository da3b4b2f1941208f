/** The file that `holdfast status` reads (api/cluster-report.ts), written when what it says has come to rest. */
import { type ClusterReport, clusterReportPath } from '../../api/cluster-report.ts';
import { writeWhole } from './last-state.ts';

/** People look at it: what changes all the time is written now and then. */
const WRITE_AFTER_MS = 200;

export type ReportContents = Omit<ClusterReport, 'daemonPid' | 'at'>;

export class ReportFile {
  readonly #path: string;
  readonly #tell: (text: string) => void;
  #contents: (() => ReportContents) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #written = '';
  #trouble = '';

  constructor(controlSocket: string, tell: (text: string) => void) {
    this.#path = clusterReportPath(controlSocket);
    this.#tell = tell;
  }

  /** Returns at once; `contents` is asked when it is written. */
  show(contents: () => ReportContents): void {
    this.#contents = contents;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#write();
    }, WRITE_AFTER_MS);
  }

  #write(): void {
    const contents = this.#contents?.();
    const text = JSON.stringify(contents);
    if (contents === undefined || text === this.#written) return;
    // The VRRP process is the parent, and stays it through an upgrade.
    const head = { daemonPid: process.ppid, at: new Date().toISOString() };
    try {
      writeWhole(this.#path, `${JSON.stringify({ ...head, ...contents })}\n`, 'quick');
      this.#written = text;
      this.#trouble = '';
    } catch (error) {
      const { message } = error as Error;
      if (this.#trouble !== message) this.#tell(`holdfast status knows no Services: ${message}`);
      this.#trouble = message;
    }
  }
}
