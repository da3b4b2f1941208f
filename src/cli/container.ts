import { createRequire } from 'node:module';
import type { Images } from '../config/environment/index.ts';
import { IMAGE_CHOICES } from '../config/environment/setup.ts';
import { runContainer } from '../daemon/container/run-container.ts';
import type { Command } from './command.ts';

const USAGE = `Usage: holdfast container [--image NAME] [--] [ARGUMENT...]

The entry of a container. Takes variables, arguments and mounts as another image would, writes the
configuration where that image has it, tells what each variable has become, and runs the daemon in its
own place. NAME is
${IMAGE_CHOICES.map((name) => `  ${name}\n`).join('')}
HOLDFAST_IMAGE goes before it; without both it goes by the variables that are set.
'holdfast render --image NAME' shows the configuration and changes nothing.

      --image NAME  the image that this one stands for
  -h, --help        print this text
`;

export const containerCommand: Command = {
  name: 'container',
  summary: "run as another image's container would",
  usage: USAGE,
  run: async (argv) => {
    const [first, second, ...rest] = argv;
    if (first === '--help' || first === '-h') {
      process.stdout.write(USAGE);
      return 0;
    }
    if (first === '--image' && second === undefined) {
      process.stderr.write(`holdfast container: --image needs a name\n${USAGE}`);
      return 1;
    }
    // What follows is the image's own, whatever it looks like.
    const given = first === '--image' ? rest : argv;
    const named = first === '--image' ? second : undefined;
    const own = given[0] === '--' ? given.slice(1) : given;
    return runContainer({ named, argv: own }, loadImages());
  },
};

/** A bundle of its own: the daemon needs nothing of it once it runs. */
export function loadImages(): Images {
  const { images } = createRequire(import.meta.url)('./container.cjs') as { images: Images };
  return images;
}
