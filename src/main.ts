/** The program: one command per file in cli/; called as another program it speaks its options. */
import { basename } from 'node:path';
import { nearestWord } from './base/edit-distance.ts';
import { checkCommand } from './cli/check.ts';
import type { Command } from './cli/command.ts';
import { createCompletionCommand } from './cli/completion.ts';
import { containerCommand } from './cli/container.ts';
import { drainCommand, undrainCommand } from './cli/control/drain.ts';
import { eventsCommand } from './cli/control/events.ts';
import { explainCommand } from './cli/control/explain.ts';
import { handoverCommand } from './cli/control/handover.ts';
import { priorityCommand } from './cli/control/priority.ts';
import { reloadCommand } from './cli/control/reload.ts';
import { serversCommand } from './cli/control/servers.ts';
import { statusCommand } from './cli/control/status.ts';
import { upgradeCommand } from './cli/control/upgrade.ts';
import { doctorCommand } from './cli/doctor.ts';
import { runToEnd } from './cli/end.ts';
import { runGenhash } from './cli/genhash.ts';
import { haproxyCommand, runAsHaproxy } from './cli/haproxy.ts';
import { importCommand } from './cli/import.ts';
import { initCommand } from './cli/init.ts';
import { keepalivedCommand, runAsKeepalived } from './cli/keepalived.ts';
import { completePlugin, kubectlCommand, runAsPlugin } from './cli/kubectl.ts';
import { kubernetesCommand, runAsKubernetes } from './cli/kubernetes.ts';
import { labCommand } from './cli/lab.ts';
import { lintCommand } from './cli/lint.ts';
import { manifestCommand } from './cli/manifest.ts';
import { planCommand } from './cli/plan.ts';
import { renderCommand } from './cli/render.ts';
import { replayCommand } from './cli/replay.ts';
import { runCommand } from './cli/run.ts';
import { simulateCommand } from './cli/simulate.ts';
import { supportBundleCommand } from './cli/support-bundle.ts';
import { VERSION } from './daemon/version.ts';

const COMMANDS: readonly Command[] = [
  runCommand,
  checkCommand,
  lintCommand,
  simulateCommand,
  doctorCommand,
  supportBundleCommand,
  renderCommand,
  initCommand,
  planCommand,
  importCommand,
  manifestCommand,
  statusCommand,
  eventsCommand,
  explainCommand,
  serversCommand,
  handoverCommand,
  drainCommand,
  undrainCommand,
  priorityCommand,
  reloadCommand,
  upgradeCommand,
  labCommand,
  replayCommand,
  keepalivedCommand,
  haproxyCommand,
  containerCommand,
  kubernetesCommand,
  kubectlCommand,
  createCompletionCommand(() => COMMANDS),
];

function overview(): string {
  const lines = COMMANDS.map(({ name, summary }) => `  ${name.padEnd(14)} ${summary}`);
  return `holdfast ${VERSION}: holds a virtual IP on one healthy host of a group

Usage: holdfast COMMAND [OPTION...]
       holdfast -n -D -f FILE ...     (keepalived's own options, see holdfast keepalived --help)

${lines.join('\n')}

'holdfast COMMAND --help' tells more about a command; 'holdfast init' begins with a cluster of your own.
`;
}

async function main(program: string, argv: readonly string[]): Promise<number> {
  const [first = '--help', ...rest] = argv;
  if (program === 'genhash') return runGenhash(argv);
  if (program === 'haproxy') return runAsHaproxy(program, argv);
  if (program === 'kube-keepalived-vip') return runAsKubernetes(program, argv);
  if (program === 'kubectl-holdfast') return runAsPlugin('kubectl holdfast', argv);
  if (program === 'kubectl_complete-holdfast') return completePlugin(argv);
  if (program === 'keepalived') return runAsKeepalived(program, argv);
  if (first === '--help' || first === '-h' || first === 'help') {
    process.stdout.write(overview());
    return 0;
  }
  if (first === '--version' || first === '-v' || first === 'version') {
    process.stdout.write(`holdfast ${VERSION}\n`);
    return 0;
  }
  if (first.startsWith('-')) return runAsKeepalived(program, argv);
  const command = COMMANDS.find(({ name }) => name === first);
  if (command === undefined) {
    const nearest = nearestWord(first, [...COMMANDS.map(({ name }) => name), 'help', 'version']);
    const hint = nearest === undefined ? `\n\n${overview()}` : `; did you mean '${nearest}'?\n`;
    process.stderr.write(`holdfast: there is no command '${first}'${hint}`);
    return 1;
  }
  return command.run(rest);
}

const DAEMONS = ['run', 'container', 'kubernetes', 'haproxy', 'keepalived'];
const DAEMON_PROGRAMS = ['keepalived', 'haproxy', 'kube-keepalived-vip'];

const [program, argv] = [basename(process.argv0), process.argv.slice(2)];
const [first = ''] = argv;
const isDaemon =
  DAEMON_PROGRAMS.includes(program) || first.startsWith('-') || DAEMONS.includes(first);
void runToEnd(isDaemon ? 'daemon' : 'command', () => main(program, argv));
