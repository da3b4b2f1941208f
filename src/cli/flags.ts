/** Reads the options of holdfast's own commands by node's parser, with errors for people. */
import { type ParseArgsConfig, parseArgs } from 'node:util';

export type FlagsResult<Config extends ParseArgsConfig> =
  | {
      readonly ok: true;
      readonly values: ReturnType<typeof parseArgs<Config>>['values'];
      readonly positionals: readonly string[];
    }
  | { readonly ok: false; readonly message: string };

export function parseFlags<Config extends ParseArgsConfig>(
  argv: readonly string[],
  config: Config,
): FlagsResult<Config> {
  try {
    const parsed = parseArgs<Config>({ ...config, args: [...argv], strict: true });
    return { ok: true, values: parsed.values, positionals: parsed.positionals };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return { ok: false, message: text.split('. ')[0] ?? text };
  }
}
