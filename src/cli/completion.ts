import type { Command } from './command.ts';
import { parseFlags } from './flags.ts';

const USAGE = `Usage: holdfast completion bash|zsh|fish

Prints a script that completes commands, options and the names of instances in a shell:

  source <(holdfast completion bash)
  holdfast completion bash > /etc/bash_completion.d/holdfast
  holdfast completion zsh > /usr/local/share/zsh/site-functions/_holdfast
  holdfast completion fish > /etc/fish/completions/holdfast.fish
`;

const INSTANCE_COMMANDS = ['explain', 'handover', 'priority'];
/** Prints the names of the daemon's instances, one a line. */
const LIST_INSTANCES = `holdfast status --json 2>/dev/null | grep -o '"name":"[^"]*"' | cut -d '"' -f 4`;

const SCRIPTS: Readonly<Record<string, (commands: readonly Command[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

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
      const given = flags.ok ? flags.positionals.join(' ') : '';
      const script = Object.hasOwn(SCRIPTS, given) ? SCRIPTS[given] : undefined;
      if (script === undefined) {
        const message = flags.ok ? `the shell is bash, zsh or fish, not '${given}'` : flags.message;
        process.stderr.write(`holdfast completion: ${message}\n${USAGE}`);
        return 1;
      }
      process.stdout.write(script(commands()));
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
    words=$(${LIST_INSTANCES})
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

export function zshScript(commands: readonly Command[]): string {
  const names = commands
    .map(({ name, summary }) => `      ${quoteZsh(`${name}:${summary}`)}\n`)
    .join('');
  const options = commands
    .map(({ name, usage }) => `    ${name}) options=(${optionsOf(usage).join(' ')}) ;;\n`)
    .join('');
  return `#compdef holdfast
# zsh completion for holdfast
_holdfast() {
  local -a options instances
  if ((CURRENT == 2)); then
    local -a commands=(
${names}    )
    _describe -t commands command commands
    return
  fi
  if [[ $words[CURRENT-1] == (-i|--instance) ]] ||
    [[ $CURRENT -eq 3 && $words[2] == (${INSTANCE_COMMANDS.join('|')}) && $words[3] != -* ]]; then
    instances=(\${(f)"$(${LIST_INSTANCES})"})
    compadd -a instances
    return
  fi
  case $words[2] in
${options}  esac
  if [[ $words[CURRENT] == -* ]]; then compadd -a options; else _files; fi
}
if [[ $funcstack[1] == _holdfast ]]; then _holdfast "$@"; else compdef _holdfast holdfast; fi
`;
}

export function fishScript(commands: readonly Command[]): string {
  const lines = commands.flatMap(({ name, summary, usage }) => [
    `complete -c holdfast -n __fish_use_subcommand -f -a ${name} -d ${quoteFish(summary)}`,
    ...optionsOf(usage).map(
      (option) =>
        `complete -c holdfast -n '__fish_seen_subcommand_from ${name}' -l ${option.slice(2)}`,
    ),
  ]);
  return `# fish completion for holdfast
function __holdfast_instances
    ${LIST_INSTANCES}
end
${lines.join('\n')}
complete -c holdfast -n '__fish_seen_subcommand_from ${INSTANCE_COMMANDS.join(' ')}' -f -a '(__holdfast_instances)'
complete -c holdfast -s i -l instance -x -a '(__holdfast_instances)'
`;
}

function quoteZsh(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function quoteFish(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}

function optionsOf(usage: string): readonly string[] {
  return [...new Set(usage.match(/(?<=^ +(?:-\w, +)?)--[a-z][\w-]*/gm))];
}
