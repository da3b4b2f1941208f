/**
 * The daemon of a keepalived.conf, as `ahead/wish.ts` has recognised it: src/main.ts would run the same, but a daemon
 * need not carry the other commands, and starts a quarter sooner without them.
 */
import { basename } from 'node:path';
import { runToEnd } from '../end.ts';
import { keepalivedCommand, runAsKeepalived } from '../keepalived.ts';
import { runCommand } from '../run.ts';

function run(program: string, argv: readonly string[]): Promise<number> {
  const [first, ...rest] = argv;
  if (program !== 'keepalived') {
    for (const command of [runCommand, keepalivedCommand])
      if (command.name === first) return command.run(rest);
  }
  return runAsKeepalived(program, argv);
}

void runToEnd('daemon', () => run(basename(process.argv0), process.argv.slice(2)));
