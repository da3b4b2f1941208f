/** Keywords about the daemon as a process, outside all blocks and in global_defs. */
import { seconds } from '../../../base/time.ts';
import type { ProcessModel } from '../../model/process.ts';
import { type Context, notePosition } from './context.ts';
import type { Values } from './values.ts';

/** What `max_auto_priority` means without a number. */
const HIGHEST_PRIORITY = 99;

/** What the configuration says of the process; undefined where it says nothing. */
export function readProcess(
  root: Values,
  globals: Values,
  context: Context,
): ProcessModel | undefined {
  const networkNamespace = root.text('net_namespace');
  notePosition(context, 'global/net_namespace', root.position('net_namespace'));
  const instance = readName(root, 'instance', context);
  const startup = globals.number('startup_script_timeout');
  const shutdown = globals.number('shutdown_script_timeout');
  const maxAutoPriority =
    globals.statement('max_auto_priority')?.words.length === 0
      ? HIGHEST_PRIORITY
      : globals.number('max_auto_priority');
  const report = readPath(globals, 'reload_check_config', context);
  const timeFile = readPath(globals, 'reload_time_file', context);
  const process: ProcessModel = {
    ...(networkNamespace !== undefined && { networkNamespace }),
    ...(instance !== undefined && { instance }),
    ...(root.has('use_pid_dir') && { usePidFolder: true }),
    ...(startup !== undefined && { startupTimeout: seconds(startup) }),
    ...(shutdown !== undefined && { shutdownTimeout: seconds(shutdown) }),
    // -1 is keepalived's word for "not asked for".
    ...(maxAutoPriority !== undefined && maxAutoPriority >= 0 && { maxAutoPriority }),
    ...(globals.bool('set_supplementary_groups') === true && { supplementaryGroups: true }),
    ...(report !== undefined && { reloadReport: report }),
    ...(timeFile !== undefined && { reloadTimeFile: timeFile }),
    ...(globals.bool('reload_repeat') === true && { reloadRepeat: true }),
    ...(globals.has('reload_file') && {
      reloadMarker: readPath(globals, 'reload_file', context) ?? '',
    }),
  };
  return Object.keys(process).length === 0 ? undefined : process;
}

/** A name that becomes part of paths. */
function readName(values: Values, keyword: string, { report }: Context): string | undefined {
  let name: string | undefined;
  for (const { words } of values.all(keyword)) {
    const [word] = words;
    if (word === undefined) continue;
    const { text, at } = word;
    if (!text.includes('/') && text !== '.' && text !== '..') name = text;
    else {
      report.add('name-with-slash', at, `'${text}' cannot be part of a file's name: it is ignored`);
    }
  }
  return name;
}

/** A daemon's working directory is nobody's choice, so a path must be absolute. */
function readPath(values: Values, keyword: string, { report }: Context): string | undefined {
  let path: string | undefined;
  for (const { words } of values.all(keyword)) {
    const [word] = words;
    if (word === undefined) continue;
    if (word.text.startsWith('/')) path = word.text;
    else {
      const what = `'${word.text}' is not an absolute path: it is ignored`;
      report.add('relative-file', word.at, what);
    }
  }
  return path;
}
