import type { Command } from './command.ts';
import { parseFlags } from './flags.ts';

const USAGE = `Usage: holdfast completion bash

Prints a script that completes commands, options and the names of instances in bash:

  source <(holdfast completion bash)
  holdfast completion bash > /etc/bash_completion.d/holdfast
`;

const INSTANCE_COMMANDS = ['explain', 'handover', 'priority'];

/** `commands`: all of the program's; their options are read from their usage. */
export function createCompletionCommand(commands: () => readonly Command[]): Command {
  return {
    name: 'completion',
    summary: 'print a script that completes commands in a shell',
    usage: USAGE,
    run: async (argv) => {
      const flags = parseFlags(argv, {
        options: { help: { type: 'boolean', short: 'h' } },
        allowPositionals: true,
      });
      if (flags.ok && flags.values.help === true) {
        process.stdout.write(USAGE);
        return 0;
      }
      const shell = flags.ok ? flags.positionals[0] : undefined;
      if (shell !== 'bash' || (flags.ok && flags.positionals.length > 1)) {
        const message = flags.ok ? `the shell is bash, not '${shell ?? ''}'` : flags.message;
        process.stderr.write(`holdfast completion: ${message}\n${USAGE}`);
        return 1;
      }
      process.stdout.write(bashScript(commands()));
      return 0;
    },
  };
}

export function bashScript(commands: readonly Command[]): string {
  const names = commands.map(({ name }) => name).join(' ');
  const options = commands
    .map(({ name, usage }) => `    ${name}) words='${optionsOf(usage).join(' ')}' ;;\n`)
    .join('');
  return `# bash completion for holdfast
_holdfast() {
  local word=\${COMP_WORDS[COMP_CWORD]} command=\${COMP_WORDS[1]} words
  if [[ $COMP_CWORD -eq 1 ]]; then
    mapfile -t COMPREPLY < <(compgen -W '${names}' -- "$word")
    return
  fi
  if [[ \${COMP_WORDS[COMP_CWORD-1]} == @(-i|--instance) ]] ||
    [[ $COMP_CWORD -eq 2 && $command == @(${INSTANCE_COMMANDS.join('|')}) && $word != -* ]]; then
    words=$(holdfast status --json 2>/dev/null | grep -o '"name":"[^"]*"' | cut -d '"' -f 4)
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
    return
  fi
  case $command in
${options}  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -o default -F _holdfast holdfast
`;
}

function optionsOf(usage: string): readonly string[] {
  return [...new Set(usage.match(/(?<=^ +(?:-\w, +)?)--[a-z][\w-]*/gm))];
}
