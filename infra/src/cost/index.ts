export { ENVIRONMENTS } from '../environments.ts';
export { usdPerMillionReadings } from './estimate.ts';
