/** A file of a plan, where it belongs. */
export interface PlannedFile {
  /** Below the output folder; files of a host at `hosts/NAME/` and their path there. */
  readonly path: string;
  readonly text: string;
  readonly mode: 0o600 | 0o644 | 0o755;
}

/** A file on a host, by its absolute path there. */
export interface HostFile {
  readonly path: string;
  readonly text: string;
  readonly mode: 0o600 | 0o644 | 0o755;
}

export function placeOnHost(host: string, { path, text, mode }: HostFile): PlannedFile {
  return { path: `hosts/${host}${path}`, text, mode };
}

/** Where the files of a host lie. */
export const PATHS = {
  keepalived: '/etc/keepalived/keepalived.conf',
  check: '/etc/keepalived/check_haproxy.sh',
  haproxy: '/etc/haproxy/haproxy.cfg',
} as const;

/** What each program reads, in short: in whatever starts it, so that a change starts it anew. */
export interface ConfigMarks {
  readonly keepalived: string;
  readonly haproxy: string;
}

/** The name under which the mark stands, as an annotation or a label. */
export const MARK = 'holdfast/configuration';
