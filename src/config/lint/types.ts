/** What lint reads, what it knows of it, and what a rule is. */
import type { Diagnostic } from '../../base/diagnostics.ts';
import type { KeepalivedConfig } from '../keepalived/index.ts';

/** One file as the user gave it. */
export interface Source {
  readonly path: string;
  readonly text: string;
  /** Somebody may execute it. */
  readonly isExecutable?: boolean;
}

export type PieceKind =
  | 'keepalived'
  | 'haproxy'
  | 'shell'
  | 'script'
  | 'yaml'
  | 'inventory'
  | 'prose'
  | 'other';

/**
 * A part of a file that is a file itself. Its text has empty lines before it, and its lines keep their
 * indentation, so that a line and a column of it are those of the file that the user gave.
 */
export interface Piece {
  readonly kind: PieceKind;
  readonly file: string;
  readonly text: string;
  /** `heredoc`: a shell writes it; `derived`: a copy that a shell changes. */
  readonly origin: 'file' | 'block' | 'heredoc' | 'derived';
  /** Where the shell writes it. */
  readonly target?: string;
  /** The shell expands variables and commands in it. */
  readonly isExpanded?: boolean;
  /** 1-based lines where a variable or a template's expression was replaced by a value. */
  readonly filled: ReadonlySet<number>;
  /** Which host it is for, in words. */
  readonly node: string;
}

export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface Variable {
  readonly name: string;
  readonly value: string;
  readonly at: Place;
}

/** One container of a `docker run`, a compose file or a manifest. */
export interface Container {
  readonly at: Place;
  readonly image: string;
  /** Empty where none is written. */
  readonly tag: string;
  readonly env: readonly Variable[];
  /** Host path (empty for a pod, whose volumes stand elsewhere), a colon, path in the container. */
  readonly mounts: readonly string[];
  readonly capabilities: readonly string[];
  readonly network: string;
  readonly isPrivileged: boolean;
  /** What stands behind the image's name. */
  readonly args: readonly string[];
  readonly from: 'docker-run' | 'compose' | 'pod';
  /** All that was written. */
  readonly text: string;
}

/** One keepalived.conf as our own reader understands it. */
export interface NodeConfig {
  readonly piece: Piece;
  readonly reading: KeepalivedConfig;
}

/** What is known of the host that the files are for; absent: nothing is. */
export interface LintHost {
  script(path: string): ScriptState;
  interface(name: string): 'present' | 'missing';
  /** Of all interfaces that are up. */
  addresses(): readonly HostAddress[];
}

/** The last two may be run, but not as it was meant. */
export type ScriptState = 'ok' | 'missing' | 'not-executable' | 'no-interpreter' | 'open-to-all';

export interface HostAddress {
  readonly interface: string;
  readonly address: string;
  readonly prefixLength: number;
}

export interface Subject {
  readonly sources: readonly Source[];
  /** With values in place of variables and expressions. */
  readonly pieces: readonly Piece[];
  /** As they were written. */
  readonly written: readonly Piece[];
  readonly nodes: readonly NodeConfig[];
  readonly containers: readonly Container[];
  readonly host?: LintHost;
}

export type LintSeverity = 'error' | 'warning' | 'info';

/** Replaces all of one line. */
export interface Fix {
  readonly line: number;
  readonly text: string;
}

export interface Finding extends Diagnostic {
  readonly severity: LintSeverity;
  readonly fix?: Fix;
}

/** What a rule has found; its code is the rule's. */
export interface Found {
  readonly at: Place;
  /** The rule's, where absent. */
  readonly severity?: LintSeverity;
  readonly message: string;
  readonly hint?: string;
}

export interface Rule {
  readonly code: string;
  readonly severity: LintSeverity;
  /** A sentence. */
  readonly title: string;
  /** What really happens, and why it matters. */
  readonly explanation: string;
  /** Files by name: the rule speaks about the bad and is silent about the good; a test holds it. */
  readonly bad: Readonly<Record<string, string>>;
  readonly good: Readonly<Record<string, string>>;
  /** Of the files of the bad example, where it matters. */
  readonly badMode?: number;
  readonly check: (subject: Subject) => Iterable<Found>;
}
