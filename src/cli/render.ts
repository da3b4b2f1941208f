import type { ContainerFiles } from '../config/environment/setup.ts';
import type { RenderOptions } from '../config/keepalived/render/render.ts';
import { renderImage } from '../daemon/container/render-image.ts';
import { containerFiles, ownSetup } from '../daemon/container/setup.ts';
import { renderConfiguration } from '../daemon/render.ts';
import type { Command } from './command.ts';
import { loadImages } from './container.ts';
import { DEFAULT_FILE } from './default-file.ts';
import { parseFlags } from './flags.ts';

const USAGE = `Usage: holdfast render [OPTION...] [FILE]
       holdfast render --image NAME [-e NAME=VALUE]... [OPTION...] [-- ARGUMENT...]

Prints what FILE (a keepalived.conf, default /etc/keepalived/keepalived.conf) comes to, as a
keepalived.conf of its own: comments are gone, includes, definitions and @ID lines are replaced by
what they stand for, and statements with errors are left out, since they are not in force. What is
wrong with FILE goes to stderr.

      --defaults      state the default of what is not stated
      --show-secrets  print passwords and keys instead of 'redacted'
  -i, --config-id ID  for lines that begin with @ID (default: the host's short name)
      --image NAME    what the variables of a container of that image come to ('holdfast container')
  -e, --env N=VALUE   a variable of it; may be given several times
      --env-file FILE variables, as docker's --env-file has them
  -h, --help          print this text

Exit status: as 'holdfast check' has it.
`;

export const renderCommand: Command = {
  name: 'render',
  summary: 'print what a keepalived.conf comes to',
  usage: USAGE,
  run: async (argv) => {
    const flags = parseFlags(argv, {
      options: {
        defaults: { type: 'boolean' },
        'show-secrets': { type: 'boolean' },
        'config-id': { type: 'string', short: 'i' },
        image: { type: 'string' },
        env: { type: 'string', short: 'e', multiple: true },
        'env-file': { type: 'string', multiple: true },
        help: { type: 'boolean', short: 'h' },
      },
      allowPositionals: true,
    });
    const isImage = flags.ok && flags.values.image !== undefined;
    const tooMany = flags.ok && !isImage && flags.positionals.length > 1;
    if (!flags.ok || tooMany) {
      const message = flags.ok ? 'one FILE at a time' : flags.message;
      process.stderr.write(`holdfast render: ${message}\n${USAGE}`);
      return 1;
    }
    const { values, positionals } = flags;
    if (values.help === true) {
      process.stdout.write(USAGE);
      return 0;
    }
    const shown: RenderOptions = {
      secrets: values['show-secrets'] === true ? 'shown' : 'redacted',
      defaults: values.defaults === true ? 'stated' : 'left-out',
    };
    if (values.image !== undefined) {
      const env = readEnvironment(values.env ?? [], values['env-file'] ?? []);
      if (typeof env === 'string') {
        process.stderr.write(`holdfast render: ${env}\n`);
        return 1;
      }
      const { networks: _, ...own } = ownSetup(positionals);
      const setup = { ...own, env, files: NO_FILES };
      return renderImage({ setup, named: values.image, options: shown }, loadImages());
    }
    return renderConfiguration(
      {
        configFile: positionals[0] ?? DEFAULT_FILE,
        ...(values['config-id'] !== undefined && { configId: values['config-id'] }),
      },
      shown,
    );
  },
};

/** This host is not the container: nothing is mounted. */
const NO_FILES: ContainerFiles = { read: () => undefined, list: () => [] };

/** Those of `-e` count, then the last of the files; or what is wrong. */
function readEnvironment(
  given: readonly string[],
  paths: readonly string[],
): Readonly<Record<string, string>> | string {
  const lines: string[] = [];
  for (const path of paths) {
    const text = containerFiles.read(path);
    if (text === undefined) return `${path} cannot be read`;
    lines.push(...text.split(/\r?\n/).filter((line) => /^[^#\s]/.test(line)));
  }
  const pairs = [...lines, ...given].map((line) => /^([^=]+)=(.*)$/s.exec(line));
  const wrong = pairs.indexOf(null);
  if (wrong !== -1) return `'${[...lines, ...given][wrong]?.split('=')[0]}' is not NAME=VALUE`;
  return Object.fromEntries(pairs.map((pair) => [pair?.[1] ?? '', pair?.[2] ?? '']));
}
