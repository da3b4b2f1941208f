import type { DumpSettings } from '../../model/dump-settings.ts';
import type { Values } from './values.ts';

/** Undefined where everything is as usual. */
export function readDumpSettings(values: Values): DumpSettings | undefined {
  const jsonVersion = values.number('json_version') === 2 ? 2 : 1;
  const names = values.bool('data_use_instance') === true ? 'with-instance' : 'plain';
  const stateFile = values.text('state_dump_file');
  const saveDirectory = values.text('config_save_dir');
  const isUsual = stateFile === undefined && saveDirectory === undefined;
  if (jsonVersion === 1 && names === 'plain' && isUsual) return undefined;
  return {
    jsonVersion,
    names,
    ...(stateFile !== undefined && { stateFile }),
    ...(saveDirectory !== undefined && { saveDirectory }),
  };
}
