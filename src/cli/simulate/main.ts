/** A bundle of its own (dist/simulate.cjs): the simulator shall not be in the memory of the VRRP process. */
import { isHelper, serveAsHelper } from './crew.ts';
import { answerQuestions } from './questions.ts';
import { simulate } from './simulate.ts';

export const simulator = { simulate, answerQuestions };

if (isHelper()) serveAsHelper();
