export {
  createForwarder,
  type Forwarder,
  type ForwardOptions,
  type ForwardTotals,
  type ForwardTrouble,
} from './forward/forward.ts';
export { type AppDeps, buildApp } from './http/app.ts';
export { type DeviceKey, parseDeviceKeys } from './http/device-keys.ts';
export { parseSenml, type SenmlItem, type SenmlRefusal } from './http/senml.ts';
