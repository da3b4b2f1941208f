/**
 * What the VRRP process and its control child say to each other beside the control protocol: the one on
 * the command line, the other as JSON lines on its standard output.
 */

/** Descriptor of the connection on which the child asks. */
export const QUESTIONS_FD = 3;

/** Descriptor of the connection on which it is told of events. */
export const NEWS_FD = 4;

/** The child ends so when it wants to be started anew, as root, to listen where it could not. */
export const EXIT_AGAIN = 75;

export interface ControlChildSettings {
  readonly httpSocket?: {
    readonly path: string;
    /** Who may connect besides root; nobody where absent. */
    readonly gid?: number;
  };
  readonly metricsListen?: { readonly address: string; readonly port: number };
  /** Where the checker process answers reading; absent where there is none. */
  readonly figuresSocket?: string;
  /** Whom the child becomes once it listens. */
  readonly identity: { readonly uid: number; readonly gid: number };
}

export type ChildReport =
  | { readonly kind: 'log'; readonly level: 'error' | 'warning' | 'info'; readonly text: string }
  /** The file of the HTTP socket, for whoever removes it: the child may not. */
  | { readonly kind: 'bound'; readonly dev: number; readonly ino: number };

/** Reads one line of the child; undefined where it says nothing that can be understood. */
export function parseReport(line: string): ChildReport | undefined {
  try {
    const report = JSON.parse(line);
    if (typeof report !== 'object' || report === null) return undefined;
    if (report.kind === 'bound') {
      const { dev, ino } = report;
      return typeof dev === 'number' && typeof ino === 'number'
        ? { kind: 'bound', dev, ino }
        : undefined;
    }
    const { level, text } = report;
    if (report.kind !== 'log' || typeof text !== 'string') return undefined;
    return level === 'error' || level === 'warning' || level === 'info'
      ? { kind: 'log', level, text }
      : undefined;
  } catch {
    return undefined;
  }
}
