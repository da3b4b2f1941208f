/** The pages beside quick starts and how-tos, typed block by block on hosts of the lab. */
import { listPages } from '../../tools/site/pages.ts';
import { runPage, stepsToTake } from '../docs/run-page.ts';

const others = listPages('.').filter((file) => !/(?:quick-start|how-to)\//.test(file));
for (const file of others) {
  if (stepsToTake(file).steps.length > 0) runPage(file);
}
