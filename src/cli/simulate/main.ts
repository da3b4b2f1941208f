/** A bundle of its own (dist/simulate.cjs): the simulator shall not be in the memory of the VRRP process. */
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { type Order, work } from './crew.ts';
import { simulate } from './simulate.ts';

export const simulator = { simulate };

const order = (workerData as { readonly forecastOrder?: Order } | null)?.forecastOrder;
if (!isMainThread && order !== undefined) parentPort?.postMessage(work(order));
