export { type Counts, readCounts, waitForCounts } from './counts.ts';
export { freePorts, PORT_VARIABLES, type Ports } from './ports.ts';
export { edgePart, type Stack, startStack } from './stack.ts';
