const MINUTE_MS = 60_000;

/** Rows for the tables of `iot_data`, in the form that the client's `table.insert` takes. */
export interface FleetRows {
  readonly readings_raw: object[];
  readonly predictions: object[];
  readonly anomalies: object[];
  readonly dead_letters: object[];
  readonly aggregates_1m: object[];
}

export interface FleetOptions {
  readonly nowMs: number;
  readonly spanMs: number;
  readonly everyMs: number;
  readonly random: () => number;
  /** Floors, of 3 buildings with 4 rooms a floor. */
  readonly floors?: number;
}

interface Room {
  readonly device: string;
  readonly building: string;
  readonly floor: number;
  readonly room: string;
  readonly placeType: string;
  readonly phase: number;
}

const PLACE_TYPES = ['office', 'meeting_room', 'server_room', 'lobby'] as const;

/**
 * A fleet of three buildings with a day and night, and three faults: a server room that has been
 * overheating for the last 12 minutes (critical), an office with bad air for the last 20 (warning), and
 * a vibration burst in the middle of the range that is over.
 */
export function fleetRows(options: FleetOptions): FleetRows {
  const { nowMs, spanMs, everyMs } = options;
  const out: FleetRows = {
    readings_raw: [],
    predictions: [],
    anomalies: [],
    dead_letters: deadLetters(nowMs),
    aggregates_1m: [],
  };
  const rooms = roomsOf(options);
  for (let atMs = nowMs - spanMs; atMs <= nowMs; atMs += everyMs) {
    for (const [index, room] of rooms.entries()) addReading(out, options, room, index, atMs);
  }
  return out;
}

function roomsOf({ floors = 3, random }: FleetOptions): Room[] {
  return ['A', 'B', 'C'].flatMap((building) =>
    Array.from({ length: floors }, (_, floor) =>
      PLACE_TYPES.map((placeType, index) => {
        const room = `${floor + 1}0${index + 1}`;
        const kind = placeType.replace('_', '-');
        return {
          device: `building-${building.toLowerCase()}-${kind}-${room}`,
          building,
          floor: floor + 1,
          room,
          placeType,
          phase: random(),
        };
      }),
    ).flat(),
  );
}

function addReading(
  out: FleetRows,
  { nowMs, spanMs, random }: FleetOptions,
  room: Room,
  index: number,
  atMs: number,
): void {
  const ageMs = nowMs - atMs;
  const hour = (atMs / 3_600_000) % 24;
  const day = Math.sin(((hour - 9) / 24) * 2 * Math.PI);
  const busy = Math.max(0, day) * (room.placeType === 'server_room' ? 0.1 : 1);
  const wobble = () => (random() + random() + random() - 1.5) / 1.5;
  const isHot = index === 2 && ageMs < 12 * MINUTE_MS;
  const isStuffy = index === 5 && ageMs < 20 * MINUTE_MS;
  const isShaking = index === 7 && ageMs > spanMs * 0.45 && ageMs < spanMs * 0.5;
  const base = room.placeType === 'server_room' ? 20 : 21.5 + room.phase;
  const heating = isHot ? Math.min(16, 3 + (12 - ageMs / MINUTE_MS) * 1.6) : 0;
  const temperature = base + 1.2 * day + 0.25 * wobble() + heating;
  const co2 = 430 + 420 * busy * (0.6 + room.phase / 2) + 14 * wobble() + (isStuffy ? 980 : 0);
  const vibration = 1.1 + 0.4 * room.phase + 0.16 * wobble() + (isShaking ? 3.2 + wobble() : 0);
  const metrics = {
    temperature,
    humidity: 44 - 3 * day + 2.5 * room.phase + 0.8 * wobble(),
    co2,
    occupancy: Math.round(Math.max(0, busy * (4 + 6 * room.phase) + wobble())),
    energy: 0.4 + busy * 1.3 + (room.placeType === 'server_room' ? 2.4 : 0) + 0.1 * random(),
    vibration,
  };
  const reading_id = `${room.device}@${atMs}`;
  const measured_at = new Date(atMs).toISOString();
  const key = { reading_id, device_id: room.device, measured_at };
  const place = { building: room.building, floor: room.floor, place_type: room.placeType };
  out.readings_raw.push({
    ...key,
    received_at: new Date(atMs + 300).toISOString(),
    message_id: `m-${atMs}`,
    ...place,
    room: room.room,
    ...metrics,
  });
  const fault = isHot
    ? {
        metric: 'temperature',
        value: temperature,
        expected: 21.1,
        low: 19.4,
        high: 22.9,
        type: 'overheating',
      }
    : isStuffy
      ? { metric: 'co2', value: co2, expected: 640, low: 420, high: 900, type: 'poor_ventilation' }
      : isShaking
        ? {
            metric: 'vibration',
            value: vibration,
            expected: 1.2,
            low: 0.7,
            high: 1.8,
            type: 'vibration_fault',
          }
        : undefined;
  const severity = !fault ? 'normal' : isStuffy ? 'warning' : 'critical';
  const decision = {
    predicted_at: new Date(atMs + 800).toISOString(),
    is_anomaly: fault !== undefined,
    score: fault ? 0.78 + 0.15 * random() : 0.32 + 0.18 * random(),
    threshold: 0.62,
    severity,
    anomaly_types: fault ? [fault.type] : [],
    detectors: !fault ? [] : isStuffy ? ['forest'] : ['rule', 'forest'],
    model_version: '20261120T080000Z-3f2a',
  };
  out.predictions.push({ ...key, ...decision });
  if (fault) {
    const { type: _, ...main } = fault;
    out.anomalies.push({
      ...key,
      ...place,
      room: room.room,
      ...decision,
      is_alert: false,
      explanation: `${fault.metric} is ${fault.value.toFixed(1)}, expected ${fault.low} to ${fault.high}`,
      contributions: [
        { ...main, share: 0.86 },
        {
          metric: 'humidity',
          value: metrics.humidity,
          expected: 44,
          low: 38,
          high: 50,
          share: 0.14,
        },
      ],
    });
  }
}

function deadLetters(nowMs: number): object[] {
  const rows = [
    ['invalid_field', 'metrics.temperature: expected a number, got "warm"'],
    ['not_json', 'Unexpected end of JSON input'],
    ['implausible_value', 'humidity 240 is outside 0 to 100'],
  ];
  return rows.map(([reason, detail], index) => ({
    dead_letter_id: `dead-${index}`,
    received_at: new Date(nowMs - (index + 1) * 7 * MINUTE_MS).toISOString(),
    message_id: `m-dead-${index}`,
    reading_index: 0,
    reason,
    detail,
    payload: '{"device_id":"building-a-office-101"',
    is_truncated: false,
  }));
}
