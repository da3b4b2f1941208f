import { replayRecording } from '../daemon/replay.ts';
import type { Command } from './command.ts';
import { parseFlags } from './flags.ts';

const USAGE = `Usage: holdfast replay FILE [OPTION...]

Runs the engine over what 'holdfast run --record FILE' has written down, on any host and without
touching it, and prints the transitions with their causes.

      --detail   every event, as the log with -D has it
      --json     one JSON object per event
      --verify   say whether this program decides as the recorded one did, and where it does not
  -h, --help     print this text

Exit status: 0 done (with --verify: it agrees), 1 wrong options, 2 the file cannot be read to its end,
3 with --verify: it differs.
`;

export const replayCommand: Command = {
  name: 'replay',
  summary: 'run the engine over a recording and say why it did what',
  usage: USAGE,
  run: async (argv) => {
    const options = readOptions(argv);
    if (options === 'help') {
      process.stdout.write(USAGE);
      return 0;
    }
    if (typeof options === 'string') {
      process.stderr.write(`holdfast replay: ${options}\n${USAGE}`);
      return 1;
    }
    return replayRecording(options, {
      print: (line) => process.stdout.write(`${line}\n`),
      complain: (line) => process.stderr.write(`holdfast replay: ${line}\n`),
    });
  },
};

type Options = Parameters<typeof replayRecording>[0];

function readOptions(argv: readonly string[]): Options | string {
  const flags = parseFlags(argv, {
    allowPositionals: true,
    options: {
      detail: { type: 'boolean' },
      json: { type: 'boolean' },
      verify: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (!flags.ok) return flags.message;
  const { values } = flags;
  if (values.help === true) return 'help';
  const [file, another] = flags.positionals;
  if (file === undefined) return 'which FILE?';
  if (another !== undefined) return `one FILE, not '${another}' as well`;
  return {
    file,
    format: values.json === true ? 'json' : 'text',
    events: values.detail === true ? 'all' : 'transitions',
    agreement: values.verify === true ? 'tell' : 'ignore',
  };
}
