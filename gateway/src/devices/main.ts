import { parseArgs } from 'node:util';
import { ConfigError } from '@plumbline/contracts';
import { createFleet, inTime, MAX_FAULT_RATE, PROFILE_NAMES, PROFILES } from '@plumbline/simulator';
import { createLog, runMain } from '@plumbline/telemetry';
import { publishByMqtt } from './publish-by-mqtt.ts';

const HELP = `npm run devices -w gateway -- [options]

Simulated devices that speak MQTT: each reading at QoS 1 on devices/{device_id}/readings, in its own time.

  --profile NAME      ${PROFILE_NAMES.join(', ')} (sound)
  --devices N         how many (the profile's number)
  --seed N            equal seeds give equal readings (42)
  --fault-rate R      share of readings with a fault, 0 to ${MAX_FAULT_RATE} (0.05)
  --start TIME        RFC 3339; readings since then come at once (now)
  --help              this text

  MQTT_URL            mqtt://127.0.0.1:1883, or MQTT_PORT on this machine`;

const log = createLog('mqtt-devices', (line) => process.stdout.write(line));
await runMain(HELP, async () => {
  const { values } = parseArgs({
    options: {
      profile: { type: 'string', default: 'sound' },
      devices: { type: 'string' },
      seed: { type: 'string', default: '42' },
      'fault-rate': { type: 'string', default: '0.05' },
      start: { type: 'string' },
    },
  });
  const profile = PROFILE_NAMES.find((name) => name === values.profile);
  const startMs = values.start === undefined ? Date.now() : Date.parse(values.start);
  if (profile === undefined) {
    throw new ConfigError([`--profile ${values.profile}: wanted ${PROFILE_NAMES.join(', ')}`]);
  }
  if (Number.isNaN(startMs)) throw new ConfigError([`--start ${values.start}: wanted RFC 3339`]);
  const fleet = createFleet({
    profile: PROFILES[profile],
    seed: Number(values.seed),
    faultRate: Number(values['fault-rate']),
    ...(values.devices !== undefined && { devices: Number(values.devices) }),
  });
  const url = process.env.MQTT_URL || `mqtt://127.0.0.1:${process.env.MQTT_PORT || 1883}`;
  const stopping = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stopping.abort());
  log('INFO', `${fleet.devices.length} devices of ${profile} publish`, { url });
  let isInTrouble = false;
  const readings = fleet.readings({ fromMs: startMs, toMs: Number.POSITIVE_INFINITY });
  const published = await Promise.race([
    publishByMqtt(inTime(readings, { signal: stopping.signal }), {
      url,
      clientId: `devices-${profile}-${process.pid}`,
      onPublished() {
        isInTrouble = false;
      },
      onTrouble(error) {
        if (!isInTrouble) log('WARNING', `broker: ${error.message || String(error)}`);
        isInTrouble = true;
      },
    }),
    // What the broker does not take within a second of the stop is left: these devices have no tomorrow.
    new Promise<number>((resolve) => {
      stopping.signal.addEventListener('abort', () => setTimeout(() => resolve(0), 1_000).unref());
    }),
  ]);
  log('INFO', 'stopped', { published });
  process.exit(0);
});
