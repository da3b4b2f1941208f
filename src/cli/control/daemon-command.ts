/** A command that asks a daemon for one thing and prints what came of it. */
import type { ControlClient } from '../../api/client.ts';
import type { Command } from '../command.ts';
import { parseFlags } from '../flags.ts';
import { DAEMON_OPTIONS, DAEMON_USAGE, EXIT_USAGE, socketPath } from './daemon-flags.ts';
import { withDaemon } from './with-daemon.ts';

export interface Said {
  readonly text: string;
  readonly code: number;
}

export interface DaemonCommandOptions<Result, Arguments extends readonly string[]> {
  readonly name: string;
  readonly summary: string;
  /** As in the usage line: `INSTANCE`, `PRIORITY|reset`. */
  readonly arguments: { readonly [Index in keyof Arguments]: string };
  /** Paragraphs of the help. */
  readonly about: string;
  /** Says what is wrong with the arguments, before anybody is asked. */
  check?(given: Arguments): string | undefined;
  ask(client: ControlClient, given: Arguments): Promise<Result>;
  /** For people; `code` is the exit code. */
  say(result: Result, given: Arguments): Said;
}

export function createDaemonCommand<Result, const Arguments extends readonly string[]>(
  options: DaemonCommandOptions<Result, Arguments>,
): Command {
  const { name, summary, about } = options;
  const words = [name, ...options.arguments].join(' ');
  const usage = `Usage: holdfast ${words} [OPTION...]\n\n${about}\n\n${DAEMON_USAGE}\n${EXIT_USAGE}`;
  const refuse = (message: string): number => {
    process.stderr.write(`holdfast ${name}: ${message}\n${usage}`);
    return 1;
  };
  return {
    name,
    summary,
    usage,
    run: async (argv) => {
      const flags = parseFlags(argv, { options: DAEMON_OPTIONS, allowPositionals: true });
      if (!flags.ok) return refuse(flags.message);
      const { values, positionals } = flags;
      if (values.help === true) {
        process.stdout.write(usage);
        return 0;
      }
      const missing = options.arguments[positionals.length];
      if (missing !== undefined) return refuse(`${missing} is missing`);
      const surplus = positionals[options.arguments.length];
      if (surplus !== undefined) return refuse(`'${surplus}' is one word too many`);
      // As many as there are names for them, by the two lines above.
      const given = positionals as unknown as Arguments;
      const complaint = options.check?.(given);
      if (complaint !== undefined) return refuse(complaint);
      return withDaemon(name, socketPath(values.socket), async (client) => {
        const result = await options.ask(client, given);
        const said = options.say(result, given);
        process.stdout.write(values.json === true ? `${JSON.stringify(result)}\n` : said.text);
        return said.code;
      });
    },
  };
}
