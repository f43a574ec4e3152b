import { parseArgs } from 'node:util';
import { PROFILE_NAMES, type ProfileName } from '@plumbline/simulator';

export interface StartOptions {
  /** As it was asked for. */
  readonly profile: ProfileName | 'all';
  readonly profiles: readonly ProfileName[];
}

export const HELP = `npm start [-- options]

Runs the whole pipeline on this machine: emulators, functions, ML server, dashboard, MQTT and HTTP gateway, simulated
devices, and a few that learn together without sending their readings. A day of history is made first, so that a model
can be trained within a minute. Ctrl-C stops it all.

  --profile NAME   ${PROFILE_NAMES.join(', ')} or all (machine);
                   those of sound speak MQTT
  --help           this text

Ports: DASHBOARD_PORT 8501, ML_SERVER_PORT 8000, PUBSUB_PORT 8085, BIGQUERY_PORT 9050, STORAGE_PORT 4443,
INGEST_PORT 8091, DETECT_PORT 8092, DEAD_LETTER_PORT 8093, MQTT_PORT 1883, GATEWAY_PORT 8070,
COORDINATOR_PORT 8060, EDGE_PORT 8061. Set PUBSUB_EMULATOR_HOST, BIGQUERY_EMULATOR_HOST, STORAGE_EMULATOR_HOST or
MQTT_URL to use an emulator or a broker of your own instead of the embedded one.`;

/** Reads the command line; 'help' when that was asked for. Throws an Error that names what is wrong and what is allowed. */
export function parseOptions(args: readonly string[]): StartOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: { profile: { type: 'string', default: 'machine' }, help: { type: 'boolean' } },
  });
  if (values.help) return 'help';
  if (values.profile === 'all') return { profile: 'all', profiles: PROFILE_NAMES };
  const profile = PROFILE_NAMES.find((name) => name === values.profile);
  if (profile !== undefined) return { profile, profiles: [profile] };
  throw new Error(`--profile ${values.profile}: wanted ${PROFILE_NAMES.join(', ')} or all`);
}
