/** What is written to files when a signal or a reload asks for it. */
export interface DumpSettings {
  /** Layout of the JSON dump. */
  readonly jsonVersion: 1 | 2;
  /** Whether names of text dumps say which daemon of the host wrote them. */
  readonly names: 'plain' | 'with-instance';
  /** Where the text dump of the VRRP process goes; keepalived.data in the temporary directory where absent. */
  readonly stateFile?: string;
  /** What was configured, and what came of it, is kept there at every reload. */
  readonly saveDirectory?: string;
}
