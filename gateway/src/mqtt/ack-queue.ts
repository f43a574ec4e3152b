/** Acknowledges the messages of one connection, in the order in which they came. */
export interface AckQueue {
  /** Notes a message; call what comes back when Pub/Sub has it. */
  take(messageId: number): () => void;
  /** Messages not yet acknowledged. */
  size(): number;
}

/**
 * A broker may free a message's memory and id as soon as it is acknowledged, and MQTT asks for acknowledgements in
 * the order of the messages: one that is done early waits for those before it.
 *
 * Source: MQTT 3.1.1 and MQTT 5.0, section 4.6, requirement MQTT-4.6.0-2.
 */
export function createAckQueue(acknowledge: (messageId: number) => void): AckQueue {
  const waiting: { readonly messageId: number; isDone: boolean }[] = [];
  return {
    take(messageId) {
      const entry = { messageId, isDone: false };
      waiting.push(entry);
      return () => {
        entry.isDone = true;
        while (waiting[0]?.isDone) acknowledge(waiting.shift()?.messageId as number);
      };
    },
    size: () => waiting.length,
  };
}
