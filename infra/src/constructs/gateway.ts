import type { CloudRunV2Service } from '@cdktf/provider-google/lib/cloud-run-v2-service/index.js';
import { CloudRunV2WorkerPool } from '@cdktf/provider-google/lib/cloud-run-v2-worker-pool/index.js';
import { Construct } from 'constructs';
import type { Config, Mqtt } from '../config.ts';
import { imageOf } from '../names.ts';
import { deviceService } from './device-service.ts';
import type { Platform } from './push-function.ts';
import { secretFiles, secretPath } from './secret-files.ts';
import { serviceAccount } from './service-account.ts';
import { grantPublish } from './topics.ts';

/** Takes readings by HTTP from devices that do not speak Pub/Sub. */
export function httpGateway(parent: Construct, { config, topics }: Platform): CloudRunV2Service {
  const scope = new Construct(parent, 'gateway-http');
  const runsAs = serviceAccount(scope, 'gateway-http', 'The HTTP gateway');
  return deviceService(scope, config, {
    name: 'gateway-http',
    description: 'Takes readings: POST /v1/readings',
    image: imageOf(config, 'gateway'),
    size: config.gatewayHttp,
    runsAs,
    environment: [],
    door: config.httpGateway,
    keys: { secret: 'device-keys', variable: 'DEVICE_KEYS_FILE' },
    dependsOn: [grantPublish(scope, 'publishes', topics.readings, runsAs.member)],
  });
}

/** Brings what devices publish at an MQTT broker to Pub/Sub. It has no address: it calls the broker, nobody calls it. */
export function mqttBridge(
  parent: Construct,
  { config, topics }: Platform,
  mqtt: Mqtt,
): CloudRunV2WorkerPool {
  const scope = new Construct(parent, 'gateway-mqtt');
  const runsAs = serviceAccount(scope, 'gateway-mqtt', 'The MQTT bridge');
  const files = secretFiles(
    scope,
    runsAs,
    mqtt.secrets.map((secret) => `mqtt-${secret}`),
  );
  const { cpu, memoryMb } = config.gatewayMqtt;
  return new CloudRunV2WorkerPool(scope, 'pool', {
    name: 'gateway-mqtt',
    location: config.region,
    description: 'Brings the messages of an MQTT broker to Pub/Sub',
    launchStage: 'BETA',
    // It holds nothing: what it did not pass on yet is with the broker.
    deletionProtection: false,
    scaling: { scalingMode: 'MANUAL', manualInstanceCount: 1 },
    template: {
      serviceAccount: runsAs.email,
      containers: [
        {
          image: imageOf(config, 'gateway'),
          args: ['src/mqtt/main.js'],
          env: bridgeEnvironment(config, mqtt),
          resources: { limits: { cpu: String(cpu), memory: `${memoryMb}Mi` } },
          volumeMounts: files.mounts,
        },
      ],
      volumes: files.volumes,
    },
    dependsOn: [
      ...files.dependsOn,
      grantPublish(scope, 'publishes', topics.readings, runsAs.member),
      grantPublish(scope, 'dead-letters', topics['readings-dead'], runsAs.member),
    ],
  });
}

function bridgeEnvironment(config: Config, { url, username, topics, secrets }: Mqtt) {
  return [
    { name: 'GOOGLE_CLOUD_PROJECT', value: config.projectId },
    { name: 'MQTT_URL', value: url },
    ...(username ? [{ name: 'MQTT_USERNAME', value: username }] : []),
    ...(topics ? [{ name: 'MQTT_TOPICS', value: topics }] : []),
    ...secrets.map((secret) => ({
      name: `MQTT_${secret.toUpperCase()}_FILE`,
      value: secretPath(`mqtt-${secret}`),
    })),
  ];
}
