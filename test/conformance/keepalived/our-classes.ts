/** Prints as JSON which exit class holdfast gives each file named on the command line. */
import { exitClass } from '../../../src/config/keepalived/index.ts';
import { loadConfiguration } from '../../../src/daemon/configuration.ts';

const classes: Record<string, { status: number; codes: string[] }> = {};
for (const configFile of process.argv.slice(2)) {
  const { diagnostics } = loadConfiguration({ configFile });
  const codes = diagnostics.map(({ code, line, message }) => `${line} ${code}: ${message}`);
  classes[configFile] = { status: exitClass(diagnostics), codes };
}
process.stdout.write(JSON.stringify(classes));
