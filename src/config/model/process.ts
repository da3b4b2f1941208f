import { duration, flag, integer, object, optional, type Shape, text } from '../../base/shape.ts';
import type { Micros } from '../../base/time.ts';

/** The daemon as a process: what it is called, where it runs, how it is told to reload. */
export interface ProcessModel {
  /** Network namespace by its name in /run/netns. Stays what it was at the start. */
  readonly networkNamespace?: string;
  /** Tells daemons of one host apart in names of files and in the log. Stays what it was at the start. */
  readonly instance?: string;
  /** Pid files have a folder of their own. */
  readonly usePidFolder?: boolean;
  /** The script is killed after that; 10 s where absent. */
  readonly startupTimeout?: Micros;
  readonly shutdownTimeout?: Micros;
  /** 1..99: never more real-time priority than that; 0: none at all. */
  readonly maxAutoPriority?: number;
  /** Scripts run with all groups of their user, not only with his own one. */
  readonly supplementaryGroups?: boolean;
  /** What was wrong at the last reload is written there. */
  readonly reloadReport?: string;
  /** A file that says when to reload. */
  readonly reloadTimeFile?: string;
  /** A time without a date counts every day. */
  readonly reloadRepeat?: boolean;
  /** A file that is there while the configuration is read; '' for keepalived.reload beside the pid files. */
  readonly reloadMarker?: string;
}

export const processShape: Shape<ProcessModel> = object<ProcessModel>({
  networkNamespace: optional(text),
  instance: optional(text),
  usePidFolder: optional(flag),
  startupTimeout: optional(duration),
  shutdownTimeout: optional(duration),
  maxAutoPriority: optional(integer),
  supplementaryGroups: optional(flag),
  reloadReport: optional(text),
  reloadTimeFile: optional(text),
  reloadRepeat: optional(flag),
  reloadMarker: optional(text),
});
