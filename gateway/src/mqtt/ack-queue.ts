/** Acknowledges the messages of one connection, in the order in which they came. */
export interface AckQueue {
  /** Notes a message; call what comes back when Pub/Sub has it. */
  take(messageId: number): () => void;
  /** Messages not yet acknowledged. */
  size(): number;
}

/**
 * A broker may free a message's memory and id as soon as it is acknowledged, and MQTT asks for acknowledgements in
 * the order of the messages: one that is done early waits for those before it. All that are due in one turn of the
 * event loop are given to `acknowledge` together, for a write costs more than an acknowledgement.
 *
 * Source: MQTT 3.1.1 and MQTT 5.0, section 4.6, requirement MQTT-4.6.0-2.
 */
export function createAckQueue(acknowledge: (messageIds: readonly number[]) => void): AckQueue {
  const waiting: { readonly messageId: number; isDone: boolean }[] = [];
  let isPlanned = false;
  return {
    take(messageId) {
      const entry = { messageId, isDone: false };
      waiting.push(entry);
      return () => {
        entry.isDone = true;
        if (isPlanned || waiting[0]?.isDone !== true) return;
        isPlanned = true;
        setImmediate(flush);
      };
    },
    size: () => waiting.length,
  };

  function flush(): void {
    isPlanned = false;
    let count = 0;
    while (waiting[count]?.isDone) count += 1;
    const done = waiting.splice(0, count);
    if (count > 0) acknowledge(done.map(({ messageId }) => messageId));
  }
}

/** PUBACK packets, of MQTT 3.1.1 and, without a reason, of MQTT 5 (section 3.4 of both). */
export function pubacks(messageIds: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * messageIds.length);
  for (const [index, messageId] of messageIds.entries()) {
    bytes.writeUInt16BE(0x4002, 4 * index);
    bytes.writeUInt16BE(messageId, 4 * index + 2);
  }
  return bytes;
}
