export { type Counts, readCounts, waitForCounts } from './counts.ts';
export { freePorts, type Ports } from './ports.ts';
export { type Stack, startStack } from './stack.ts';
